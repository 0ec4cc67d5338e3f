"""Checking the whole record in the background: asked for by an inspector or by the night, run by a worker."""

from datetime import timedelta
from time import monotonic

from django.db import transaction
from django.utils import timezone

from audit.models import Verification
from audit.services import SYSTEM, Actor, record
from audit.verification import Break, Proof, verify

GIVEN_UP = timedelta(hours=2)  # a worker that took longer has died


def ask(*, actor: Actor) -> Verification:
    """One check is enough for all who ask while it waits or runs."""
    with transaction.atomic():
        record(chain=f"record:{actor.user_id or 0}", act="verify_record", actor=actor, subject_type="record")
        waiting = Verification.objects.filter(ended_at=None, asked_at__gt=timezone.now() - GIVEN_UP).first()
        return waiting or Verification.objects.create(asked_at=timezone.now(), asked_by=actor.label or SYSTEM.label)


def run_next() -> Verification | None:
    """Run the oldest check that waits; None when none does or another worker runs it."""
    with transaction.atomic():
        row = Verification.objects.filter(ended_at=None).select_for_update(skip_locked=True).order_by("pk").first()
        if row is None:
            return None
        started = monotonic()
        try:
            proof, row.problem = verify(), ""
        except Break as found:
            proof, row.problem = Proof(), str(found)
        row.entries, row.chains, row.days = proof.entries, proof.chains, proof.days
        row.seconds, row.ended_at = round(monotonic() - started, 1), timezone.now()
        row.save()
        return row

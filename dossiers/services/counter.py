"""Filing at the counter, for the person standing there: one page, one draft, one act."""

import re
from datetime import datetime
from typing import Any

from django.db import transaction

from branches.models import Branch, Role
from branches.selectors import duties_of
from dossiers import timing
from dossiers.errors import Invalid, Refusal
from dossiers.life import Status
from dossiers.models import Dossier
from dossiers.routing import check_branch, unit_of
from dossiers.services import enclosing
from dossiers.services.drafts import lock_draft, missing_documents
from dossiers.services.submission import submit_draft
from keys.ring import blind
from places.text import clean
from procedures.answers import FieldError, clean_answers
from procedures.shown import readable
from procedures.spec import Spec
from worktime import now

CLERKS = (Role.CLERK, Role.BRANCH_HEAD)


def my_branches(user) -> list[Branch]:
    """The branches whose counter this person sits at today."""
    return [p.branch for p in duties_of(user).postings if p.role in CLERKS]


def my_drafts(user):
    """Counter drafts begun by this person and not yet filed, the last touched first."""
    rows = Dossier.objects.filter(created_by=user, owner=None, status=Status.DRAFT)
    return rows.select_related("version", "branch").order_by("-saved_at")


def known_person(user, text: str) -> Dossier | None:
    """The latest dossier this person may see of the applicant with that personal number or telephone."""
    digits = re.sub(r"\D", "", clean(text))
    rows = Dossier.objects.visible_to(user).exclude(status=Status.DRAFT).order_by("-submitted_at")
    if len(digits) == 12:
        return rows.filter(number_index=blind("number", digits)).first()
    if 9 <= len(digits) <= 11:
        local = digits.removeprefix("84").removeprefix("0")
        return rows.filter(phone_index=blind("phone", f"+84{local}")).first()
    return None


def person_answers(spec: Spec, dossier: Dossier) -> dict[str, Any]:
    """What an earlier dossier says about its applicant, as far as this form asks it."""
    known = readable(spec.fields.values(), dossier.answers, CLERKS)
    return {k: v for k, v in known.items() if k.startswith("applicant_") and k in spec.fields}


@transaction.atomic
def save_draft(
    *, dossier_id: int, spec: Spec, raw: dict[str, Any], papers: list[str], return_by: str, address: str, by
) -> list[FieldError]:
    """Keep everything on the page that is right; what is missing may wait, what is wrong comes back."""
    dossier = lock_draft(dossier_id)
    dossier.answers, errors = clean_answers(spec, {k: v for k, v in raw.items() if k in spec.fields}, partial=True)
    wrong = enclosing.wrong_files(spec, dossier.answers, by=by, dossier=dossier)
    for error in wrong:
        dossier.answers.pop(error.question, None)
    dossier.papers = [key for key in spec.documents_by_key if key in papers]
    dossier.return_by = return_by if return_by in spec.returns else dossier.return_by
    dossier.return_address = clean(address)[:250] if dossier.return_by == "post" else ""
    dossier.saved_at = now()
    dossier.save(update_fields=["answers", "papers", "return_by", "return_address", "saved_at"])
    enclosing.enclose(dossier, spec)
    return errors + wrong


def file_at_counter(*, dossier_id: int, spec: Spec, by, actor) -> Dossier:
    """Submit and receive in one act (DRAFT→RECEIVED). Every required paper is in the clerk's hand or scanned.

    Raises Invalid with every mistake, Refusal where this branch may not take it (DOMAIN §3.2).
    """
    with transaction.atomic():
        dossier = Dossier.objects.select_for_update().get(pk=dossier_id)
        if dossier.is_draft:
            errors = _mistakes(dossier, spec)
            if errors:
                raise Invalid(errors)
        return submit_draft(dossier_id=dossier_id, spec=spec, by=by, actor=actor, at_counter=True)


def _mistakes(dossier: Dossier, spec: Spec) -> list[FieldError]:
    answers, errors = clean_answers(spec, dossier.answers)
    present = set(dossier.attachments.present().values_list("requirement", flat=True)) | set(dossier.papers)
    return errors + missing_documents(spec, answers, present)


def outlook(dossier: Dossier, spec: Spec) -> dict[str, Any]:
    """What the answers so far make of it: the unit, the promise if filed now, the fee, and why this branch may not."""
    fees = spec.fees_due(dossier.answers, "counter")
    facts: dict[str, Any] = {"fees": fees, "total": sum(due.amount for due in fees), "why_not": ""}
    if not spec.ward_of(dossier.answers):
        return facts
    try:
        unit = unit_of(spec, dossier.answers)
        facts |= {"unit": unit, "due": _promise(spec, unit)}
        check_branch(spec, dossier.answers, dossier.branch)
    except Refusal as refusal:
        facts["why_not"] = refusal.message
    return facts


def _promise(spec: Spec, unit) -> datetime:
    return timing.estimate(spec, unit, now())

"""When a procedure changes, its applicants are told, once each, in batches: a clock per kind of change walks them.

The act itself only sets a clock; so publishing takes as long with one draft as with a hundred thousand, and a worker
that dies goes on after the last batch that was stored.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from dossiers.door import door_of
from dossiers.life import BEGUN, Status
from dossiers.models import Dossier
from notifications.services import Letter, Recipient, send_many
from procedures import deciding
from procedures.models import Procedure
from procedures.versions import read
from worktime import clocks, now
from worktime.models import Clock

BATCH = 500
SOON = timedelta(milliseconds=1)
KIND = {
    deciding.PUBLISHED: "procedure.tell.published",
    deciding.RETIRED: "procedure.tell.retired",
    deciding.SUSPENDED: "procedure.tell.suspended",
    deciding.RESUMED: "procedure.tell.resumed",
}
TEMPLATE = {
    deciding.PUBLISHED: "draft_moved",
    deciding.RETIRED: "procedure_retired",
    deciding.SUSPENDED: "procedure_suspended",
    deciding.RESUMED: "procedure_resumed",
}


def begin(procedure: Procedure, event: str) -> None:
    """A follower of `procedures.deciding`: let the walk begin with the next sweep. Runs in the act's transaction."""
    at = now()
    clocks.set_clock(
        kind=KIND[event],
        subject_type="procedure",
        subject_id=procedure.pk,
        at=at,
        stage="0",  # the last dossier that was reached
        payload={"event": event, "since": at.isoformat()},
    )


def walk(clock: Clock) -> tuple[datetime, str] | None:
    """Tell the next batch; the clock goes on at once until nobody is left, or until the change is no longer true."""
    procedure, event = Procedure.objects.get(pk=clock.subject_id), clock.payload["event"]
    if not _still_true(procedure, event):
        return None
    batch = list(_concerned(procedure, event).filter(pk__gt=int(clock.stage)).order_by("pk")[:BATCH])
    if not batch:
        return None
    send_many(_letters(procedure, event, batch, clock.payload["since"]))
    return max(clock.next_fire_at, now()) + SOON, str(batch[-1].pk)


def _still_true(procedure: Procedure, event: str) -> bool:
    door = door_of(pk=procedure.pk)
    return {
        deciding.PUBLISHED: not door.is_retired,
        deciding.RETIRED: door.is_retired,
        deciding.SUSPENDED: bool(door.stopped),
        deciding.RESUMED: not door.stopped and not door.is_retired,
    }[event]


def _concerned(procedure: Procedure, event: str):
    """Drafts with an owner; of a suspended procedure also what is running."""
    rows = Dossier.objects.filter(procedure=procedure).select_related("owner")
    drafts = rows.filter(status=Status.DRAFT, owner__isnull=False)
    if event == deciding.PUBLISHED:
        return drafts.exclude(version_id=procedure.published_id)
    return rows.filter(status__in=BEGUN) if event == deciding.SUSPENDED else drafts


def _letters(procedure: Procedure, event: str, batch: Iterable[Dossier], since: str) -> Iterable[Letter]:
    stop = procedure.suspensions.filter(ended_at=None).first()
    for dossier in batch:
        if dossier.is_draft and dossier.owner_id is None:
            continue  # at the counter: the clerk sees it on the page
        to = _recipient(dossier)
        # One message a person: a draft speaks for all of a person's drafts, a running dossier for itself.
        who = f"user:{dossier.owner_id}" if dossier.is_draft else f"dossier:{dossier.pk}"
        yield Letter(
            TEMPLATE[event],
            to,
            _context(dossier, procedure, stop, to.language),
            link=_link(dossier),
            subject_type="procedure",
            subject_id=procedure.pk,
            dedupe_key=f"procedure:{procedure.pk}:{event}:{since}:{who}",
        )


def _context(dossier: Dossier, procedure: Procedure, stop, language: str) -> dict:
    english = language == "en"
    text = ((english and stop.public_text_en) or stop.public_text) if stop else ""
    spec = read(dossier.version_id)
    name = (english and spec.short_name_en) or spec.short_name
    return {"procedure": name, "reason": text, "code": dossier.code or ""}


def _recipient(dossier: Dossier) -> Recipient:
    if dossier.is_draft:
        return Recipient.of(dossier.owner)
    return Recipient(
        user_id=dossier.owner_id,
        name=dossier.applicant_name,
        email=dossier.applicant_email,
        phone=dossier.applicant_phone,
        language=dossier.owner.language if dossier.owner_id else "vi",
    )


def _link(dossier: Dossier) -> str:
    if dossier.is_draft:
        return f"/ho-so/nhap/{dossier.pk}/"
    return f"/ho-so/{dossier.code}/" if dossier.owner_id else f"/tra-cuu/?ma={dossier.code}"


def register() -> None:
    for kind in KIND.values():
        clocks.register(kind, walk, lock=clocks.subject_lock(Procedure))
    deciding.followers.append(begin)

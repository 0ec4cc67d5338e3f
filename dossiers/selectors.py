"""Questions about dossiers that pages ask. Each costs a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, IntegerField, Prefetch, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone

from branches.models import CompetentUnit
from dossiers import routing, timing
from dossiers.errors import Refusal
from dossiers.life import CLOSED, WAITING, Status
from dossiers.models import Attachment, Dossier
from dossiers.services.drafts import missing_documents
from procedures.answers import clean_answers
from procedures.spec import Spec
from procedures.versions import read
from procedures.words import name_of
from worktime import now
from worktime.deadlines import LAST_RECEPTION, Remaining, remaining


@dataclass(frozen=True)
class DraftRow:
    """A draft as a line or a banner: what it is, when it was saved, how many papers it still lacks."""

    pk: int
    title: str
    saved_at: datetime
    url: str
    missing: int
    procedure_id: int


def open_drafts(user) -> list[DraftRow]:
    """The person's drafts, the one saved last first. Two queries, and one a version that was not read before."""
    present = Prefetch("attachments", Attachment.objects.present())
    drafts = Dossier.objects.drafts_of(user).prefetch_related(present).order_by("-saved_at")
    return [_draft_row(draft) for draft in drafts]


def _draft_row(draft: Dossier) -> DraftRow:
    spec = read(draft.version_id)
    present = {a.requirement for a in draft.attachments.all()}
    return DraftRow(
        pk=draft.pk,
        title=name_of(spec),
        saved_at=draft.saved_at,
        url=reverse("dossiers:draft", args=[draft.pk]),
        missing=len(missing_documents(spec, visible(spec, draft.answers), present)),
        procedure_id=draft.procedure_id,
    )


def visible(spec: Spec, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers that are asked for and right; what an earlier answer made superfluous is left out."""
    return clean_answers(spec, answers, partial=True)[0]


def submitted_of(user) -> QuerySet[Dossier]:
    return Dossier.objects.filter(owner=user).exclude(status=Status.DRAFT).select_related("branch", "unit", "version")


def waiting_for(user) -> QuerySet[Dossier]:
    """What stands still until the person does something, the most urgent first."""
    return submitted_of(user).filter(status__in=WAITING).order_by("urgent_at", "pk")


def others_of(user) -> QuerySet[Dossier]:
    """Everything else of the person's, running before finished, newest first. `finished` is 0 or 1."""
    finished = Case(When(status__in=CLOSED, then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = submitted_of(user).exclude(status__in=WAITING).annotate(finished=finished)
    return rows.order_by("finished", "-submitted_at", "-pk")


# --- promises -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Promise:
    """What a submit now would promise. `today`: it still counts from today when received by three o'clock."""

    unit: CompetentUnit
    due_at: datetime
    today: bool
    to_the_hour: bool


def promise_of(spec: Spec, answers: dict[str, Any], at: datetime | None = None) -> Promise | None:
    """The estimate for a draft, or None while its ward is not known."""
    try:
        unit = routing.unit_of(spec, answers)
    except Refusal:
        return None
    at = at or now()
    local, calendar = timezone.localtime(at), timing.unit_calendar(unit)
    return Promise(
        unit=unit,
        due_at=timing.estimate(spec, unit, at),
        today=calendar.is_working_day(local.date()) and local.time() <= LAST_RECEPTION,
        to_the_hour=spec.time_unit == "HOUR",
    )


def time_left(dossier: Dossier) -> Remaining | None:
    """Working time until the promise, or by how much it is late; None while nothing is promised or counted."""
    if not dossier.due_at or dossier.status not in (Status.RECEIVED, Status.IN_PROCESS):
        return None
    return remaining(now(), dossier.due_at, timing.unit_calendar(dossier.unit))

"""A procedure stops taking dossiers: for good (retired), or at once and for a while (suspended). Running ones go on."""

from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from audit.services import Actor
from places.text import clean
from procedures import timetable
from procedures.deciding import RESUMED, SUSPENDED, check_may, lock, needed, refuse_if, tell_followers, turn, write
from procedures.models import Procedure, Suspension
from worktime import now


@transaction.atomic
def retire(
    procedure: Procedure, *, by, reason: str, at: datetime | None = None, actor: Actor | None = None
) -> None:  # fmt: skip
    """No version is in force from `at` (now) on; releases scheduled after it are cancelled. Raises NotReleasable.

    A version released anew, by two admins as ever, takes the procedure up again.
    """
    procedure = lock(procedure.pk)
    check_may(by)
    reason = needed(reason, _("Hãy ghi lý do."))
    at = max(at or now(), now())
    current = timetable.in_force(procedure)
    later = timetable.releases_of(procedure).filter(starts_at__gt=now()).exists()
    refuse_if(current is None and not later, _("Thủ tục này không có phiên bản nào đang áp dụng."))
    timetable.end(procedure, at)
    write(procedure, "retire", by, note=reason, actor=actor, at=at)
    turn(procedure)


@transaction.atomic
def suspend(
    procedure: Procedure, *, by, reason: str, public_text: str, public_text_en: str = "", actor: Actor | None = None
) -> Suspension:
    """Take no new dossiers from this moment. One admin is enough: what is wrong cannot wait. Raises NotReleasable."""
    procedure = lock(procedure.pk)
    check_may(by)
    reason = needed(reason, _("Hãy ghi lý do nội bộ."))
    public_text = needed(public_text, _("Hãy ghi lời báo cho người dân."))
    refuse_if(suspension_of(procedure.pk) is not None, _("Thủ tục này đang tạm dừng."))
    made = Suspension.objects.create(
        procedure=procedure, reason=reason, public_text=public_text, public_text_en=clean(public_text_en), started_by=by
    )
    write(procedure, "suspend", by, note=reason, actor=actor, public_text=public_text)
    tell_followers(procedure, SUSPENDED)
    return made


@transaction.atomic
def resume(procedure: Procedure, *, by, actor: Actor | None = None) -> None:
    """Take dossiers again. Raises NotReleasable when the procedure is not suspended."""
    procedure = lock(procedure.pk)
    check_may(by)
    stopped = suspension_of(procedure.pk)
    refuse_if(stopped is None, _("Thủ tục này không tạm dừng."))
    stopped.ended_at, stopped.ended_by = now(), by
    stopped.save(update_fields=["ended_at", "ended_by"])
    write(procedure, "resume", by, actor=actor)
    tell_followers(procedure, RESUMED)


def suspension_of(procedure_id: int) -> Suspension | None:
    """The stop in force, if there is one."""
    return Suspension.objects.filter(procedure_id=procedure_id, ended_at=None).first()


def with_stops(procedures: QuerySet[Procedure]) -> QuerySet[Procedure]:
    """The procedures with what citizens are told while they are suspended, for `public_text`; in the same query."""
    stop = Suspension.objects.filter(procedure=OuterRef("pk"), ended_at=None)
    return procedures.annotate(
        stop_vi=Subquery(stop.values("public_text")[:1]), stop_en=Subquery(stop.values("public_text_en")[:1])
    )


def public_text(procedure: Procedure) -> str:
    """What citizens are told of the stop in force, in the language of the page; "" while dossiers are taken.

    The procedure comes from `with_stops`.
    """
    return (get_language() == "en" and procedure.stop_en) or procedure.stop_vi or ""

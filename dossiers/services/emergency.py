"""Opening a dossier without a right to it, in an emergency: with a reason, before a second person, for an hour."""

from django.db import transaction
from django.utils.translation import gettext as _

from branches.models import Role
from branches.selectors import duties_of
from dossiers import telling
from dossiers.acts import RELATED
from dossiers.errors import Conflict, NotAllowed, Refusal
from dossiers.life import Status
from dossiers.models import Dossier, EmergencyAccess
from dossiers.models.permissions import conflicted
from dossiers.models.rules import EMERGENCY_LASTS
from dossiers.recording import Trail, actor_for
from places.text import clean
from worktime import now

SHORTEST_REASON, LONGEST_REASON = 20, 500


@transaction.atomic
def open_dossier(*, code: str, reason: str, by, ip: str = "", request_id: str = "") -> EmergencyAccess:
    """Let `by` read the dossier for an hour; its branch's heads, else the monitors, are told in the same act.

    Raises NotAllowed for who is not staff, Conflict, and Refusal: no such dossier, a right to it already, a reason
    that says too little, or nobody who could be told.
    """
    duties, reason = duties_of(by), clean(reason)
    if not duties:
        raise NotAllowed(_("Chỉ cán bộ đang được phân công mới mở được hồ sơ khẩn cấp."))
    if len(reason) < SHORTEST_REASON:
        raise Refusal(_("Hãy ghi rõ lý do, ít nhất 20 ký tự."), code="short", field="reason")
    dossier = _find(code)
    if conflicted(dossier, by):
        raise Conflict
    if Dossier.objects.visible_to(by).filter(pk=dossier.pk).exists():
        raise Refusal(_("Anh/chị đang xem được hồ sơ này, không cần mở khẩn cấp."), code="visible", field="code")
    told = second_people(dossier, by)
    at, actor = now(), actor_for(by, dossier, duties, ip=ip, request_id=request_id)
    access = EmergencyAccess.objects.create(
        dossier=dossier,
        user=by,
        posting_label=actor.posting_label[:300],
        reason=reason[:LONGEST_REASON],
        told=told[0],
        starts_at=at,
        ends_at=at + EMERGENCY_LASTS,
    )
    Trail(dossier, actor).write("emergency_access", at=at, note=access.reason, until=access.ends_at.isoformat())
    telling.tell_staff(
        dossier, "emergency_opened", told, who=actor.label, reason=access.reason, due=telling.moment(access.ends_at)
    )
    return access


def _find(code: str) -> Dossier:
    rows = Dossier.objects.exclude(status=Status.DRAFT).select_related(*RELATED)
    dossier = rows.filter(code=clean(code).upper()[:40]).first()
    if dossier is None:
        raise Refusal(_("Không có hồ sơ mang mã này."), code="not_found", field="code")
    return dossier


def second_people(dossier: Dossier, by) -> list:
    """Who is told: the heads of its branch at work today, else the Centre's monitors; never the one who opens."""
    for role in (Role.BRANCH_HEAD, Role.MONITOR):
        people = [person for person in telling.people(role, dossier) if person.pk != by.pk]
        if people:
            return people
    raise Refusal(
        _("Hôm nay không có phụ trách chi nhánh hay giám sát nào để báo, nên chưa mở được."), code="nobody_to_tell"
    )

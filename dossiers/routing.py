"""Where a dossier goes: the unit that decides, the branch that receives, the officer who works on it (DOMAIN §3)."""

from typing import Any

from django.db import connection
from django.db.models import Max, Q, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from branches.models import Branch, CompetentUnit, Posting, RelativeDeclaration, Role
from branches.selectors import branch_of_ward, unit_for
from dossiers.errors import Refusal
from dossiers.life import OPEN
from dossiers.models import Dossier
from dossiers.models.permissions import numbers_of
from procedures.spec import Spec


def unit_of(spec: Spec, answers: dict[str, Any]) -> CompetentUnit:
    """The competent unit: a pure function of the version and the answers. Raises Refusal when nobody is competent."""
    unit = unit_for(spec.unit_kind, spec.ward_of(answers))
    if unit is None:
        raise Refusal(
            _("Chưa tìm được cơ quan giải quyết cho phường, xã này. Xin liên hệ Trung tâm để được hướng dẫn."),
            code="no_unit",
            field=spec.routing_field,
        )
    return unit


def default_branch(spec: Spec, answers: dict[str, Any]) -> Branch | None:
    """The branch of the applicant's ward; for a territorial procedure the branch of the routing ward."""
    ward = spec.ward_of(answers) if not spec.any_branch else answers.get("applicant_ward")
    return branch_of_ward(ward or spec.ward_of(answers))


def check_branch(spec: Spec, answers: dict[str, Any], branch: Branch) -> None:
    """Refuse a branch that may not receive this dossier, politely and with the right one's name (DOMAIN §3.2)."""
    if not branch.is_active:
        raise Refusal(
            _("%(branch)s đang tạm ngừng tiếp nhận.") % {"branch": branch}, code="branch_closed", field="branch"
        )
    if spec.any_branch:
        return
    right = branch_of_ward(spec.ward_of(answers))
    if right is None or right.pk != branch.pk:
        raise Refusal(
            _("Thủ tục này chỉ nhận tại chi nhánh phụ trách địa bàn: %(branch)s.") % {"branch": right or _("chưa có")},
            code="wrong_branch",
            field="branch",
        )


def kept_away(dossier: Dossier) -> set[int]:
    """The ids of those who must not work on it: its owner, and who has declared somebody it is about. One query."""
    numbers = numbers_of(dossier)
    declared = RelativeDeclaration.objects.in_force().filter(number_index__in=numbers).values_list("user_id")
    own = User.objects.filter(number_index__in=numbers).values_list("pk")
    return {pk for (pk,) in declared.union(own)} | ({dossier.owner_id} - {None})


def officers_at_work(unit_id: int, field_of_law_id: int):
    """Postings of officers of the unit for that field of law who are at work today."""
    return (
        Posting.objects.at_work()
        .filter(unit_id=unit_id, role=Role.OFFICER)
        .filter(Q(fields_of_law=None) | Q(fields_of_law=field_of_law_id))
    )


def choose_officer(unit_id: int, field_of_law_id: int, *, without: set[int | None] = frozenset()) -> int | None:
    """The user id of the officer with the fewest weighted open dossiers; ties go to who has waited longest.

    Takes a lock on the unit's assignments until the transaction ends, so that two dossiers assigned at once see each
    other. None when nobody is at work.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('assign'), %s)", [unit_id])
    candidates = set(officers_at_work(unit_id, field_of_law_id).values_list("user_id", flat=True)) - without
    if len(candidates) < 2:
        return next(iter(candidates), None)
    rows = (
        Dossier.objects.filter(assignee_id__in=candidates)
        .values("assignee_id")
        .annotate(load=Sum("weight", filter=Q(status__in=OPEN)), last=Max("assigned_at"))
    )
    known = {row["assignee_id"]: (row["load"] or 0, row["last"].timestamp() if row["last"] else 0) for row in rows}
    return min(candidates, key=lambda pk: (*known.get(pk, (0, 0)), pk))

"""A leader who is away lets a deputy sign "KT.": making and ending it, both in the record of the unit."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import Actor, record
from branches.models import UNIT_ROLES, Delegation, Posting, Role
from branches.selectors import duties_of
from worktime import now


def led_by(user) -> list[int]:
    """The units this person leads in their own right today: a deputy cannot delegate further."""
    return [p.unit_id for p in duties_of(user).postings if p.role == Role.LEADER and not p.capacity]


def possible_deputies(user, unit_ids: list[int]):
    """Postings of those who work in these units today, but the leader's own."""
    rows = Posting.objects.in_force().filter(unit_id__in=unit_ids, role__in=UNIT_ROLES).exclude(user=user)
    return rows.select_related("user", "unit").order_by("user__full_name", "pk")


@transaction.atomic
def delegate(delegation: Delegation, *, actor: Actor) -> Delegation:
    """Store it. Raises ValidationError: not this leader's unit, no such deputy there, or the same days again."""
    if delegation.unit_id not in led_by(delegation.leader):
        raise ValidationError({"unit": _("Anh/chị không phải lãnh đạo đương nhiệm của cơ quan này.")})
    if not possible_deputies(delegation.leader, [delegation.unit_id]).filter(user=delegation.deputy).exists():
        raise ValidationError({"deputy": _("Người ký thay phải đang làm việc tại chính cơ quan đó.")})
    # One at a time for a unit, so that two pages sent at once see each other.
    Posting.objects.select_for_update().filter(user=delegation.leader, unit=delegation.unit).order_by("pk").first()
    if _again(delegation).exists():
        raise ValidationError({"starts_on": _("Đã có ủy quyền cho người này trong những ngày đó.")})
    delegation.full_clean(validate_unique=False)
    delegation.save(force_insert=True)
    _record(delegation, "delegated", actor)
    return delegation


def _again(delegation: Delegation):
    return Delegation.objects.filter(
        unit=delegation.unit, leader=delegation.leader, deputy=delegation.deputy, ended_at=None,
        starts_on__lte=delegation.ends_on, ends_on__gte=delegation.starts_on,
    )  # fmt: skip


@transaction.atomic
def end(delegation_id: int, *, by, actor: Actor) -> Delegation:
    """The deputy's right is over at once; ending twice changes nothing. Raises DoesNotExist: not this leader's."""
    delegation = Delegation.objects.select_for_update().get(pk=delegation_id, leader=by)
    if delegation.ended_at is None:
        delegation.ended_at = now()
        delegation.save(update_fields=["ended_at"])
        _record(delegation, "delegation_ended", actor)
    return delegation


def _record(delegation: Delegation, act: str, actor: Actor) -> None:
    record(
        chain=f"unit:{delegation.unit_id}",
        act=act,
        actor=actor,
        subject_type="delegation",
        subject_id=delegation.pk,
        after={
            "deputy_id": delegation.deputy_id,
            "capacity": delegation.capacity,
            "document_number": delegation.document_number,
            "starts_on": delegation.starts_on.isoformat(),
            "ends_on": delegation.ends_on.isoformat(),
        },
        at=now(),
    )

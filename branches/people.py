"""The people of the organisation: who looks after whose postings, and new accounts for staff.

Every row of a person in Django admin is read through `visible_to`; what may be changed is narrower (`may_manage`).
"""

from dataclasses import dataclass
from datetime import date

from allauth.account.internal.flows import password_reset
from allauth.core import context
from django.contrib.auth.models import UserManager
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import Actor, record
from branches.models import Posting, Role
from branches.rights import VIEW, gives, opened
from branches.selectors import duties_of
from worktime import now


@dataclass(frozen=True)
class Places:
    """The branches and units whose people somebody looks after; `all` for the whole city."""

    all: bool = False
    branches: frozenset[int] = frozenset()
    units: frozenset[int] = frozenset()

    def postings(self) -> Q:
        return Q() if self.all else Q(branch_id__in=self.branches) | Q(unit_id__in=self.units)

    def has(self, posting: Posting) -> bool:
        return self.all or posting.branch_id in self.branches or posting.unit_id in self.units


def places_seen(user) -> Places:
    """Whose people `user` may look at today."""
    postings = duties_of(user).postings
    others = {p.role for p in postings} - {Role.UNIT_ADMIN}
    if user.is_superuser or any(opened(role, "branches.posting", VIEW) for role in others):
        return Places(all=True)
    own = [p for p in postings if p.role == Role.UNIT_ADMIN]
    branches, units = ({getattr(p, f"{place}_id") for p in own} - {None} for place in ("branch", "unit"))
    return Places(branches=frozenset(branches), units=frozenset(units))


def roles_given(user) -> frozenset[str]:
    """The roles `user` may give to somebody else: never one above their own."""
    return frozenset(Role.values) if user.is_superuser else gives({p.role for p in duties_of(user).postings})


def may_manage(user, posting: Posting) -> bool:
    """Whether `user` may give, change or end this posting. Nobody does so with their own."""
    if user.is_superuser:
        return True
    return posting.user_id != user.pk and posting.role in roles_given(user) and places_seen(user).has(posting)


class StaffQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those with a posting, past its beginning or not but not over, where `user` looks after the people."""
        today = timezone.localdate(now())
        current = Posting.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), places_seen(user).postings())
        return self.filter(pk__in=current.values("user_id"))


class StaffManager(UserManager.from_queryset(StaffQuerySet)):
    use_in_migrations = False


class StaffMember(User):
    """An account with a posting, as whoever looks after a unit's people meets it: a name and whether it is open."""

    objects = StaffManager()

    class Meta:
        proxy = True
        verbose_name = _("cán bộ")
        verbose_name_plural = _("cán bộ")


def may_lock(user, member: User) -> bool:
    """Whether `user` may rename or lock this account: only when every posting it still has is theirs to give."""
    if user.is_superuser:
        return True
    today = timezone.localdate(now())
    current = member.postings.filter(Q(ends_on=None) | Q(ends_on__gte=today))
    return not member.is_superuser and all(may_manage(user, posting) for posting in current)


@transaction.atomic
def hire(
    member: User, *, role: str, branch=None, unit=None, starts_on: date, ends_on: date | None = None, by, actor: Actor
) -> Posting:
    """Store a new account of staff with its first posting, recorded. It has no password until its owner sets one.

    Raises PermissionDenied for a role or place not `by`'s to give, ValidationError for a posting that cannot be.
    """
    posting = Posting(role=role, branch=branch, unit=unit, starts_on=starts_on, ends_on=ends_on)
    if not may_manage(by, posting):
        raise PermissionDenied
    member.is_staff, member.is_superuser = role in (Role.ADMIN, Role.UNIT_ADMIN, Role.MONITOR, Role.INSPECTOR), False
    member.set_unusable_password()
    member.save()
    posting.user = member
    posting.full_clean()
    posting.save()
    record(
        chain=f"branches.posting:{posting.pk}", act="hire", actor=actor, subject_type="branches.posting",
        subject_id=posting.pk, after={"role": role, "user": member.pk, "branch": posting.branch_id,
                                      "unit": posting.unit_id},
    )  # fmt: skip
    return posting


def send_password_link(request, member: User) -> None:
    """The letter by which the owner of a new account sets its password: one link, once (see accounts.adapter)."""
    with context.request_context(request):  # the letter's address is the site's, after the request's commit too
        password_reset.request_password_reset(request, member.email, [member], None)

"""Questions about the organisation that other rooms ask."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from branches.models import BranchArea, CompetentUnit, Posting, Role, UnitArea
from worktime import now


@dataclass(frozen=True)
class Duties:
    """The postings of one person in force on one day, asked by role and place. Empty for a citizen."""

    postings: tuple[Posting, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.postings)

    def has(self, *roles: str) -> bool:
        return any(p.role in roles for p in self.postings)

    def at_branch(self, branch_id: int | None, *roles: str) -> Posting | None:
        return next((p for p in self.postings if branch_id and p.branch_id == branch_id and p.role in roles), None)

    def at_unit(self, unit_id: int | None, *roles: str) -> Posting | None:
        return next((p for p in self.postings if unit_id and p.unit_id == unit_id and p.role in roles), None)

    def branches(self, *roles: str) -> list[int]:
        return [p.branch_id for p in self.postings if p.branch_id and (not roles or p.role in roles)]

    def units(self, *roles: str) -> list[int]:
        return [p.unit_id for p in self.postings if p.unit_id and (not roles or p.role in roles)]

    @property
    def citywide(self) -> bool:
        return self.has(Role.MONITOR, Role.INSPECTOR)


def duties_of(user, on: date | None = None) -> Duties:
    """The person's postings in force today. One query per user object and day, kept on the object of this request."""
    if not user or not user.is_authenticated:
        return Duties()
    on = on or timezone.localdate(now())
    kept = user.__dict__.setdefault("_duties", {})
    if on not in kept:
        rows = Posting.objects.in_force(on).filter(user_id=user.pk).select_related("branch", "unit").order_by("pk")
        kept[on] = Duties(tuple(rows))
    return kept[on]


def unit_for(kind: str, ward_code: str | None) -> CompetentUnit | None:
    """The unit of `kind` that answers for a ward; a city kind has one unit, whatever the ward (DOMAIN §3.1)."""
    if kind in ("WARD", "POLICE_WARD", "LAND"):
        area = (
            UnitArea.objects.filter(kind=kind, ward_id=ward_code, unit__is_active=True).select_related("unit").first()
        )
        return area.unit if area else None
    return CompetentUnit.objects.filter(kind=kind, is_active=True).order_by("code").first()


def branch_of_ward(ward_code: str | None):
    """The branch whose area holds the ward, or None."""
    area = BranchArea.objects.filter(ward_id=ward_code).select_related("branch").first()
    return area.branch if area else None

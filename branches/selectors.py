"""Questions about the organisation that other rooms ask."""

from dataclasses import dataclass
from datetime import date
from time import monotonic

from django.db.models.expressions import RawSQL
from django.utils import timezone

from branches.models import (
    BRANCH_ROLES,
    UNIT_ROLES,
    Branch,
    BranchArea,
    CompetentUnit,
    Posting,
    Role,
    UnitArea,
    capacity_of,
)
from worktime import now

WARD_KINDS = ("WARD", "POLICE_WARD", "LAND")  # found by a ward; the others are one for the city


@dataclass(frozen=True)
class Duties:
    """The postings of one person in force on one day, asked by role and place. Empty for a citizen.

    A deputy who signs "KT." holds, before their own, an unsaved posting as leader whose `capacity` says so. `barred`
    are the blind indexes of those whose dossiers this person must not touch: their own number, declared relatives.
    """

    postings: tuple[Posting, ...] = ()
    barred: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.postings)

    def has(self, *roles: str) -> bool:
        return any(p.role in roles for p in self.postings)

    def at_branch(self, branch_id: int | None, *roles: str) -> Posting | None:
        return next((p for p in self.postings if branch_id and p.branch_id == branch_id and p.role in roles), None)

    def at_unit(self, unit_id: int | None, *roles: str) -> Posting | None:
        return next((p for p in self.postings if unit_id and p.unit_id == unit_id and p.role in roles), None)

    def branches(self, *roles: str) -> list[int]:
        """Where this person works on dossiers in one of the roles (in any of a branch)."""
        return [p.branch_id for p in self.postings if p.branch_id and p.role in (roles or BRANCH_ROLES)]

    def units(self, *roles: str) -> list[int]:
        """As `branches`. Who looks after a unit's people alone works on none of its dossiers."""
        return [p.unit_id for p in self.postings if p.unit_id and p.role in (roles or UNIT_ROLES)]

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
        kept[on] = _read_duties(user, on)
    return kept[on]


# Every request of staff passes here: written out, the two subqueries cost nothing to compose. They say what
# RelativeDeclaration.in_force and Delegation.in_force say; a test holds them together.
_DECLARED = """ARRAY(
    SELECT r.number_index FROM branches_relativedeclaration r
     WHERE r.user_id = branches_posting.user_id AND r.starts_on <= %s AND (r.ends_on IS NULL OR r.ends_on >= %s))"""
_DELEGATED = """(
    SELECT ARRAY[d.leader_title, d.deputy_title, d.starts_on::text, d.ends_on::text] FROM branches_delegation d
     WHERE d.deputy_id = branches_posting.user_id AND d.unit_id = branches_posting.unit_id
       AND d.ended_at IS NULL AND d.starts_on <= %s AND d.ends_on >= %s
       AND EXISTS (SELECT 1 FROM branches_posting l JOIN accounts_user u ON u.id = l.user_id AND u.is_active
                    WHERE l.user_id = d.leader_id AND l.unit_id = d.unit_id AND l.role = 'LEADER'
                      AND l.starts_on <= %s AND (l.ends_on IS NULL OR l.ends_on >= %s))
     ORDER BY d.id LIMIT 1)"""


def _read_duties(user, on: date) -> Duties:
    """Postings with, in the same query, the delegations of their unit and the person's declarations."""
    rows = list(
        Posting.objects.in_force(on)
        .filter(user_id=user.pk)
        .select_related("branch", "unit")
        .annotate(declared=RawSQL(_DECLARED, (on,) * 2), delegated=RawSQL(_DELEGATED, (on,) * 4))
        .order_by("pk")
    )
    barred = {user.number_index, *(index for row in rows for index in row.declared)} - {""}
    return Duties((*_deputising(rows), *rows), frozenset(barred))


def _deputising(rows: list[Posting]) -> list[Posting]:
    """For each unit in which the person deputises today, the leader's posting as they hold it."""
    first = {row.unit_id: row for row in reversed(rows) if row.delegated and row.role in UNIT_ROLES}
    return [_as_leader(row) for row in first.values()]


def _as_leader(own: Posting) -> Posting:
    leader_title, deputy_title, starts_on, ends_on = own.delegated
    posting = Posting(
        user_id=own.user_id, role=Role.LEADER, unit=own.unit, kind=own.kind,
        starts_on=date.fromisoformat(starts_on), ends_on=date.fromisoformat(ends_on),
    )  # fmt: skip
    posting.capacity = capacity_of(leader_title, deputy_title)
    return posting


def unit_for(kind: str, ward_code: str | None) -> CompetentUnit | None:
    """The unit of `kind` that answers for a ward; a city kind has one unit, whatever the ward (DOMAIN §3.1)."""
    areas = _areas()
    return areas.units.get((kind, ward_code)) or areas.units.get((kind, None))


def branch_of_ward(ward_code: str | None) -> Branch | None:
    """The branch whose area holds the ward, or None."""
    return _areas().branches.get(ward_code)


@dataclass(frozen=True)
class Areas:
    """Who answers where, read whole: some hundred rows that every submit asks for and a law changes."""

    units: dict[tuple[str, str | None], CompetentUnit]
    branches: dict[str, Branch]
    read_at: float


_AREAS_LIVE = 10.0  # seconds a process may go on with what it has read
_kept: list[Areas] = []


def _areas() -> Areas:
    if not _kept or monotonic() - _kept[0].read_at > _AREAS_LIVE:
        _kept[:] = [_read_areas()]
    return _kept[0]


def forget_areas() -> None:
    _kept.clear()


def _read_areas() -> Areas:
    units: dict[tuple[str, str | None], CompetentUnit] = {}
    for unit in CompetentUnit.objects.filter(is_active=True).exclude(kind__in=WARD_KINDS).order_by("-code"):
        units[unit.kind, None] = unit
    for area in UnitArea.objects.filter(unit__is_active=True, kind__in=WARD_KINDS).select_related("unit"):
        units[area.kind, area.ward_id] = area.unit
    branches = {a.ward_id: a.branch for a in BranchArea.objects.select_related("branch")}
    return Areas(units, branches, monotonic())

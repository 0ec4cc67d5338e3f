"""The life of a procedure's versions as others read it: each with its releases, and how it stands today."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from procedures.models import ProcedureVersion, Release
from worktime import now


@dataclass(frozen=True)
class Told:
    """A version in short: its newest release, and all of them. `state` is draft, scheduled, in_force or ended."""

    number: int
    state: str
    releases: list[Release]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    reason: str = ""
    legal_ground: str = ""
    changes: str = ""


def versions_of(code: str, *, drafts: bool) -> QuerySet[ProcedureVersion]:
    """Versions of the procedure with this code, the newest first; only released ones unless `drafts`."""
    counted = Release.objects.counted()
    releases = Prefetch("releases", counted.order_by("-starts_at", "-pk"), to_attr="newest_first")
    found = ProcedureVersion.objects.filter(procedure__code="" if "\0" in code else code)
    found = found if drafts else found.filter(pk__in=counted.values("version"))
    return found.order_by("-number").prefetch_related(releases)


def told(version: ProcedureVersion) -> Told:
    """`version` came from `versions_of`."""
    releases = version.newest_first
    if not releases:
        return Told(version.number, "draft", [])
    said = {name: getattr(releases[0], name) for name in ("starts_at", "ends_at", "reason", "legal_ground", "changes")}
    return Told(version.number, _state(releases, now()), releases, **said)


def _state(releases: list[Release], at: datetime) -> str:
    if any(one.is_in_force(at) for one in releases):
        return "in_force"
    return "scheduled" if any(one.is_scheduled(at) for one in releases) else "ended"

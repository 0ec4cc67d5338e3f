"""The releases of one procedure as a timetable: at every moment at most one version is in force.

Call these with the procedure's row locked. A scheduled release that is cancelled keeps its row and ends where it
begins. The moment at which a version takes over, or the last one ends, is a clock (`TURN`): a row, so that it survives
a stopped worker. Clocks are swept several times a minute, so `Procedure.published` follows within that time.
"""

from datetime import datetime

from django.db.models import F, Min, Q

from procedures.models import Procedure, ProcedureVersion, Release
from worktime import clocks, now

TURN = "procedure.turn"
SUBJECT = "procedure"


def releases_of(procedure: Procedure):
    return Release.objects.filter(version__procedure=procedure).counted()


def in_force(procedure: Procedure, at: datetime | None = None) -> Release | None:
    return releases_of(procedure).in_force(at or now()).order_by("-starts_at", "-pk").first()


def enter(procedure: Procedure, version: ProcedureVersion, starts_at: datetime, **about) -> Release:
    """Let `version` be in force from `starts_at` until the next release that is scheduled already, if there is one."""
    following = releases_of(procedure).filter(starts_at__gt=starts_at).order_by("starts_at").first()
    Release.objects.filter(version__procedure=procedure).in_force(starts_at).update(ends_at=starts_at)
    ends_at = following.starts_at if following else None
    release = Release.objects.create(version=version, starts_at=starts_at, ends_at=ends_at, **about)
    set_turn(procedure)
    return release


def cancel(procedure: Procedure, release: Release) -> None:
    """A scheduled release will not happen: the one before it goes on until where this one would have ended."""
    before = releases_of(procedure).filter(ends_at=release.starts_at, starts_at__lt=release.starts_at)
    ended_at, starts_at = release.ends_at, release.starts_at
    Release.objects.filter(pk=release.pk).update(ends_at=starts_at)
    before.update(ends_at=ended_at)
    set_turn(procedure)


def end(procedure: Procedure, at: datetime) -> None:
    """No version is in force from `at` on; what was scheduled after it will not happen."""
    later = releases_of(procedure).filter(starts_at__gte=at)
    later.update(ends_at=F("starts_at"))
    releases_of(procedure).in_force(at).update(ends_at=at)
    set_turn(procedure)


def set_turn(procedure: Procedure) -> None:
    """Set the procedure's clock to the next moment at which another version, or none, comes into force."""
    at = next_turn(procedure)
    if at is None:
        clocks.cancel(subject_type=SUBJECT, subject_id=procedure.pk, kinds=[TURN])
    else:
        clocks.set_clock(kind=TURN, subject_type=SUBJECT, subject_id=procedure.pk, at=at)


def next_turn(procedure: Procedure) -> datetime | None:
    at = now()
    moments = releases_of(procedure).aggregate(
        begins=Min("starts_at", filter=Q(starts_at__gt=at)), ends=Min("ends_at", filter=Q(ends_at__gt=at))
    )
    return min((moment for moment in moments.values() if moment), default=None)

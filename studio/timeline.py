"""A procedure's versions as a timeline: what each is today, who let it go and why, how many dossiers stand on it."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from dossiers.life import CLOSED, UNFINISHED, Status
from dossiers.models import Dossier
from procedures.models import Procedure, ProcedureVersion, Release, ReleaseRequest
from worktime import now

DRAFT, TRIAL, WAITING, SCHEDULED, IN_FORCE, PAST = "draft", "trial", "waiting", "scheduled", "in_force", "past"


@dataclass(frozen=True)
class Counts:
    open: int = 0
    finished: int = 0
    drafts: int = 0
    trials: int = 0


@dataclass
class Line:
    """One version. `releases` and `requests` newest first; `state` is the strongest thing that is true of it."""

    version: ProcedureVersion
    counts: Counts
    releases: list[Release] = field(default_factory=list)
    requests: list[ReleaseRequest] = field(default_factory=list)
    at: datetime = field(default_factory=now)

    @property
    def waiting(self) -> ReleaseRequest | None:
        return next((r for r in self.requests if r.state == ReleaseRequest.State.OPEN), None)

    @property
    def scheduled(self) -> Release | None:
        return next((r for r in self.releases if r.is_scheduled(self.at)), None)

    @property
    def in_force(self) -> Release | None:
        return next((r for r in self.releases if r.is_in_force(self.at)), None)

    @property
    def state(self) -> str:
        if self.in_force:
            return IN_FORCE
        if self.scheduled:
            return SCHEDULED
        if self.waiting:
            return WAITING
        if self.releases:
            return PAST
        return TRIAL if self.counts.trials else DRAFT

    @property
    def state_words(self) -> str:
        return {
            DRAFT: _("Bản nháp"), TRIAL: _("Đang làm thử"), WAITING: _("Chờ duyệt"),
            SCHEDULED: _("Chờ đến ngày áp dụng"),
            IN_FORCE: _("Đang áp dụng"), PAST: _("Không còn áp dụng"),
        }[self.state]  # fmt: skip

    @property
    def may_be_asked_for(self) -> bool:
        return self.state in (DRAFT, TRIAL, PAST)


def timeline_of(procedure: Procedure) -> list[Line]:
    """Every version, newest first, in four queries however many there are."""
    counts = counts_of(procedure)
    lines = {
        version.pk: Line(version, counts.get(version.pk, Counts()))
        for version in procedure.versions.select_related("copied_from").order_by("-number")
    }
    releases = Release.objects.filter(version__procedure=procedure).select_related("released_by", "requested_by")
    for release in releases.order_by("-starts_at", "-pk"):
        lines[release.version_id].releases.append(release)
    requests = ReleaseRequest.objects.filter(version__procedure=procedure).select_related("requested_by", "decided_by")
    for request in requests.order_by("-requested_at", "-pk"):
        lines[request.version_id].requests.append(request)
    return list(lines.values())


def counts_of(procedure: Procedure) -> dict[int, Counts]:
    """Dossiers on each version, real and scratch, in one grouped query that the index alone answers."""
    real = Q(is_scratch=False)
    rows = Dossier.everything.filter(procedure=procedure).values("version_id")
    counted = rows.annotate(
        open=Count("version", filter=real & Q(status__in=UNFINISHED)),
        finished=Count("version", filter=real & Q(status__in=CLOSED)),
        drafts=Count("version", filter=real & Q(status=Status.DRAFT)),
        trials=Count("version", filter=Q(is_scratch=True) & ~Q(status__in=CLOSED)),
    )
    return {row.pop("version_id"): Counts(**row) for row in counted}

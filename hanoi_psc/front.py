"""What stands on the home page: doors into the catalogue, what many people do, and how the promises were kept."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q

from dossiers.models import Dossier
from hanoi_psc.figures import figures
from procedures.models import LifeEvent, Procedure
from procedures.words import fees_in_short, name_of, time_words
from worktime import now

CHIPS = 4
ROWS = 6


@dataclass(frozen=True)
class Row:
    """One procedure as a line of a list."""

    code: str
    name: str
    fee: str
    time: str
    same_day: bool


def front_page() -> dict:
    """Context of the home page, in four queries whatever the catalogue holds; the figures are kept for minutes."""
    week = counted_this_week(now())
    popular = [row(procedure) for procedure in most_used(week)]
    return {
        "life_events": LifeEvent.objects.order_by("position", "key"),
        "chips": popular[:CHIPS],
        "popular": popular,
        "week_counted": bool(week),
        "figures": figures(),
    }


def counted_this_week(at) -> dict[int, int]:
    """The procedures most asked for in the seven days before `at`, with how often."""
    this_week = Dossier.objects.filter(submitted_at__gt=at - timedelta(days=7), submitted_at__lte=at)
    return dict(this_week.values_list("procedure").annotate(n=Count("pk")).order_by("-n")[:ROWS])


def most_used(counted: dict[int, int]) -> list[Procedure]:
    """Published procedures: those counted first, then those usually asked for, to fill the list."""
    usual = Procedure.objects.exclude(published=None).select_related("published").prefetch_related("published__fees")
    ranked = list(usual.filter(pk__in=counted))
    ranked.sort(key=lambda procedure: -counted[procedure.pk])
    return ranked + list(usual.filter(~Q(pk__in=counted)).order_by("-popularity", "code")[: ROWS - len(ranked)])


def row(procedure: Procedure) -> Row:
    version = procedure.published
    fees = fees_in_short(version.fees.all())
    return Row(procedure.code, name_of(version), fees, time_words(version), version.immediate)

"""Where work waits: the live dossiers of a version counted at each step, with how long they have been there."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Min, Q, Value

from dossiers.life import UNFINISHED, WAITING
from dossiers.models import WorkItem
from procedures.drawing import Heat, heat_level, hours_words
from procedures.spec import Spec
from worktime import now


class Median(Aggregate):
    """The middle of the values, of two middles their mean."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


@dataclass(frozen=True)
class Waiting:
    """What waits at one place of a process. `with_citizen`: those of `count` that wait for the applicant's answer."""

    count: int
    median: timedelta
    longest: timedelta
    late: int
    with_citizen: int

    @property
    def heat(self) -> Heat:
        return Heat(self.count, self.median / timedelta(hours=1), self.late)

    @property
    def usual(self) -> str:
        return hours_words(self.median / timedelta(hours=1))

    @property
    def worst(self) -> str:
        return hours_words(self.longest / timedelta(hours=1))

    @property
    def level(self) -> int:
        return heat_level(self.heat)


@dataclass(frozen=True)
class Row:
    """A line of the table under the drawing; `waiting` is None where nothing waits."""

    name: str
    is_item: bool
    waiting: Waiting | None


def waiting_in(version_ids: Collection[int]) -> dict[int, dict[str, Waiting]]:
    """Version → place ("sign", or "consult.land" for work asked of others) → what waits there, in one query.

    Counted are unfinished dossiers, trials left out; a version on which nothing waits is not in the answer.
    """
    at = now()
    since = ExpressionWrapper(Value(at) - F("opened_at"), output_field=DurationField())
    rows = (
        WorkItem.objects.filter(
            state=WorkItem.State.OPEN,
            dossier__version__in=version_ids,
            dossier__is_scratch=False,
            dossier__status__in=UNFINISHED,
        )
        .values("dossier__version", "kind", "step", "key")
        .annotate(
            count=Count("pk"),
            median=Median(since, output_field=DurationField()),
            first=Min("opened_at"),
            late=Count("pk", filter=Q(due_at__lt=at)),
            with_citizen=Count("pk", filter=Q(dossier__status__in=WAITING)),
        )
        .order_by()
    )
    found: dict[int, dict[str, Waiting]] = defaultdict(dict)
    for row in rows:
        place = row["step"] if row["kind"] == WorkItem.Kind.STEP else f"{row['step']}.{row['key']}"
        found[row["dossier__version"]][place] = Waiting(
            row["count"], row["median"], at - row["first"], row["late"], row["with_citizen"]
        )
    return dict(found)


def heat_of(waiting: dict[str, Waiting]) -> dict[str, Heat]:
    """The same for the drawing (procedures.drawing.draw)."""
    return {place: one.heat for place, one in waiting.items()}


def rows_of(spec: Spec, waiting: dict[str, Waiting]) -> list[Row]:
    """Every step of the version and the work it asks of others, in order, each with what waits there."""
    rows = []
    for step in spec.steps:
        rows.append(Row(step.name, False, waiting.get(step.key)))
        rows += [Row(item.name, True, waiting.get(f"{step.key}.{item.key}")) for item in step.items]
    return rows

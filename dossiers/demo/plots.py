"""What happens in the demo: a table of plots, each played some times with other people, places and procedures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from procedures.models import Procedure
from procedures.spec import Spec
from procedures.versions import read

ONLINE_SHARE = 0.62


@dataclass(frozen=True)
class Plot:
    """One kind of story. Shares are of the procedure's whole time, hours are working hours.

    `used`: how much of the time is gone now, or was at the decision; `back`: hours since the end of the story.
    """

    name: str
    count: int
    fits: Callable[[Spec], bool] = field(default=lambda spec: True)
    goal: str = "step"  # registered, refused, step, sign, items, payment, completed, returned
    used: tuple[float, float] = (0.1, 0.8)
    back: tuple[float, float] = (0, 0)
    twist: str = (
        ""  # what else happens: ask_before, answer_before, ask_after, answer_after, reject, withdraw, stop, rate
    )
    online: bool | None = None  # None: as it comes


def within(days: int) -> Callable[[Spec], bool]:
    return lambda spec: not spec.immediate and 2 <= spec.time_amount <= days and spec.time_unit != "HOUR"


def of_family(*families: str) -> Callable[[Spec], bool]:
    return lambda spec: spec.family in families and spec.time_amount > 1


def with_papers(spec: Spec) -> bool:
    return not spec.immediate and spec.time_amount > 2 and any(d.required and not d.condition for d in spec.documents)


def signed(spec: Spec) -> bool:
    return any(step.role == "LEADER" for step in spec.steps) and within(20)(spec)


PLOTS = (
    Plot("waiting", 20, goal="registered", back=(0.2, 5.5), online=True),
    Plot("waiting-long", 7, goal="registered", back=(6.2, 7.8), online=True),
    Plot("waiting-late", 5, goal="registered", back=(8.3, 13), online=True),
    Plot("papers-asked", 8, with_papers, goal="registered", back=(4, 40), twist="ask_before", online=True),
    Plot("papers-given", 5, with_papers, goal="registered", back=(6, 30), twist="answer_before", online=True),
    Plot("refused", 6, goal="refused", back=(4, 90), online=True),
    Plot("new-at-unit", 14, within(30), used=(0.01, 0.1)),
    Plot("at-work", 62, within(30)),
    Plot("nearly-due", 20, within(15), used=(0.86, 0.98)),
    Plot("overdue", 20, within(10), used=(1.05, 1.7)),
    Plot("to-sign", 22, signed, goal="sign", used=(0.4, 0.95)),
    Plot("to-sign-late", 4, signed, goal="sign", used=(1.03, 1.3)),
    Plot("opinions", 10, of_family("consult"), goal="items", used=(0.3, 0.7)),
    Plot("linked", 5, of_family("linked"), goal="items", used=(0.2, 0.9)),
    Plot("opinions-late", 3, of_family("consult"), goal="items", used=(1.02, 1.2)),
    Plot("to-pay", 8, of_family("financial"), goal="payment", used=(0.5, 0.8)),
    Plot("unit-asked", 6, with_papers, twist="ask_after", back=(2, 50), online=True),
    Plot("unit-given", 5, with_papers, twist="answer_after", back=(10, 40), online=True),
    Plot("withdrawn", 5, within(20), used=(0.1, 0.5), twist="withdraw", back=(4, 60), online=True),
    Plot("stopped", 4, within(20), used=(0.2, 0.6), twist="stop", back=(4, 60)),
    Plot("to-return", 24, within(20), goal="completed", used=(0.3, 0.97), back=(0.5, 16)),
    Plot("counter-to-return", 5, lambda spec: spec.immediate, goal="completed", used=(0.1, 0.5), back=(0.1, 3)),
    Plot("returned", 40, within(12), goal="returned", used=(0.25, 0.97), back=(4, 100), twist="rate"),
    Plot("returned-at-once", 14, lambda s: s.immediate, goal="returned", used=(0.1, 0.6), back=(1, 90), twist="rate"),
    Plot("returned-late", 4, within(8), goal="returned", used=(1.05, 1.3), back=(4, 60), twist="rate"),
    Plot("rejected", 5, signed, goal="returned", used=(0.4, 0.9), back=(4, 80), twist="reject"),
)
DRAFTS = ("1.001193", "1.013225", "1.001612")


@dataclass(frozen=True)
class Story:
    """One dossier to be: its plot and its own luck, so that adding a plot changes no other story."""

    key: str
    plot: Plot
    spec: Spec
    rng: Random
    online: bool


def published() -> list[tuple[int, Spec]]:
    """Published procedures with how much they are asked for."""
    rows = Procedure.objects.exclude(published=None).order_by("code").values_list("popularity", "published_id")
    return [(popularity + 5, read(version)) for popularity, version in rows]


def stories(specs: list[tuple[int, Spec]], *, each: int | None = None) -> Iterator[Story]:
    """Every story, or at most `each` a plot."""
    for plot in PLOTS:
        fitting = [(weight, spec) for weight, spec in specs if plot.fits(spec)]
        if not fitting:
            continue
        weights, choice = [w for w, _ in fitting], [s for _, s in fitting]
        for number in range(1, 1 + min(plot.count, each or plot.count)):
            key = f"{plot.name}-{number}"
            rng = Random(key)
            spec = rng.choices(choice, weights)[0]
            online = rng.random() < ONLINE_SHARE if plot.online is None else plot.online
            yield Story(key, plot, spec, rng, online)

"""How a figure is shown: what was measured, in what it is good or not, and the ratio to aim at. Nothing is asserted."""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Row:
    """One line. `figure` is measured against `target`: at most it, or at least it when `at_least`."""

    what: str
    detail: str
    figure: float | None = None
    target: float | None = None
    at_least: bool = False
    unit: str = "×"

    @property
    def verdict(self) -> str:
        if self.figure is None or self.target is None:
            return ""
        met = self.figure >= self.target if self.at_least else self.figure <= self.target
        return "met" if met else "missed"

    def cells(self) -> tuple[str, ...]:
        figure = "" if self.figure is None else f"{shown(self.figure)} {self.unit}"
        sign = "≥" if self.at_least else "≤"
        target = "" if self.target is None else f"{sign} {shown(self.target)} {self.unit}"
        return self.what, figure, target, self.verdict, self.detail


def shown(number: float) -> str:
    return f"{number:,.0f}" if number >= 20 else f"{number:.3g}"


def draw(rows: list[Row]) -> str:
    """Aligned lines with a head."""
    lines = [("measured", "figure", "target", "", "in this run"), *(row.cells() for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(4)]
    return "\n".join("  ".join([*(line[i].ljust(widths[i]) for i in range(4)), line[4]]).rstrip() for line in lines)


def median(numbers: list[float]) -> float:
    return sorted(numbers)[len(numbers) // 2]


def p95(numbers: list[float]) -> float:
    return sorted(numbers)[ceil(len(numbers) * 0.95) - 1]

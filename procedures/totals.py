"""What a version asks of a citizen, in figures: the ground on which two versions are weighed."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from places.text import vnd
from procedures.parts import SILENT
from procedures.schema import example_answers
from procedures.spec import REPEATED, Spec
from procedures.versions import BROKEN

_FROM_THE_CITIZEN = ("check", "minutes")  # what a step can only produce where the citizen is


@dataclass(frozen=True)
class Total:
    """One figure of the old and the new version. `sentence` says the gain or the loss; "" where they are equal."""

    key: str
    name: str
    old: int
    new: int
    old_text: str
    new_text: str
    sentence: str

    @property
    def difference(self) -> int:
        return self.new - self.old


def totals_of(old: Spec, new: Spec) -> list[Total]:
    """Documents, questions, steps, time, cost, meetings and offices; what a broken draft cannot tell is left out."""
    totals = []
    for figure in _figures():
        with suppress(*BROKEN):
            totals.append(_total(*figure, old, new))
    return totals


def _total(key, name, count: Callable[[Spec], int], say, write, old: Spec, new: Spec) -> Total:
    before, after = count(old), count(new)
    sentence = say(abs(after - before), after < before) if before != after else ""
    return Total(key, name, before, after, write(before), write(after), sentence)


def _days(n: int) -> str:
    return ngettext("%(n)d ngày làm việc", "%(n)d ngày làm việc", n) % {"n": n}


def _figures() -> tuple[tuple, ...]:
    return (
        ("documents", _("Giấy tờ bắt buộc"), documents_asked, _counted(_("giấy tờ bắt buộc")), str),
        ("questions", _("Câu hỏi"), questions_asked, _counted(_("câu hỏi")), str),
        ("steps", _("Bước giải quyết"), lambda spec: len(spec.steps), _counted(_("bước")), str),
        ("days", _("Thời hạn"), working_days, _timed, _days),
        ("cost", _("Số tiền phải nộp, theo ví dụ"), example_cost, _priced, vnd),
        ("meetings", _("Số lần phải gặp cán bộ"), meetings, _counted(_("lần gặp cán bộ")), str),
        ("units", _("Số cơ quan tham gia"), units_involved, _counted(_("cơ quan")), str),
    )


def _counted(what: str) -> Callable[[int, bool], str]:
    def say(difference: int, less: bool) -> str:
        said = _("Ít hơn %(n)s %(what)s.") if less else _("Nhiều hơn %(n)s %(what)s.")
        return said % {"n": difference, "what": what}

    return say


def _timed(difference: int, less: bool) -> str:
    return (_("Nhanh hơn %(days)s.") if less else _("Chậm hơn %(days)s.")) % {"days": _days(difference)}


def _priced(difference: int, less: bool) -> str:
    return (_("Rẻ hơn %(money)s.") if less else _("Đắt hơn %(money)s.")) % {"money": vnd(difference)}


# --- the figures --------------------------------------------------------------------------------------------------
def documents_asked(spec: Spec) -> int:
    return sum(document.required for document in spec.documents)


def questions_asked(spec: Spec) -> int:
    """The questions that take an answer; those of a group once, however many rows it has."""
    asked = 0
    for f in (f for section in spec.sections for f in section.fields):
        parts = f.fields if f.kind in REPEATED else ()
        asked += sum(part.kind not in SILENT for part in parts) or f.kind not in SILENT
    return asked


def working_days(spec: Spec) -> int:
    """The promise in working days, rounded up: 8 working hours are one, 7 days of the calendar are 5."""
    if spec.immediate:
        return 0
    return {"HOUR": ceil(spec.time_amount / 8), "DAY": ceil(spec.time_amount * 5 / 7)}.get(
        spec.time_unit, spec.time_amount
    )


def example_cost(spec: Spec) -> int:
    """What the example citizen pays, filing by the first way the version offers."""
    channel = "online" if "online" in spec.channels else "counter"
    return sum(due.amount for due in spec.fees_due(example_answers(spec), channel))


def meetings(spec: Spec) -> int:
    """How often the citizen must meet an official, going the way that asks least: to file, on the way, to collect."""
    filing = "online" not in spec.channels
    collecting = not {"online", "post"} & set(spec.returns)
    return filing + collecting + sum(step.produces in _FROM_THE_CITIZEN for step in spec.way_forward())


def units_involved(spec: Spec) -> int:
    kinds = {step.unit_kind or spec.unit_kind for step in spec.steps if step.role != "CLERK"}
    return len(kinds | {item.unit_kind for step in spec.steps for item in step.items})

"""The small form of the fee calculator: the questions that decide what is paid, and the sums of both ways to file."""

from typing import Any

from django.utils.translation import gettext as _

from dossiers.forms import QuestionsForm
from procedures import fee_sums
from procedures.answers import FieldError, clean_answers
from procedures.parts import SILENT
from procedures.spec import Spec


def calculate(spec: Spec, data=None) -> dict[str, Any]:
    """Context of the calculator: its form, and (once something was sent) the lines and totals by channel.

    A wrong answer is said next to its question; the sums are of what is right.
    """
    fields = fee_sums.depends_on(spec)
    typed = QuestionsForm([f for f in fields if f.kind not in SILENT], data=data).typed() if data is not None else {}
    answers, errors = _clean(spec, {f.key for f in fields}, typed)
    asked = [f for s in spec.sections for f in spec.asked(s, answers) if f in fields and f.kind not in SILENT]
    form = QuestionsForm(asked, data=data)
    if data is not None:
        form.show_errors(e for e in errors if e.question in form.fields)
    return {"form": form, "ways": _ways(spec, answers) if data is not None or not asked else [], "asked": asked}


def _clean(spec: Spec, keys: set[str], typed: dict[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """The right ones of these answers. Questions outside the calculator are not asked, so they cannot be wrong."""
    answers, errors = clean_answers(spec, typed, partial=True)
    return {k: v for k, v in answers.items() if k in keys}, [e for e in errors if e.question in keys]


def _ways(spec: Spec, answers: dict[str, Any]) -> list[tuple[str, list[fee_sums.Line], int]]:
    names = {"online": _("Nộp trực tuyến"), "counter": _("Nộp tại quầy")}
    found = [(names[way], fee_sums.lines(spec, answers, way)) for way in names if way in spec.channels]
    return [(name, lines, fee_sums.total(lines)) for name, lines in found]

"""Everything that stands against publishing a version, said at once, each problem at its row.

`check` never raises, whatever an admin or a file put into the draft: what a rule cannot even read is a problem of that
row too. Errors refuse publication; warnings need a reason (`releasing`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from branches.models import FieldOfLaw, Posting
from procedures.answers import ward_codes
from procedures.checks import form, head, papers, process, work
from procedures.checks.base import (
    ERROR,
    NOTHING_KNOWN,
    WARNING,
    Case,
    Context,
    Place,
    Problem,
    document_place,
    exemption_place,
    fee_place,
    item_place,
    move_place,
    step_place,
)
from procedures.checks.process import RESERVED_KEYS
from procedures.models import Procedure, ProcedureVersion, StepItem
from procedures.spec import Spec
from procedures.versions import BROKEN

__all__ = [
    "ERROR", "RESERVED_KEYS", "WARNING", "Context", "Problem", "check", "context_for", "context_of_city", "errors_in",
    "posted", "unreadable",
]  # fmt: skip

Rows = Callable[[Case], Iterable[Any]]
# What is gone through row by row: the rows, where each stands, and the rules for one row.
_OF_ROWS: tuple[tuple[Rows, Callable[[Any], Place], tuple[Callable, ...]], ...] = (
    (lambda case: case.spec.sections, lambda s: Place("form", str(s.key)), (form.section_is_sound,)),
    (lambda case: case.questions, lambda q: q.place, (
        form.names_are_sound, form.options_are_sound, form.bounds_are_sound, form.pattern_is_safe,
        form.example_is_valid, form.group_is_sound, form.condition_is_sound, form.formula_is_sound,
    )),
    (lambda case: case.spec.documents, document_place, (papers.document_is_sound, papers.document_can_be_given)),
    (lambda case: case.spec.fees, fee_place, (papers.fee_is_sound, papers.fee_has_an_amount, papers.fee_conditions)),
    (lambda case: case.exemptions, lambda pair: exemption_place(*pair), (papers.exemption_is_sound,)),
    (lambda case: case.spec.steps, step_place, (
        process.step_is_sound, process.step_is_held, work.step_time_is_sound,
    )),
    (lambda case: case.items, lambda pair: item_place(*pair), (
        work.item_is_sound, work.item_waits_for_another, work.item_is_held, work.linked_procedure_exists,
    )),
    (lambda case: case.spec.moves, move_place, (
        process.move_is_sound, process.move_decides_once, process.move_can_be_made,
    )),
)  # fmt: skip
_OF_THE_WHOLE: tuple[tuple[str, Callable], ...] = (
    ("head", head.code_is_national), ("head", head.names_are_given), ("texts", head.summary_is_short),
    ("head", head.choices_are_known), ("head", head.legal_basis_is_given), ("routing", head.routing_is_asked),
    ("time", head.time_is_sound), ("time", head.time_is_within_the_law), ("form", form.keys_differ),
    ("form", form.labels_differ), ("form", form.applicant_asked), ("form", form.applicant_fits),
    ("form", form.no_formula_cycles), ("form", form.sums_are_few),
    ("documents", papers.some_documents), ("fees", papers.fees_differ), ("steps", process.has_steps),
    ("steps", process.every_step_is_on_a_way), ("steps", process.ends_are_for_roles_that_exist),
    ("steps", process.every_end_has_an_outcome), ("steps", process.payment_is_asked_before_it_is_proved),
    ("moves", process.moves_differ), ("items", work.family_has_items), ("items", work.items_differ),
    ("time", work.shares_are_whole), ("time", work.fixed_times_fit), ("texts", head.english_is_complete),
)  # fmt: skip
_PARTS = ("head", "routing", "form", "documents", "fees", "steps", "items", "moves", "time", "texts")


def check(spec: Spec, context: Context | None = None) -> list[Problem]:
    """Every problem of a version, errors before warnings, in the order of the admin's page. Never raises."""
    case = Case(spec, context or NOTHING_KNOWN)
    found = [problem for part, rule in _OF_THE_WHOLE for problem in _kept(Place(part), rule, case)]
    for rows, place_of, rules in _OF_ROWS:
        for row in _safely(lambda rows=rows: list(rows(case)), []):
            place = _safely(lambda row=row, place_of=place_of: place_of(row), Place("head"))
            found += [problem for rule in rules for problem in _kept(place, rule, case, row)]
    return sorted(dict.fromkeys(found), key=lambda p: (p.level != ERROR, _PARTS.index(p.part)))


def _kept(place: Place, rule: Callable, *args: Any) -> Iterator[Problem]:
    """What the rule finds, and a problem more when it meets data of a shape that no form takes."""
    try:
        yield from rule(*args)
    except BROKEN as error:
        yield place.error("broken_data", _("dữ liệu chưa đúng dạng (%(error)s)") % {"error": str(error)[:120]})


def _safely(make: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return make()
    except BROKEN:
        return otherwise


def errors_in(spec: Spec, context: Context | None = None) -> Iterator[str]:
    """The errors alone, as sentences: what stops a file of the catalogue from being loaded."""
    return (problem.message for problem in check(spec, context) if problem.is_error)


def unreadable(error: Exception) -> Problem:
    """For a draft whose rows `versions.read` cannot even put together."""
    return Place("head").error(
        "broken_data", _("có ô dữ liệu chưa đúng dạng (%(error)s)") % {"error": str(error)[:200]}
    )


# --- what is true around a version --------------------------------------------------------------------------------
def context_of_city(on: date | None = None) -> Context:
    """Who is posted on the day `on` (today), and which procedures are published and linked: four queries
    (and one for the wards, once in the life of a process)."""
    linked: dict[str, set[str]] = {
        code: set() for code in Procedure.objects.exclude(published=None).values_list("code", flat=True)
    }
    items = StepItem.objects.filter(version__in=Procedure.objects.values("published")).exclude(procedure="")
    for code, onward in items.values_list("version__procedure__code", "procedure"):
        linked[code].add(onward)
    return Context(
        held=posted(on),
        fields_of_law=frozenset(FieldOfLaw.objects.values_list("name", flat=True)),
        wards=frozenset(ward_codes()),
        linked={code: frozenset(codes) for code, codes in linked.items()},
    )


def posted(on: date | None = None) -> frozenset[tuple[str, str]]:
    """The roles that somebody holds on the day `on`, each with the kind of unit; "" at a branch."""
    rows = Posting.objects.in_force(on).values_list("role", "unit__kind").distinct()
    return frozenset((role, kind or "") for role, kind in rows)


def context_for(version: ProcedureVersion, on: date | None = None) -> Context:
    """`context_of_city`, and the time limit of the version this draft was made from, where nobody doubts it."""
    city, source = context_of_city(on), version.copied_from
    if source is None or "time" in source.assumed:
        return city
    return replace(city, confirmed_time=(source.time_amount, source.time_unit, source.legal_basis))

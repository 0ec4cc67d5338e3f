"""Working out the fees of some answers, and saying how: which row, formula and exemption made the sum."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from places.text import vnd
from procedures.conditions import fields_of, holds
from procedures.explained import words_of
from procedures.spec import Fee, FeeDue, Field, Spec
from procedures.written import text_of


@dataclass(frozen=True)
class Line:
    """One fee of the version. `due` is None where it is not asked for; `how` says why it is so much, or nothing."""

    fee: Fee
    due: FeeDue | None
    how: list[str]


def depends_on(spec: Spec) -> tuple[Field, ...]:
    """The questions that decide what is paid, in the order of the form, with those that decide whether they are asked.
    Where nothing depends on an answer there is nothing to calculate: no question."""
    names: set[str] = set()
    waiting = [name for fee in spec.fees for name in _read_by(fee)]
    while waiting:
        name = waiting.pop()
        if name in spec.fields and name not in names:
            names.add(name)
            waiting += [*fields_of(spec.fields[name].condition), *fields_of(spec.fields[name].formula)]
    return tuple(f for f in spec.fields.values() if f.key in names)


def _read_by(fee: Fee) -> Iterator[str]:
    for expr in (fee.condition, fee.formula, *(r.condition for r in fee.rows), *(e.condition for e in fee.exemptions)):
        yield from fields_of(expr)
    if fee.count_field:
        yield fee.count_field


def lines(spec: Spec, answers: Mapping[str, Any], channel: str) -> list[Line]:
    """Every fee of that channel with what these answers make of it."""
    due = {one.fee.key: one for one in spec.fees_due(dict(answers), channel)}
    there = "counter" if channel == "counter" else "online"
    fees = [fee for fee in spec.fees if fee.channel in ("any", there)]
    return [Line(fee, due.get(fee.key), list(_how(fee, due.get(fee.key), answers, spec))) for fee in fees]


def total(found: list[Line]) -> int:
    return sum(line.due.amount for line in found if line.due)


def _how(fee: Fee, due: FeeDue | None, answers: Mapping[str, Any], spec: Spec) -> Iterator[str]:
    if not holds(fee.condition, answers):
        yield _("Không phải nộp: khoản này chỉ thu %(when)s.") % {"when": words_of(fee.condition, spec)}
        return
    if due is None:
        yield _("Không có mức nào khớp với câu trả lời.") if fee.rows else _("Không phải nộp.")
        return
    if fee.rows:
        row = next(row for row in fee.rows if holds(row.condition, answers))
        when = words_of(row.condition, spec) if row.condition else _("các trường hợp còn lại")
        yield _("Mức %(amount)s: %(when)s.") % {"amount": vnd(row.amount), "when": when}
    elif fee.formula:
        yield _("Công thức: %(formula)s.") % {"formula": text_of(fee.formula)}
    else:
        yield _("Mức cố định %(amount)s.") % {"amount": vnd(fee.amount)}
    yield from _bounds(fee, due)
    if due.exemption:
        said = {"name": due.exemption.name, "percent": due.exemption.percent, "ground": due.exemption.ground}
        text = _("Giảm %(percent)s%%: %(name)s (%(ground)s).") if said["ground"] else _("Giảm %(percent)s%%: %(name)s.")
        yield text % said


def _bounds(fee: Fee, due: FeeDue) -> Iterator[str]:
    if fee.count_field:
        yield _("Nhân với số lượng: %(count)s.") % {"count": due.count}
    if fee.maximum is not None and due.full_amount == fee.maximum:
        yield _("Cao nhất %(amount)s.") % {"amount": vnd(fee.maximum)}
    elif fee.minimum and due.full_amount == fee.minimum:
        yield _("Thấp nhất %(amount)s.") % {"amount": vnd(fee.minimum)}

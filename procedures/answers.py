"""Answers of a form: cleaned, checked, and every mistake said in the person's words, next to its field.

One place for the browser, the API and the counter. `schema` says the same as JSON Schema, for other programs;
`cleaning` knows the plain kinds, and here stands how they make persons, addresses, rows and a whole form.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from places import gazetteer
from places.gazetteer import ward_codes
from procedures.cleaning import EARLIEST, MAX_LENGTH, NUMBER_MAX, Invalid, clean_phone, clean_value, parse_date
from procedures.conditions import holds, value
from procedures.evaluating import is_number
from procedures.parts import COMPOSITE, SILENT, parts_of
from procedures.shown import show, shown
from procedures.spec import REPEATED, Field, Spec

__all__ = [
    "EARLIEST", "MAX_LENGTH", "MAX_ROWS", "NUMBER_MAX", "FieldError", "Invalid", "clean_answers", "clean_field",
    "clean_phone", "clean_value", "dropped", "is_empty", "parse_date", "show", "shown", "ward_codes", "work_out",
]  # fmt: skip

MAX_ROWS = 200
forget_wards = gazetteer.forget


@dataclass(frozen=True)
class FieldError:
    """A mistake: the path of the question ("home.ward", "children.0.name"), a stable code, and how to mend it."""

    field: str
    code: str
    message: str

    @property
    def question(self) -> str:
        """The key of the question of the form that it stands in."""
        return self.field.partition(".")[0]


def clean_answers(
    spec: Spec, raw: Mapping[str, Any], *, only: set[str] | None = None, partial: bool = False
) -> tuple[dict[str, Any], list[FieldError]]:
    """Clean `raw` against the form. Returns (answers, errors).

    `only` limits it to some field keys (a section being saved); `partial` lets required fields wait. A field whose
    condition is false is not asked: its answer is dropped and it cannot be an error. Unknown keys are errors. What is
    right in a person or a row is kept beside what is wrong in it. Computed answers are worked out, whatever was sent.
    """
    answers: dict[str, Any] = {}
    errors = _unknown(raw, spec.fields, "", _("Tờ khai không có câu hỏi này."))  # a note is no question
    for field in spec.fields.values():
        if field.kind == "note" or not holds(field.condition, answers):
            continue
        if field.kind == "computed":
            _compute(field, answers)
            continue
        given = raw.get(field.key)
        if only is not None and field.key not in only:
            if given is not None:
                answers[field.key] = given
            continue
        kept, wrong = clean_field(field, given, around=answers, partial=partial)
        errors += wrong
        if kept is not None:
            answers[field.key] = kept
    work_out(spec.fields.values(), answers)
    return answers, errors


def dropped(spec: Spec, given: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Field]:
    """The questions that were answered though the other answers do not call for them; `answers` are the clean ones."""
    return [
        field
        for key, field in spec.fields.items()
        if key not in answers and field.kind not in SILENT and not is_empty(field, given.get(key))
        and not holds(field.condition, answers)
    ]  # fmt: skip


# --- one question, whatever its kind ------------------------------------------------------------------------------
def clean_field(
    field: Field, given: Any, *, around: Mapping[str, Any], path: str = "", partial: bool = False
) -> tuple[Any, list[FieldError]]:
    """One answer made clean (None when there is none), with its mistakes. `around` are the answers before it."""
    path = path or field.key
    try:
        if field.kind in COMPOSITE:
            clean = _clean_rows if field.kind in REPEATED else _clean_parts
            kept, errors = clean(field, given, around, path, partial)
        else:
            kept, errors = clean_value(field, given), []
    except Invalid as invalid:
        return None, [FieldError(path, invalid.code, invalid.message)]
    if kept is None and not errors and field.required and not partial:
        errors = [FieldError(path, "required", _missing(field))]
    return kept, errors


def _missing(field: Field) -> str:
    if field.kind in ("choice", "many", "yes_no", "ward"):
        return _("Hãy chọn: %(label)s.") % {"label": field.label.rstrip(" ?:.")}
    if field.kind in ("file", "image"):
        return _("Hãy tải lên: %(label)s.") % {"label": field.label}
    return _("Hãy điền: %(label)s.") % {"label": field.label.rstrip(" ?:.")}


def is_empty(field: Field, given: Any) -> bool:
    """Whether nothing was answered: blank parts and blank rows are nothing, a false is an answer."""
    if isinstance(given, str):
        return not given.strip()
    if field.kind in REPEATED and isinstance(given, list):
        return all(_blank(field.fields, row) for row in given[: MAX_ROWS + 1])
    if field.kind in COMPOSITE and isinstance(given, Mapping):
        return _blank(parts_of(field), given)
    return given is None or given in ([], {})


def _blank(fields: Iterable[Field], row: Any) -> bool:
    """Whether nobody answered anything in a row. What is unknown in it is no blank: it is a mistake to be told."""
    if not isinstance(row, Mapping):
        return row is None
    known = {f.key: f for f in fields}
    return all(
        is_empty(known[key], one) if key in known and known[key].kind not in SILENT else key in known or one in _NOTHING
        for key, one in row.items()
    )


_NOTHING = (None, "", [], {})


def _unknown(raw: Mapping, known: Mapping[str, Field], path: str, message: str) -> list[FieldError]:
    strange = [key for key in raw if key not in known or known[key].kind == "note"]
    return [FieldError(path + str(key)[:80], "unknown", message) for key in strange]


# --- a person, a business, an address, a period, a parcel of land ------------------------------------------------
_Cleaned = tuple[Any, list[FieldError]]


def _clean_parts(field: Field, given: Any, around: Mapping, path: str, partial: bool) -> _Cleaned:
    if is_empty(field, given):
        return None, []
    if not isinstance(given, Mapping):
        raise Invalid("type", _("Hãy điền từng ô của câu hỏi này."))
    former, wrong = "", []
    if field.kind == "address":
        given, former, wrong = _of_today(given, path)
    kept, errors = _clean_all(parts_of(field), given, around, f"{path}.", partial)
    said = {e.field for e in wrong}
    errors = [*wrong, *(e for e in errors if e.field not in said)]
    if former:
        kept["former_ward"] = former
    if field.kind == "period" and "to" in kept and kept.get("from", "") > kept["to"]:
        errors.append(FieldError(f"{path}.to", "order", _("Ngày kết thúc không được trước ngày bắt đầu.")))
    return kept or None, errors


def _of_today(given: Mapping[str, Any], path: str) -> tuple[dict[str, Any], str, list[FieldError]]:
    """An address by a former ward with the ward of today, by the table of 1 July 2025; the former one; mistakes."""
    given = dict(given)
    code, ward = given.pop("former_ward", None), given.get("ward")
    if code in _NOTHING:
        return given, "", []
    former = gazetteer.former_wards().get(code) if isinstance(code, str) else None
    if former is None:
        message = _("Không có phường, xã cũ này. Hãy chọn trong danh sách.")
        return given, "", [FieldError(f"{path}.former_ward", "former_ward", message)]
    said = {"former": former, "wards": ", ".join(ward_codes().get(c, c) for c in former.now)}
    if ward in _NOTHING and former.main:
        return {**given, "ward": former.main}, code, []
    if ward in _NOTHING:
        message = _("%(former)s nay thuộc nhiều nơi: %(wards)s. Hãy chọn một trong các phường, xã đó.") % said
        return given, code, [FieldError(f"{path}.ward", "ambiguous", message)]
    if ward not in former.now:
        message = _("%(former)s nay thuộc %(wards)s. Hãy chọn lại, hoặc bỏ tên cũ.") % said
        return given, code, [FieldError(f"{path}.ward", "former_ward", message)]
    return given, code, []


def _clean_all(
    fields: tuple[Field, ...], given: Mapping, around: Mapping, path: str, partial: bool
) -> tuple[dict[str, Any], list[FieldError]]:
    """The parts of one thing. Their conditions and formulas see these parts first, then the answers around."""
    keys = {f.key for f in fields}
    errors = _unknown(given, {f.key: f for f in fields}, path, _("Câu hỏi này không có ô đó."))
    kept: dict[str, Any] = {}
    facts = {key: one for key, one in around.items() if key not in keys}
    for f in fields:
        if f.kind == "note" or not holds(f.condition, facts):
            continue
        if f.kind == "computed":
            one = _worked_out(f, facts)
        else:
            one, wrong = clean_field(f, given.get(f.key), around=facts, path=path + f.key, partial=partial)
            errors += wrong
        if one is not None:
            kept[f.key] = facts[f.key] = one
    return kept, errors


# --- rows ---------------------------------------------------------------------------------------------------------
def _clean_rows(field: Field, given: Any, around: Mapping, path: str, partial: bool) -> _Cleaned:
    if isinstance(given, list):
        _check_number(field, len(given))
    if is_empty(field, given):
        return None, []
    if not isinstance(given, list):
        raise Invalid("type", _("Cần một danh sách các dòng."))
    last = max(n for n, row in enumerate(given) if not _blank(field.fields, row))
    kept, errors = [], []
    for n, row in enumerate(given[: last + 1]):
        one, wrong = _clean_row(field, row, around, f"{path}.{n}", partial)
        kept.append(one)
        errors += [replace(e, message=_("Dòng %(n)s: %(message)s") % {"n": n + 1, "message": e.message}) for e in wrong]
    least = field.minimum or 0
    if len(kept) < least and not partial:
        message = ngettext("Cần ít nhất %(n)s dòng.", "Cần ít nhất %(n)s dòng.", least) % {"n": least}
        errors.append(FieldError(path, "minimum", message))
    return kept, errors


def _check_number(field: Field, number: int) -> None:
    most = field.maximum or MAX_ROWS
    if number > most:
        message = ngettext(
            "Tối đa %(most)s dòng, anh/chị đã gửi %(n)s.", "Tối đa %(most)s dòng, anh/chị đã gửi %(n)s.", most
        )
        raise Invalid("maximum", message % {"most": most, "n": number})


def _clean_row(field: Field, row: Any, around: Mapping, path: str, partial: bool) -> tuple[dict, list[FieldError]]:
    if row is None or isinstance(row, Mapping):
        return _clean_all(field.fields, row or {}, around, f"{path}.", partial)
    return {}, [FieldError(path, "type", _("Hãy điền từng ô của dòng này."))]


# --- what nobody answers ------------------------------------------------------------------------------------------
def work_out(fields: Iterable[Field], answers: dict[str, Any]) -> None:
    """Put the computed answers among `answers`, those that read one another too; a cycle ends as it began."""
    computed = [f for f in fields if f.kind == "computed" and holds(f.condition, answers)]
    for _turn in computed:
        before = dict(answers)
        for f in computed:
            _compute(f, answers)
        if answers == before:
            return


def _compute(field: Field, answers: dict[str, Any]) -> None:
    result = _worked_out(field, answers)
    if result is None:
        answers.pop(field.key, None)
    else:
        answers[field.key] = result


def _worked_out(field: Field, facts: Mapping[str, Any]) -> int | float | None:
    """The number that the formula makes, to the decimals of the question; None while something it needs is missing."""
    result = value(field.formula, facts)
    if not is_number(result):
        return None
    rounded = Decimal(str(result)).quantize(Decimal(1).scaleb(-field.decimals), ROUND_HALF_UP)
    return float(rounded) if field.decimals else int(rounded)

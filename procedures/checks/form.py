"""Rules about the form: keys, kinds, bounds, patterns, examples, groups, conditions and formulas of questions."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _

from procedures import answers, conditions
from procedures.checks import expressions
from procedures.checks.base import Case, Found, Place, Question
from procedures.checks.patterns import LONGEST, is_explosive
from procedures.parts import COMPOSITE, SILENT
from procedures.spec import FIELD_KINDS, REPEATED, Field, Section

KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
NEEDED = ("applicant_name", "applicant_phone")
FORM = Place("form")
_NO_EXAMPLE = (*COMPOSITE, *SILENT, "file", "image")
_BOUNDED = ("number", "money", "date")
MAX_DECIMALS = 9  # more do not fit beside 10^18 in a number worked out to 28 digits
MAX_SUMS = 4000  # of up to 200 rows each
_COPIED = {  # questions whose answers stand in lists, searches and letters: the kind and length that those take
    "applicant_name": ("text", 150), "applicant_phone": ("phone", None), "applicant_email": ("email", None),
    "applicant_personal_number": ("personal_number", None), "applicant_birth_date": ("date", None),
    "applicant_ward": ("ward", None),
}  # fmt: skip
_ROLES = ("CLERK", "CASHIER", "BRANCH_HEAD", "OFFICER", "LEADER", "MONITOR", "INSPECTOR", "ADMIN")


# --- the whole form -----------------------------------------------------------------------------------------------
def keys_differ(case: Case) -> Found:
    counted = Counter((q.group.key if q.group else "", q.field.key) for q in case.questions)
    for q in case.questions:
        name = (q.group.key if q.group else "", q.field.key)
        if counted.pop(name, 0) > 1:
            yield q.place.error("field_twice", _("trùng tên (khóa) “%(key)s” với câu hỏi khác") % {"key": q.field.key})
    sections = Counter(section.key for section in case.spec.sections)
    for key, count in sections.items():
        if count > 1:
            yield FORM.error("section_twice", _("có hai phần cùng khóa “%(key)s”") % {"key": key})


def labels_differ(case: Case) -> Found:
    seen: set[tuple] = set()
    for q in case.questions:
        label = (q.section.key, q.group.key if q.group else "", " ".join(str(q.field.label).lower().split()))
        if label in seen and label[2]:
            yield q.place.warning("label_twice", _("hai câu hỏi cùng lời trong một phần, người khai dễ nhầm"))
        seen.add(label)


def applicant_asked(case: Case) -> Found:
    for key in NEEDED:
        if key not in case.spec.fields:
            yield Place("form", key).error(
                "no_applicant", _("thiếu câu hỏi %(key)s (nhóm Người nộp hồ sơ)") % {"key": key}
            )


def applicant_fits(case: Case) -> Found:
    """What is copied beside the dossier must fit there, and cannot be kept from some of those who see the dossier."""
    for key, (kind, longest) in _COPIED.items():
        found = case.spec.fields.get(key)
        if found is None:
            continue
        place = Place("form", key, _("Câu hỏi “%(label)s”") % {"label": found.label or key})
        if found.kind != kind:
            said = _("khóa %(key)s dành cho thông tin người nộp, phải giữ kiểu trả lời của nhóm Người nộp hồ sơ")
            yield place.error("applicant_kind", said % {"key": key})
        elif longest and (found.max_length or answers.MAX_LENGTH[kind]) > longest:
            yield place.error("applicant_length", _("dài nhất %(limit)s ký tự") % {"limit": longest})
        if found.seen_by and key not in ("applicant_birth_date", "applicant_ward"):
            yield place.error("applicant_seen", _("ai thấy hồ sơ cũng thấy câu này, không giới hạn người xem được"))


def section_is_sound(case: Case, section: Section) -> Found:
    place = Place("form", section.key, _("Phần “%(title)s”") % {"title": section.title or section.key})
    if not KEY.fullmatch(section.key):
        yield place.error("bad_key", _bad_key(section.key))
    if not section.title:
        yield place.error("no_text", _("chưa có tiêu đề"))
    if not section.fields:
        yield place.error("empty_section", _("chưa có câu hỏi nào"))


def no_formula_cycles(case: Case) -> Found:
    """A computed answer that, through others, depends on itself."""
    computed = [q for q in case.questions if q.group is None and q.field.kind == "computed"]
    reads = {q.field.key: _read_by(q.field) for q in computed}
    for q in computed:
        reached, waiting = set(), list(reads[q.field.key])
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += reads.get(name, ())
        if q.field.key in reached:
            yield q.place.error("formula_cycle", _("công thức đi vòng: kết quả phụ thuộc chính nó"))


def _read_by(f: Field) -> set[str]:
    sound = not any(conditions.problems(f.formula, formula=True)) and not any(conditions.problems(f.condition))
    return {*conditions.fields_of(f.formula), *conditions.fields_of(f.condition)} if sound else set()


def sums_are_few(case: Case) -> Found:
    """Adding up many rows again for each of many rows takes seconds of every page; a sum outside the rows is one."""
    sums = 0
    for q in case.questions:
        each = answers.MAX_ROWS if q.group else 1
        sums += each * sum(_sums_in(tree) for tree in (q.field.condition, q.field.formula))
    if sums > MAX_SUMS:
        yield FORM.error(
            "too_many_sums",
            _("có quá nhiều phép cộng các dòng, nhất là trong từng dòng; hãy cộng một lần ở ngoài nhóm"),
        )


def _sums_in(tree) -> int:
    if isinstance(tree, (list, tuple)):
        return sum(map(_sums_in, tree))
    if not isinstance(tree, dict):
        return 0
    return ("sum" in tree) + sum(_sums_in(inner) for name, inner in tree.items() if name not in ("is", "in"))


# --- one question -------------------------------------------------------------------------------------------------
def names_are_sound(case: Case, q: Question) -> Found:
    if not KEY.fullmatch(q.field.key):
        yield q.place.error("bad_key", _bad_key(q.field.key))
    if not q.field.label:
        yield q.place.error("no_text", _("chưa có câu hỏi bằng lời"))
    if q.field.kind not in FIELD_KINDS:
        yield q.place.error("unknown_kind", _("không có kiểu trả lời “%(kind)s”") % {"kind": q.field.kind})
    if q.field.privacy not in ("none", "personal", "sensitive"):
        yield q.place.error("unknown_privacy", _("không có mức riêng tư “%(name)s”") % {"name": q.field.privacy})
    for role in q.field.seen_by:
        if role not in _ROLES:
            yield q.place.error("unknown_role", _("không có vai trò “%(role)s”") % {"role": role})


def _bad_key(key: str) -> str:
    return _("khóa “%(key)s” chỉ gồm chữ thường không dấu, số và gạch dưới, bắt đầu bằng chữ") % {"key": key}


def options_are_sound(case: Case, q: Question) -> Found:
    values = [value for value, _label in q.field.options]
    if q.field.kind not in ("choice", "many"):
        if values:
            yield q.place.error("options_unused", _("kiểu này không có danh sách lựa chọn"))
        return
    if not values:
        yield q.place.error("no_options", _("chưa có lựa chọn nào"))
    if len(set(values)) < len(values):
        yield q.place.error("option_twice", _("có hai lựa chọn trùng giá trị"))
    if not all(value and label for value, label in q.field.options):
        yield q.place.error("no_text", _("có lựa chọn chưa có giá trị hoặc chưa có lời"))


def bounds_are_sound(case: Case, q: Question) -> Found:
    low, high = q.field.minimum, q.field.maximum
    if not isinstance(q.field.decimals, int) or not 0 <= q.field.decimals <= MAX_DECIMALS:
        said = _("số chữ số thập phân từ 0 đến %(limit)s")
        yield q.place.error("too_many_decimals", said % {"limit": MAX_DECIMALS})
    if q.field.kind in ("date", "period"):
        for bound in (low, high):
            if bound not in (None, "", "today") and not _is_day(bound):
                yield q.place.error("bad_bound", _("giới hạn ngày phải là “today” hoặc ngày dạng 2026-11-24"))
                return
        if low and high and "today" not in (low, high) and low > high:
            yield q.place.error("bounds_crossed", _("giới hạn dưới sau giới hạn trên"))
    elif q.field.kind in _BOUNDED or q.field.kind in REPEATED:
        if not all(bound is None or _is_number(bound) for bound in (low, high)):
            yield q.place.error("bad_bound", _("giới hạn phải là số"))
        elif low is not None and high is not None and low > high:
            yield q.place.error("bounds_crossed", _("giới hạn dưới lớn hơn giới hạn trên"))


def _is_day(bound) -> bool:
    try:
        return bool(date.fromisoformat(bound))
    except (TypeError, ValueError):
        return False


def _is_number(bound) -> bool:
    return isinstance(bound, (int, float)) and not isinstance(bound, bool)


def pattern_is_safe(case: Case, q: Question) -> Found:
    if q.field.pattern and not _compiles(q.field.pattern):
        yield q.place.error("bad_pattern", _("mẫu kiểm tra viết chưa đúng"))
    elif is_explosive(q.field.pattern, _longest(q.field)):
        yield q.place.error("explosive_pattern", _("mẫu kiểm tra lặp quá nhiều cách, có thể làm treo máy"))


def _longest(f: Field) -> int:
    return f.max_length or answers.MAX_LENGTH.get(f.kind, LONGEST)


def _compiles(pattern: str) -> bool:
    try:
        return bool(re.compile(pattern))
    except (re.error, RecursionError, OverflowError):
        return False


def example_is_valid(case: Case, q: Question) -> Found:
    """The example must pass the question's own rules, on whatever day it is read."""
    f = q.field
    if f.example in (None, "", []):
        if f.kind not in _NO_EXAMPLE and f.kind in FIELD_KINDS:
            yield q.place.error("no_example", _("thiếu ví dụ"))
        return
    if f.kind == "ward":
        if not _is_ward(case, f.example):
            yield q.place.error("bad_example", _("ví dụ không phải mã phường, xã"))
        return
    knows_wards = case.context.wards is not None  # which the parts of an address are held against
    skipped = (f.kind in COMPOSITE and not knows_wards) or f.kind in (*SILENT, "file", "image")
    if skipped or f.kind not in FIELD_KINDS or is_explosive(f.pattern, _longest(f)) or not _compiles(f.pattern):
        return
    timeless = replace(f, **{side: None for side in ("minimum", "maximum") if getattr(f, side) == "today"})
    _value, errors = answers.clean_field(timeless, f.example, around={})
    for mistake in errors[:1]:
        yield q.place.error("bad_example", _("ví dụ không hợp lệ: %(why)s") % {"why": mistake.message.rstrip(".")})


def _is_ward(case: Case, code) -> bool:
    known = case.context.wards
    return isinstance(code, str) and bool(re.fullmatch(r"\d{5}", code)) and (known is None or code in known)


def group_is_sound(case: Case, q: Question) -> Found:
    if q.group is not None:
        if q.field.kind in REPEATED:
            yield q.place.error("group_in_group", _("trong nhóm nhiều dòng không được có nhóm nhiều dòng nữa"))
        if q.field.kind in ("file", "image"):
            yield q.place.error(
                "file_in_group", _("trong nhóm nhiều dòng chưa nhận được tệp; hãy hỏi tệp ở ngoài nhóm")
            )
        return
    if q.field.kind not in REPEATED:
        if q.field.fields:
            yield q.place.error("parts_unused", _("kiểu này không có câu hỏi con"))
        return
    if not q.field.fields:
        yield q.place.error("empty_group", _("nhóm chưa có câu hỏi nào"))
    for bound in (q.field.minimum, q.field.maximum):
        if bound is not None and not (isinstance(bound, int) and 0 <= bound <= answers.MAX_ROWS):
            yield q.place.error("too_many_rows", _("số dòng từ 0 đến %(limit)s") % {"limit": answers.MAX_ROWS})


def condition_is_sound(case: Case, q: Question) -> Found:
    found = list(expressions.check(expressions.view_of(case, q), q.field.condition))
    yield from found
    if not found and q.field.condition and not q.group and not expressions.can_hold(case, q.field.condition):
        yield q.place.warning("never_asked", _("điều kiện không bao giờ đúng, câu này không ai được hỏi"))


def formula_is_sound(case: Case, q: Question) -> Found:
    if q.field.kind != "computed":
        if q.field.formula:
            yield q.place.error("formula_unused", _("chỉ câu trả lời tự tính mới có công thức"))
        return
    if not q.field.formula:
        yield q.place.error("no_formula", _("câu trả lời tự tính chưa có công thức"))
        return
    view = expressions.view_of(case, q)
    # The form's own sums are worked out when all is answered; those of a row, as the row is read.
    yield from expressions.check(view if q.group else replace(view, before=None), q.field.formula, formula=True)

"""What a comparison calls the rows of a version, their attributes and their values."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from branches.models import Role, UnitKind
from places.text import vnd
from procedures import conditions
from procedures.explained import words_of
from procedures.spec import Document, Exemption, Fee, FeeRow, Field, Item, Move, Section, Spec, Step
from procedures.written import text_of

LONGEST = 160
_AROUND = 30  # characters of what is alike, told on both sides of a difference

# Attributes by the class they are of; those that mean the same everywhere stand under "".
ATTRIBUTES: dict[str, dict[str, Any]] = {
    "": {
        "key": lazy("khóa"), "name": lazy("tên"), "label": lazy("lời"), "hint": lazy("gợi ý"), "title": lazy("tiêu đề"),
        "condition": lazy("điều kiện"), "formula": lazy("công thức"), "required": lazy("bắt buộc"),
        "minimum": lazy("ít nhất"), "maximum": lazy("nhiều nhất"), "amount": lazy("mức"),
        "unit": lazy("đơn vị thời gian"),
        "unit_kind": lazy("cơ quan"), "role": lazy("vai trò"), "kind": lazy("loại"),
        "assumed": lazy("chưa được xác nhận"),
    },
    "Spec": {
        "code": lazy("mã thủ tục"), "name": lazy("tên đầy đủ"), "short_name": lazy("tên thường gọi"),
        "short_name_en": lazy("tên tiếng Anh"), "field_of_law": lazy("lĩnh vực"), "ministry": lazy("bộ ban hành"),
        "audience": lazy("đối tượng"), "unit_kind": lazy("cơ quan giải quyết"), "family": lazy("họ quy trình"),
        "time_amount": lazy("thời hạn"), "time_unit": lazy("đơn vị thời hạn"), "summary": lazy("tóm tắt"),
        "result": lazy("kết quả"), "routing_field": lazy("câu hỏi để biết cơ quan giải quyết"),
        "any_branch": lazy("nộp ở chi nhánh nào cũng được"), "immediate": lazy("giải quyết ngay tại quầy"),
        "channels": lazy("cách nộp"), "returns": lazy("cách nhận kết quả"),
        "supplement_days": lazy("số ngày làm việc để bổ sung"), "after_supplement": lazy("sau khi bổ sung"),
        "payment_days": lazy("số ngày làm việc để nộp tiền"), "weight": lazy("khối lượng việc"),
        "legal_basis": lazy("căn cứ pháp lý"), "english": lazy("tiếng Anh"),
    },
    "Section": {
        "group": lazy("nhóm dùng chung"), "group_version": lazy("phiên bản của nhóm dùng chung"),
        "hint": lazy("hướng dẫn"),
    },
    "Field": {
        "kind": lazy("kiểu trả lời"), "label": lazy("câu hỏi"), "example": lazy("ví dụ"), "options": lazy("lựa chọn"),
        "minimum": lazy("nhỏ nhất"), "maximum": lazy("lớn nhất"), "max_length": lazy("số ký tự tối đa"),
        "pattern": lazy("mẫu kiểm tra"), "decimals": lazy("số chữ số thập phân"), "source": lazy("điền sẵn từ"),
        "privacy": lazy("mức riêng tư"), "seen_by": lazy("ai được xem"),
    },
    "Document": {
        "name": lazy("tên thường gọi"), "full_name": lazy("tên đầy đủ"), "condition_text": lazy("điều kiện bằng lời"),
        "originals": lazy("số bản chính"), "copies": lazy("số bản sao"),
    },
    "Fee": {
        "label": lazy("tên"), "amount": lazy("số tiền"), "per": lazy("tính theo"),
        "count_field": lazy("câu hỏi số lượng"), "channel": lazy("cách nộp"), "rows": lazy("biểu mức thu"),
    },
    "FeeRow": {"amount": lazy("số tiền")},
    "Exemption": {
        "name": lazy("đối tượng"), "percent": lazy("mức giảm"), "ground": lazy("căn cứ"),
        "proof": lazy("giấy tờ chứng minh"),
    },
    "Step": {
        "public_name": lazy("tên cho người dân"), "share": lazy("phần thời gian"), "amount": lazy("thời gian cố định"),
        "produces": lazy("việc phải làm ra"), "end": lazy("bước kết thúc"),
    },
    "Item": {
        "amount": lazy("thời hạn"), "after": lazy("làm sau việc"), "procedure": lazy("thủ tục liên thông"),
        "result": lazy("kết quả"),
    },
    "Move": {
        "label": lazy("nhãn"), "source": lazy("từ bước"), "target": lazy("đến bước"),
        "needs_reason": lazy("cần lý do"), "effects": lazy("hệ quả"), "primary": lazy("đường đi chính"),
    },
}  # fmt: skip
_ROWS = {
    Section: lazy("Phần “%(name)s”"), Field: lazy("Câu hỏi “%(name)s”"), Document: lazy("Giấy tờ “%(name)s”"),
    Fee: lazy("Khoản thu “%(name)s”"), Exemption: lazy("Miễn, giảm cho “%(name)s”"), Step: lazy("Bước “%(name)s”"),
    Item: lazy("Việc “%(name)s”"), Move: lazy("Chuyển bước “%(name)s”"),
}  # fmt: skip
# Values that are a word of a short list, by the attribute that holds them.
_VALUES: dict[str, dict[Any, Any]] = {
    "audience": {
        "citizen": lazy("công dân"), "business": lazy("tổ chức, doanh nghiệp"), "both": lazy("công dân và tổ chức"),
    },
    "time_unit": {"HOUR": lazy("giờ làm việc"), "WORKING_DAY": lazy("ngày làm việc"), "DAY": lazy("ngày")},
    "after_supplement": {"restart": lazy("tính lại từ đầu"), "resume": lazy("tính tiếp")},
    "channels": {"online": lazy("trực tuyến"), "counter": lazy("tại quầy")},
    "returns": {"online": lazy("trực tuyến"), "counter": lazy("tại quầy"), "post": lazy("qua bưu chính")},
    "channel": {"any": lazy("mọi cách nộp"), "online": lazy("trực tuyến"), "counter": lazy("tại quầy")},
    "per": {"dossier": lazy("hồ sơ"), "copy": lazy("bản"), "page": lazy("trang"), "row": lazy("dòng")},
    "privacy": {"none": lazy("không riêng tư"), "personal": lazy("thông tin cá nhân"), "sensitive": lazy("nhạy cảm")},
    "role": dict(Role.choices),
    "seen_by": dict(Role.choices),
    "unit_kind": dict(UnitKind.choices),
    "kind": {
        "text": lazy("chữ"), "long_text": lazy("chữ nhiều dòng"), "number": lazy("số"), "money": lazy("tiền"),
        "date": lazy("ngày"), "choice": lazy("chọn một"), "many": lazy("chọn nhiều"), "yes_no": lazy("có/không"),
        "phone": lazy("điện thoại"), "email": lazy("thư điện tử"), "ward": lazy("phường, xã"),
        "personal_number": lazy("số định danh cá nhân"), "tax_code": lazy("mã số thuế"),
        "period": lazy("khoảng thời gian"), "person": lazy("người"), "business": lazy("doanh nghiệp"),
        "address": lazy("địa chỉ"), "land_parcel": lazy("thửa đất"), "file": lazy("tệp"), "image": lazy("ảnh"),
        "group": lazy("nhóm nhiều dòng"), "table": lazy("bảng"), "computed": lazy("tự tính"), "note": lazy("đoạn chữ"),
        "opinion": lazy("lấy ý kiến"), "linked": lazy("liên thông"),
    },
    "produces": {
        "": lazy("không có"), "check": lazy("đối chiếu bản chính"), "minutes": lazy("biên bản"),
        "council": lazy("biên bản và biểu quyết của hội đồng"), "draft_result": lazy("dự thảo kết quả"),
        "proof": lazy("chứng từ nộp tiền"), "opinion": lazy("ý kiến"), "signature": lazy("chữ ký"),
    },
    "effects": {
        "approve": lazy("duyệt"), "reject": lazy("từ chối"), "acknowledge": lazy("ghi nhận"),
        "complete": lazy("hoàn tất"), "ask_payment": lazy("yêu cầu nộp tiền"),
    },
    "family": {
        "at_once": lazy("giải quyết ngay"), "simple": lazy("đơn giản"), "verify": lazy("có xác minh"),
        "consult": lazy("lấy ý kiến"), "council": lazy("hội đồng"), "linked": lazy("liên thông"),
        "financial": lazy("có nghĩa vụ tài chính"), "notification": lazy("thông báo"),
    },
}  # fmt: skip
_VALUES["unit"] = _VALUES["time_unit"]
ASSUMED_PARTS = {
    "time": lazy("thời hạn"), "documents": lazy("giấy tờ"), "fees": lazy("phí, lệ phí"), "form": lazy("tờ khai"),
    "result": lazy("kết quả"), "legal_basis": lazy("căn cứ pháp lý"), "process": lazy("quy trình"),
}  # fmt: skip


def part_names() -> dict[str, str]:
    """The parts in the order in which a comparison tells them."""
    return {
        "head": _("Thông tin chung"), "form": _("Tờ khai"), "documents": _("Giấy tờ"), "fees": _("Phí, lệ phí"),
        "steps": _("Các bước"), "items": _("Việc cho cơ quan khác"), "moves": _("Chuyển bước"),
        "texts": _("Bản tiếng Anh"),
    }  # fmt: skip


def row_name(thing: Any, called: str) -> str:
    return str(_ROWS[type(thing)]) % {"name": short(called)}


def label_of(thing: Any) -> str:
    return getattr(thing, "label", "") or getattr(thing, "title", "") or getattr(thing, "name", "") or thing.key


def attribute_name(kind: str, name: str) -> str:
    return str(ATTRIBUTES.get(kind, {}).get(name) or ATTRIBUTES[""][name])


def from_to(about: str, old: str, new: str) -> str:
    if not old:
        return _("%(about)s: thêm %(new)s.") % {"about": about, "new": new}
    if not new:
        return _("%(about)s: bỏ %(old)s.") % {"about": about, "old": old}
    return _("%(about)s đổi từ %(old)s thành %(new)s.") % {"about": about, "old": old, "new": new}


def lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def short(text: Any) -> str:
    text = str(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def quoted(text: Any) -> str:
    return f"“{short(text)}”" if text not in ("", None) else ""


def where_they_differ(old: Any, new: Any) -> tuple[Any, Any]:
    """Two long texts without what they begin and end with alike, so that the difference is not cut off."""
    if not (isinstance(old, str) and isinstance(new, str) and max(len(old), len(new)) > LONGEST and old and new):
        return old, new
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    start, end = max(0, start - _AROUND), max(0, end - _AROUND)
    return tuple(f"{'…' * bool(start)}{t[start : len(t) - end]}{'…' * bool(end)}" for t in (old, new))


def _alike(a: str, b: str) -> int:
    """How many characters two texts begin with alike."""
    return next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


# --- values -------------------------------------------------------------------------------------------------------
def said(name: str, value: Any, spec: Spec, row: Any = None) -> str:
    """A value in words; "" for nothing at all."""
    if name in _SAYINGS:
        return _SAYINGS[name](value, spec, row)
    if value is None or value in ("", (), [], {}):
        return str(_VALUES[name][value]) if value == "" and value in _VALUES.get(name, {}) else ""
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if isinstance(value, (list, tuple)):
        return ", ".join(said(name, one, spec, row) for one in value)
    if isinstance(value, (str, int)) and value in _VALUES.get(name, {}):
        return str(_VALUES[name][value])
    return str(value) if isinstance(value, (int, float)) else quoted(value)


def _condition(value: Any, spec: Spec, row: Any) -> str:
    if not value:
        return ""
    if any(conditions.problems(value)):
        return quoted(value)
    return words_of(value, spec)


def _formula(value: Any, spec: Spec, row: Any) -> str:
    if value in ({}, None):
        return ""
    return quoted(value if any(conditions.problems(value, formula=True)) else text_of(value))


def _options(value: Any, spec: Spec, row: Any) -> str:
    return "; ".join(f"{label} ({key})" for key, label in value)


def _rates(value: tuple[FeeRow, ...], spec: Spec, row: Any) -> str:
    return "; ".join(f"{_condition(rate.condition, spec, row) or _('còn lại')}: {vnd(rate.amount)}" for rate in value)


def _amount(value: Any, spec: Spec, row: Any) -> str:
    if value is None:
        return ""
    if isinstance(row, Fee):
        return vnd(value) if isinstance(value, int) else str(value)
    return f"{value} {_VALUES['unit'].get(row.unit, row.unit)}".strip()


def _time(value: Any, spec: Spec, row: Any) -> str:
    return f"{value} {_VALUES['unit'].get(spec.time_unit, spec.time_unit)}"


def _bound(value: Any, spec: Spec, row: Any) -> str:
    if value is None:
        return ""
    money = isinstance(row, Fee) or (isinstance(row, Field) and row.kind == "money")
    return vnd(value) if money and isinstance(value, int) else _("hôm nay") if value == "today" else str(value)


def _percent(value: Any, spec: Spec, row: Any) -> str:
    return f"{value} %"


def _step(value: Any, spec: Spec, row: Any) -> str:
    step = spec.steps_by_key.get(value)
    return quoted(step.name if step else value)


def _question(value: Any, spec: Spec, row: Any) -> str:
    f = spec.fields.get(value)
    return quoted(f.label if f else value)


def _paper(value: Any, spec: Spec, row: Any) -> str:
    document = spec.documents_by_key.get(value)
    return quoted(document.name if document else value)


def _source(value: Any, spec: Spec, row: Any) -> str:
    return _step(value, spec, row) if isinstance(row, Move) else quoted(value)


def _assumed(value: Any, spec: Spec, row: Any) -> str:
    if isinstance(value, bool):
        return _("có") if value else _("không")
    return ", ".join(str(ASSUMED_PARTS.get(one, one)) for one in value)


_SAYINGS: dict[str, Callable[[Any, Spec, Any], str]] = {
    "condition": _condition, "formula": _formula, "options": _options, "rows": _rates, "amount": _amount,
    "time_amount": _time, "minimum": _bound, "maximum": _bound, "percent": _percent, "share": _percent,
    "source": _source, "target": _step, "count_field": _question, "routing_field": _question, "proof": _paper,
    "assumed": _assumed,
}  # fmt: skip

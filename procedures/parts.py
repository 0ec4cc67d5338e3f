"""The questions inside a question: what a person, a business, an address or a parcel of land is made of.

A group or a table brings its own (`Field.fields`). The parts are ordinary questions, so that one place cleans, draws,
shows and describes them all. What the city asks of a person everywhere stands here, not in each form.
"""

from dataclasses import replace
from typing import Any

from procedures.conditions import holds
from procedures.spec import REPEATED, Field

EXAMPLE_FILE = "3f2b8a52-7c1d-4e60-9a0b-5d1c2e3f4a5b"
_PARTS: dict[str, tuple[Field, ...]] = {
    "period": (
        Field("from", "date", "Từ ngày", example="2026-01-05"),
        Field("to", "date", "Đến ngày", example="2026-06-30"),
    ),
    "person": (
        Field("name", "text", "Họ, chữ đệm, tên", example="Trần Thị Bình", max_length=120, pattern="[^0-9/:@]+"),
        Field("birth_date", "date", "Ngày, tháng, năm sinh", example="1992-08-20", maximum="today"),
        Field("gender", "choice", "Giới tính", example="female", options=(("male", "Nam"), ("female", "Nữ"))),
        Field("personal_number", "personal_number", "Số định danh cá nhân", hint="12 chữ số trên thẻ căn cước",
              example="001192012345"),
        Field("nationality", "text", "Quốc tịch", example="Việt Nam", max_length=60, required=False),
    ),
    "business": (
        Field("name", "text", "Tên tổ chức hoặc doanh nghiệp", example="Công ty TNHH An Phú", max_length=200),
        Field("tax_code", "tax_code", "Mã số thuế", hint="10 hoặc 13 chữ số", example="0100109106"),
        Field("representative", "text", "Người đại diện theo pháp luật", example="Lê Quốc Hùng", max_length=120),
    ),
    "address": (
        Field("ward", "ward", "Phường/xã", example="00004"),
        Field("line", "text", "Số nhà, đường, thôn, tổ dân phố", example="12 phố Liễu Giai", max_length=200),
    ),
    "land_parcel": (
        Field("map_sheet", "text", "Tờ bản đồ số", example="24", max_length=20),
        Field("parcel_number", "text", "Thửa đất số", example="118", max_length=20),
        Field("area", "number", "Diện tích (m²)", example=85.5, decimals=1, minimum=0.1, maximum=10000000),
        Field("address", "text", "Địa chỉ thửa đất", example="Tổ 5", max_length=200, required=False),
    ),
}  # fmt: skip
COMPOSITE = (*_PARTS, *REPEATED)
SILENT = ("computed", "note")  # nobody answers them


def parts_of(field: Field) -> tuple[Field, ...]:
    """The questions inside `field`; none for a plain kind. The bounds of a period are those of its two days."""
    if field.kind == "period" and (field.minimum is not None or field.maximum is not None):
        return tuple(replace(part, minimum=field.minimum, maximum=field.maximum) for part in _PARTS["period"])
    return field.fields if field.kind in REPEATED else _PARTS.get(field.kind, ())


def example_of(field: Field) -> Any:
    """The field's example; where it names none, what the examples of its parts make, in as many rows as are asked."""
    if field.kind in ("file", "image"):
        return field.example or EXAMPLE_FILE
    if field.example is not None or field.kind not in COMPOSITE:
        return field.example
    if field.kind in REPEATED:
        return [_example_row(field.fields) for _row in range(max(1, field.minimum or 0))]
    return _example_row(parts_of(field))


def _example_row(fields: tuple[Field, ...]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for f in fields:
        if f.kind not in SILENT and holds(f.condition, row):
            row[f.key] = example_of(f)
    return row

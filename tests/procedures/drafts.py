"""A small sound version to break in tests: every kind of row is there, and nothing is wrong with it."""

from dataclasses import replace
from typing import Any

from procedures.spec import Document, Exemption, Fee, FeeRow, Field, Item, Move, Section, Spec, Step

WHO = (("owner", "Chủ hộ"), ("other", "Người khác"))
OTHER = {"field": "relation", "is": "other"}
POOR = {"field": "is_poor", "is": True}


def sound(**changes: Any) -> Spec:
    spec = Spec(
        code="1.015020", name="Hỗ trợ xử lý chất thải chuồng trại", short_name="Hỗ trợ xử lý chất thải",
        short_name_en="Support for waste treatment", field_of_law="Chăn nuôi", ministry="Bộ Nông nghiệp và Môi trường",
        audience="citizen", unit_kind="WARD", family="consult", time_amount=20, time_unit="WORKING_DAY",
        summary="Nhận tiền hỗ trợ khi làm hầm khí sinh học cho chuồng trại.", result="Quyết định hỗ trợ",
        routing_field="applicant_ward", legal_basis="Nghị quyết 12/2026/NQ-HĐND",
        sections=sections(), documents=documents(), fees=fees(), steps=steps(), moves=moves(),
    )  # fmt: skip
    said = {text: f"English of {text}" for text in spec.texts()}
    return replace(replace(spec, english=said), **changes)


def sections() -> tuple[Section, ...]:
    applicant = Section("applicant", "Người nộp hồ sơ", (
        Field("applicant_name", "text", "Họ tên", example="Nguyễn Văn An", max_length=120, privacy="personal"),
        Field("applicant_phone", "phone", "Điện thoại", example="0912345678", privacy="personal"),
        Field("applicant_ward", "ward", "Phường, xã", example="00004", privacy="personal"),
    ), group="applicant", group_version=1)  # fmt: skip
    request = Section("request", "Việc xin hỗ trợ", (
        Field("relation", "choice", "Anh/chị là", example="owner", options=WHO),
        Field("is_poor", "yes_no", "Hộ nghèo", example=False, privacy="sensitive", seen_by=("OFFICER",)),
        Field("starts_on", "date", "Ngày làm", example="2026-10-02"),
        Field("barns", "group", "Chuồng trại", minimum=1, maximum=10, fields=(
            Field("kind", "choice", "Loại", example="pig", options=(("pig", "Lợn"), ("cow", "Bò"))),
            Field("area", "number", "Diện tích", example=50),
        )),
        Field("whole_area", "computed", "Tổng diện tích", formula={"sum": "barns.area"}),
        Field("other_name", "text", "Họ tên người khác", example="Trần Bình", condition=OTHER),
    ))  # fmt: skip
    return (applicant, request)


def documents() -> tuple[Document, ...]:
    return (
        Document("application", "Đơn đề nghị", originals=1),
        Document("poor_proof", "Giấy chứng nhận hộ nghèo", copies=1, condition=POOR, condition_text="Khi là hộ nghèo"),
    )


def fees() -> tuple[Fee, ...]:
    free = Exemption("poor", "Hộ nghèo", condition=POOR, percent=100, ground="Luật phí", proof="poor_proof")
    rows = (FeeRow({"gt": [{"field": "whole_area"}, 100]}, 200_000), FeeRow({}, 100_000))
    return (Fee("visit", "Phí thẩm định", rows=rows, exemptions=(free,)),)


def steps() -> tuple[Step, ...]:
    opinion = Item("vet", "opinion", "Ý kiến thú y", "AGRICULTURE", 3, after="health")
    first = Item("health", "opinion", "Ý kiến y tế", "HEALTH", 3)
    return (
        Step("appraise", "Thẩm định", "OFFICER", share=60, items=(first, opinion)),
        Step("visit", "Kiểm tra chuồng", "OFFICER", amount=3, unit="WORKING_DAY", produces="minutes"),
        Step("sign", "Ký", "LEADER", share=40, produces="signature"),
        Step("done", "Trả kết quả", "CLERK", end=True),
    )


def moves() -> tuple[Move, ...]:
    done = {"field": "items_done", "is": True}
    return (
        Move("start", "Bắt đầu", "", "appraise"),
        Move("visit", "Đi kiểm tra", "appraise", "visit", "OFFICER", condition=done, primary=True),
        Move("propose", "Trình ký", "visit", "sign", "OFFICER", primary=True),
        Move("sign", "Ký", "sign", "done", "LEADER", effects=("approve", "complete"), primary=True),
        Move("send_back", "Trả lại", "sign", "appraise", "LEADER", needs_reason=True),
        Move("reject", "Từ chối", "sign", "done", "LEADER", needs_reason=True, effects=("reject", "complete")),
    )


def with_field(field: Field, after: str = "other_name", **changes: Any) -> Spec:
    """The sound version with one question more, behind `after`."""
    parts = []
    for section in sections():
        fields = [one for f in section.fields for one in ((f, field) if f.key == after else (f,))]
        parts.append(replace(section, fields=tuple(fields)))
    return sound(sections=tuple(parts), **changes)


def changed(rows: tuple, name: str, /, **changes: Any) -> tuple:
    return tuple(replace(row, **changes) if row.key == name else row for row in rows)


def changed_field(name: str, /, **changes: Any) -> Spec:
    return sound(sections=tuple(replace(s, fields=changed(s.fields, name, **changes)) for s in sections()))


def without(rows: tuple, key: str) -> tuple:
    return tuple(row for row in rows if row.key != key)

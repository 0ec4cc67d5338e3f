"""Two versions side by side: nothing that changed goes unsaid, and what it asks of people is put in figures."""

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures import versions
from procedures.comparing import compare, in_words
from procedures.comparing_words import ATTRIBUTES, attribute_name
from procedures.models import Procedure
from procedures.spec import Document, Exemption, Fee, FeeRow, Field, Item, Move, Section, Spec, Step
from procedures.totals import totals_of
from tests.procedures.drafts import (
    changed,
    changed_field,
    documents,
    fees,
    moves,
    sections,
    sound,
    steps,
    with_field,
    without,
)

IDS = ("version_id", "procedure_id", "number")
ROWS = {
    Spec: lambda changes: sound(**changes),
    Section: lambda changes: sound(sections=changed(sections(), "request", **changes)),
    Field: lambda changes: changed_field("other_name", **changes),
    Document: lambda changes: sound(documents=changed(documents(), "poor_proof", **changes)),
    Fee: lambda changes: sound(fees=changed(fees(), "visit", **changes)),
    FeeRow: lambda changes: sound(
        fees=changed(fees(), "visit", rows=(replace(fees()[0].rows[0], **changes), fees()[0].rows[1]))
    ),
    Exemption: lambda changes: sound(
        fees=changed(fees(), "visit", exemptions=(replace(fees()[0].exemptions[0], **changes),))
    ),
    Step: lambda changes: sound(steps=changed(steps(), "visit", **changes)),
    Item: lambda changes: sound(
        steps=changed(steps(), "appraise", items=(replace(steps()[0].items[0], **changes), steps()[0].items[1]))
    ),
    Move: lambda changes: sound(moves=changed(moves(), "propose", **changes)),
}
EVERY_ATTRIBUTE = [(kind, f.name) for kind in ROWS for f in fields(kind) if f.name not in IDS]
BEFORE = {
    Spec: sound(), Section: sections()[1], Field: sections()[1].fields[-1], Document: documents()[1], Fee: fees()[0],
    FeeRow: fees()[0].rows[0], Exemption: fees()[0].exemptions[0], Step: steps()[1], Item: steps()[0].items[0],
    Move: moves()[2],
}  # fmt: skip

ROWS_OF = {"fields": (Field("a", "text", "A"),), "items": steps()[0].items[:1]}


def other_than(value, name=""):
    """Some other value of the same kind."""
    if name in ROWS_OF:
        return value[:-1] or ROWS_OF[name]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 7
    if isinstance(value, dict):
        return {} if value else {"field": "is_poor", "is": True}
    if isinstance(value, tuple):
        return value[:-1] if value else (("a", "A"),)
    return f"{value}x" if isinstance(value, str) else 7


def test_equal_versions_differ_in_nothing(catalogue):
    for version_id in Procedure.objects.values_list("published_id", flat=True)[:20]:
        spec = versions.read(version_id)
        again = Spec.from_dict(json.loads(json.dumps(spec.as_dict())), version_id=1, number=9)
        comparison = compare(spec, again)
        assert not comparison and not comparison.gains
        assert in_words(comparison) == "Không có gì thay đổi."


@pytest.mark.parametrize(("kind", "name"), EVERY_ATTRIBUTE, ids=lambda part: getattr(part, "__name__", part))
def test_no_attribute_of_a_version_can_change_unsaid(kind, name):
    before = getattr(BEFORE[kind], name)
    comparison = compare(sound(), ROWS[kind]({name: other_than(before, name)}))
    assert comparison.changes
    assert all(change.sentence.endswith(".") and "None" not in change.sentence for change in comparison.changes)


@pytest.mark.parametrize("kind", sorted(ATTRIBUTES.keys() - {""}))
def test_every_attribute_has_a_name_of_its_own(kind):
    types = {t.__name__: t for t in ROWS}
    named = [attribute_name(kind, f.name) for f in fields(types[kind]) if f.name not in (*IDS, *NESTED.get(kind, ()))]
    assert all(named) and len(set(named)) == len(named)


NESTED = {
    "Spec": ("sections", "documents", "fees", "steps", "moves"), "Section": ("fields",), "Field": ("fields",),
    "Fee": ("exemptions",), "Step": ("items",),
}  # fmt: skip


def only(old: Spec, new: Spec, part: str = "") -> list[str]:
    return [change.sentence for change in compare(old, new).changes if part in ("", change.part)]


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        (lambda: changed_field("other_name", label="Tên người ấy"),
         "Câu hỏi “Tên người ấy”: câu hỏi đổi từ “Họ tên người khác” thành “Tên người ấy”."),
        (lambda: changed_field("other_name", required=False),
         "Câu hỏi “Họ tên người khác”: bắt buộc đổi từ có thành không."),
        (lambda: changed_field("other_name", condition={}),
         "Câu hỏi “Họ tên người khác”: điều kiện: bỏ khi “Anh/chị là” là Người khác."),
        (lambda: changed_field("starts_on", maximum="today"), "Câu hỏi “Ngày làm”: lớn nhất: thêm hôm nay."),
        (lambda: changed_field("whole_area", formula={"count": "barns"}),
         "Câu hỏi “Tổng diện tích”: công thức đổi từ “tổng(barns.area)” thành “số_dòng(barns)”."),
        (lambda: changed_field("is_poor", privacy="personal"),
         "Câu hỏi “Hộ nghèo”: mức riêng tư đổi từ nhạy cảm thành thông tin cá nhân."),
        (lambda: sound(documents=without(documents(), "application")), "Bỏ giấy tờ “Đơn đề nghị”."),
        (lambda: sound(documents=(*documents(), Document("map", "Bản vẽ"))), "Thêm giấy tờ “Bản vẽ”."),
        (lambda: sound(time_amount=17), "Thời hạn đổi từ 20 ngày làm việc thành 17 ngày làm việc."),
        (lambda: sound(steps=changed(steps(), "visit", unit_kind="AGRICULTURE")),
         "Bước “Kiểm tra chuồng”: cơ quan: thêm Sở Nông nghiệp và Môi trường."),
        (lambda: sound(moves=changed(moves(), "propose", target="done")),
         "Chuyển bước “Trình ký”: đến bước đổi từ “Ký” thành “Trả kết quả”."),
        (lambda: sound(channels=("online",)), "Cách nộp đổi từ trực tuyến, tại quầy thành trực tuyến."),
    ],
)  # fmt: skip
def test_a_change_is_said_in_words(new, sentence):
    assert sentence in only(sound(), new())


def test_a_table_of_rates_is_said_row_by_row():
    dearer = changed(fees(), "visit", rows=(replace(fees()[0].rows[0], amount=300_000), fees()[0].rows[1]))
    (sentence,) = only(sound(), sound(fees=dearer))
    assert "300.000\u00a0₫" in sentence and "còn lại: 100.000\u00a0₫" in sentence


def test_a_question_that_goes_to_another_section_is_moved_not_changed():
    first, second = sections()
    poor = second.fields[1]
    new = sound(sections=(
        replace(first, fields=(*first.fields, poor)), replace(second, fields=without(second.fields, "is_poor")),
    ))  # fmt: skip
    assert only(sound(), new) == ["Câu hỏi “Hộ nghèo” chuyển từ phần “Việc xin hỗ trợ” sang phần “Người nộp hồ sơ”."]


def test_a_row_in_another_place_is_said_to_have_moved_and_only_that_row():
    assert only(sound(), sound(documents=documents()[::-1])) in (
        ["Giấy tờ “Đơn đề nghị” đổi chỗ trong thứ tự."], ["Giấy tờ “Giấy chứng nhận hộ nghèo” đổi chỗ trong thứ tự."],
    )  # fmt: skip


def test_questions_of_a_group_are_named_with_their_group():
    barns = sections()[1].fields[3]
    smaller = changed_field("barns", fields=without(barns.fields, "kind"))
    assert only(sound(), smaller) == ["Bỏ câu hỏi “Chuồng trại – Loại”."]


def test_questions_of_one_label_are_told_apart_by_their_sections():
    old = with_field(Field("other", "text", "Họ tên", example="Bình"))
    first, second = old.sections
    new = replace(old, sections=(first, replace(second, fields=changed(second.fields, "other", required=False))))
    assert only(old, new) == ["Câu hỏi “Việc xin hỗ trợ – Họ tên”: bắt buộc đổi từ có thành không."]


def test_of_two_long_texts_the_difference_is_shown():
    old, new = sound(legal_basis="a" * 300 + "cũ" + "b" * 300), sound(legal_basis="a" * 300 + "mới" + "b" * 300)
    (sentence,) = only(old, new)
    assert "cũ" in sentence and "mới" in sentence and len(sentence) < 250


def test_a_changed_translation_is_told():
    new = sound(english=sound().english | {"Ký": "Sign"})
    assert only(sound(), new, "texts") == ["Tiếng Anh của “Ký” đổi từ “English of Ký” thành “Sign”."]


# --- figures ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("new", "gain"),
    [
        (lambda: sound(documents=documents()[:1]), "Ít hơn 1 giấy tờ bắt buộc."),
        (lambda: with_field(Field("a", "text", "A", example="a")), "Nhiều hơn 1 câu hỏi."),
        (lambda: sound(time_amount=17), "Nhanh hơn 3 ngày làm việc."),
        (lambda: sound(time_amount=28, time_unit="DAY"), None),
        (lambda: sound(time_amount=35, time_unit="DAY"), "Chậm hơn 5 ngày làm việc."),
        (lambda: sound(fees=()), "Rẻ hơn 100.000\u00a0₫."),
        (lambda: sound(channels=("counter",)), "Nhiều hơn 1 lần gặp cán bộ."),
        (lambda: sound(steps=changed(steps(), "visit", produces="")), "Ít hơn 1 lần gặp cán bộ."),
        (lambda: sound(steps=changed(steps(), "appraise", items=steps()[0].items[:1])), "Ít hơn 1 cơ quan."),
    ],
)
def test_what_is_asked_less_or_more_comes_first(new, gain):
    comparison = compare(sound(), new())
    assert comparison.gains == ([gain] if gain else [])
    assert not gain or in_words(comparison).splitlines()[0] == gain


def test_the_figures_say_old_new_and_difference():
    days = next(total for total in totals_of(sound(), sound(time_amount=17)) if total.key == "days")
    assert (days.old, days.new, days.difference, days.old_text) == (20, 17, -3, "20 ngày làm việc")


def test_what_a_broken_draft_cannot_tell_is_left_out_of_the_figures():
    broken = sound(fees=(replace(fees()[0], rows=(), formula={"power": [1, 2]}),))
    assert "cost" not in {total.key for total in compare(sound(), broken).totals}


@given(data=st.data())
def test_any_mix_of_changes_is_told_and_undone(data):
    """Whatever is changed there is said, and the way back names the same rows."""
    picked = data.draw(st.lists(st.sampled_from(EVERY_ATTRIBUTE), min_size=1, max_size=3, unique_by=lambda one: one[0]))
    new = sound()
    for kind, name in picked:
        broken = ROWS[kind]({name: other_than(getattr(BEFORE[kind], name), name)})
        for part in ("sections", "documents", "fees", "steps", "moves"):
            if getattr(broken, part) != getattr(sound(), part):
                new = replace(new, **{part: getattr(broken, part)})
        if kind is Spec:
            new = replace(new, **{name: getattr(broken, name)})
    there, back = compare(sound(), new), compare(new, sound())
    assert bool(there) == (new.as_dict() != sound().as_dict())
    assert {c.key for c in there.changes if c.what == "changed"} == {c.key for c in back.changes if c.what == "changed"}
    assert {c.key for c in there.changes if c.what == "added"} == {c.key for c in back.changes if c.what == "removed"}

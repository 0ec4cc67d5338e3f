"""What stands against publishing a version: every problem is found, named and put at its row; nothing ever raises."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branches.models import Role
from places.gazetteer import ward_codes
from procedures import versions
from procedures.checking import Context, check, context_for, context_of_city, errors_in
from procedures.checks.head import texts_by_kind
from procedures.checks.patterns import is_explosive
from procedures.models import Procedure
from procedures.spec import Document, Exemption, Fee, FeeRow, Field, Item, Move, Section, Spec, Step
from tests import world
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

UNKNOWN, LATER = {"field": "nobody", "is": True}, {"field": "other_name", "is": "x"}


def q(kind: str = "text", key: str = "extra", **more) -> Field:
    more = {"example": {"number": 5, "date": "2026-01-01"}.get(kind, "abc")} | more
    return Field(key, kind, more.pop("label", "Câu hỏi thêm"), **more)


def fee(**more) -> Spec:
    return sound(fees=(Fee("extra", "Phí", **more),))


def exemption(**more) -> Spec:
    one = replace(fees()[0].exemptions[0], **more)
    return sound(fees=(replace(fees()[0], exemptions=(one,)),))


def item(*more: Item, **changes) -> Spec:
    first, second = steps()[0].items
    return sound(steps=changed(steps(), "appraise", items=(first, replace(second, **changes), *more)))


def move(name: str, /, **changes) -> Spec:
    return sound(moves=changed(moves(), name, **changes))


def step(key: str, **changes) -> Spec:
    return sound(steps=changed(steps(), key, **changes))


def group(*parts: Field, **more) -> Spec:
    return with_field(Field("things", "group", "Đồ vật", fields=parts, **more))


def cycle() -> Spec:
    def add(name: str) -> dict:
        return {"add": [{"field": name}, 1]}

    spec = with_field(Field("a", "computed", "A", formula=add("b")))
    extra = replace(spec.sections[1], fields=(*spec.sections[1].fields, Field("b", "computed", "B", formula=add("a"))))
    return replace(spec, sections=(spec.sections[0], extra))


POOR, RICH = {"field": "is_poor", "is": True}, {"field": "is_poor", "is": False}
DONE = {"field": "items_done", "is": True}
OWNER, LARGE = {"field": "relation", "is": "owner"}, {"gt": [{"field": "whole_area"}, 5]}
BROKEN = [
    # the version as a whole
    ("bad_code", "head", "", lambda: sound(code="abc")),
    ("name_too_long", "head", "", lambda: sound(short_name="x" * 111)),
    ("no_english_name", "texts", "", lambda: sound(short_name_en="")),
    ("no_summary", "texts", "", lambda: sound(summary="")),
    ("summary_too_long", "texts", "", lambda: sound(summary="từ " * 61)),
    ("no_result", "texts", "", lambda: sound(result="")),
    ("unknown_unit_kind", "head", "", lambda: sound(unit_kind="NOBODY")),
    ("unknown_choice", "head", "", lambda: sound(audience="all")),
    ("unknown_choice", "head", "", lambda: sound(channels=("fax",))),
    ("unknown_choice", "head", "", lambda: sound(returns=())),
    ("unknown_choice", "time", "", lambda: sound(after_supplement="maybe")),
    ("no_routing", "routing", "", lambda: sound(routing_field="")),
    ("no_routing", "routing", "", lambda: sound(routing_field="nobody")),
    ("routing_not_sure", "routing", "", lambda: sound(routing_field="relation")),
    ("routing_not_sure", "routing", "", lambda: changed_field("applicant_ward", required=False)),
    # time
    ("bad_time", "time", "", lambda: sound(time_amount=-1)),
    ("bad_time", "time", "", lambda: sound(time_unit="YEAR")),
    ("no_time", "time", "", lambda: sound(time_amount=0)),
    ("shares_over", "time", "", lambda: step("sign", share=41)),
    ("shares_under", "time", "", lambda: sound(
        steps=changed(changed(steps(), "visit", amount=None), "sign", share=39))),
    ("fixed_times_too_long", "time", "", lambda: step("visit", amount=21)),
    ("bad_time", "steps", "visit", lambda: step("visit", unit="")),
    ("bad_share", "steps", "sign", lambda: step("sign", share=-5)),
    # the form
    ("field_twice", "form", "relation", lambda: with_field(q(key="relation"))),
    ("field_twice", "form", "things.a", lambda: group(q(key="a"), q(key="a"))),
    ("section_twice", "form", "", lambda: sound(sections=(*sections(), replace(sections()[1], fields=(q(),))))),
    ("empty_section", "form", "more", lambda: sound(sections=(*sections(), Section("more", "Phần thêm", ())))),
    ("no_applicant", "form", "applicant_phone", lambda: sound(sections=(
        replace(sections()[0], fields=without(sections()[0].fields, "applicant_phone")), sections()[1]))),
    ("bad_key", "form", "Số nhà", lambda: with_field(q(key="Số nhà"))),
    ("no_text", "form", "extra", lambda: with_field(q(label=""))),
    ("unknown_kind", "form", "extra", lambda: with_field(q("telepathy"))),
    ("unknown_privacy", "form", "extra", lambda: with_field(q(privacy="secret"))),
    ("unknown_role", "form", "extra", lambda: with_field(q(seen_by=("KING",)))),
    ("no_options", "form", "extra", lambda: with_field(q("choice"))),
    ("option_twice", "form", "extra", lambda: with_field(q("choice", options=(("abc", "A"), ("abc", "B"))))),
    ("options_unused", "form", "extra", lambda: with_field(q(options=(("abc", "A"),)))),
    ("bad_bound", "form", "extra", lambda: with_field(q("date", minimum="hôm qua"))),
    ("bad_bound", "form", "extra", lambda: with_field(q("number", minimum="3"))),
    ("bounds_crossed", "form", "extra", lambda: with_field(q("number", minimum=9, maximum=2, example=5))),
    ("bounds_crossed", "form", "extra", lambda: with_field(q("date", minimum="2026-05-01", maximum="2026-01-01"))),
    ("bounds_crossed", "form", "things", lambda: group(q(), minimum=5, maximum=2)),
    ("too_many_rows", "form", "things", lambda: group(q(), maximum=5000)),
    ("bad_pattern", "form", "extra", lambda: with_field(q(pattern="(abc"))),
    ("explosive_pattern", "form", "extra", lambda: with_field(q(pattern="(a+)+"))),
    ("no_example", "form", "extra", lambda: with_field(q(example=None))),
    ("bad_example", "form", "extra", lambda: with_field(q("phone", example="12"))),
    ("bad_example", "form", "extra", lambda: with_field(q("ward", example="Ba Đình"))),
    ("bad_example", "form", "extra", lambda: with_field(q(example="xyz", pattern="[0-9]+"))),
    ("bad_example", "form", "extra", lambda: with_field(q("choice", example="c", options=(("a", "A"), ("b", "B"))))),
    ("bad_example", "form", "things.a", lambda: group(q("number", key="a", example="không phải số"))),
    ("empty_group", "form", "things", lambda: group()),
    ("group_in_group", "form", "things.a", lambda: group(q("group", key="a", fields=(q(),)))),
    ("file_in_group", "form", "things.a", lambda: group(q("file", key="a"))),
    ("parts_unused", "form", "extra", lambda: with_field(q(fields=(q(),)))),
    ("no_formula", "form", "extra", lambda: with_field(q("computed"))),
    ("formula_unused", "form", "extra", lambda: with_field(q(formula={"count": "barns"}))),
    ("formula_not_number", "form", "extra", lambda: with_field(q("computed", formula={"field": "starts_on"}))),
    ("formula_shape", "form", "extra", lambda: with_field(q("computed", formula={"power": [2, 3]}))),
    ("formula_cycle", "form", "a", cycle),
    ("formula_cycle", "form", "whole_area", lambda: changed_field("whole_area", formula={"field": "whole_area"})),
    # conditions, wherever they stand
    ("condition_shape", "form", "extra", lambda: with_field(q(condition={"maybe": True}))),
    ("condition_unknown", "form", "extra", lambda: with_field(q(condition=UNKNOWN))),
    ("condition_unknown", "form", "extra", lambda: with_field(q(condition={"field": "barns.roof", "is": 1}))),
    ("condition_unknown", "form", "extra", lambda: with_field(q(condition={"field": "items_done", "is": True}))),
    ("condition_later", "form", "relation", lambda: changed_field("relation", condition=LATER)),
    ("condition_later", "form", "relation", lambda: changed_field("relation", condition=LARGE)),
    ("condition_self", "form", "relation", lambda: changed_field("relation", condition=OWNER)),
    ("condition_unknown", "form", "things.b", lambda: group(
        q(key="b", condition={"field": "c", "is": "x"}), q(key="c", label="Câu sau"))),
    ("condition_note", "form", "extra", lambda: sound(sections=(sections()[0], replace(sections()[1], fields=(
        *sections()[1].fields, Field("words", "note", "Đọc kỹ"), q(condition={"field": "words", "is": "x"})))))),
    ("condition_no_option", "form", "extra", lambda: with_field(q(condition={"field": "relation", "is": "cousin"}))),
    ("condition_into_rows", "form", "extra", lambda: with_field(q(condition={"field": "barns.kind", "is": "pig"}))),
    ("unlike_kinds", "form", "extra", lambda: with_field(q(condition={"lt": [{"field": "starts_on"}, 5]}))),
    ("unlike_kinds", "form", "extra", lambda: with_field(q(condition={"eq": [{"field": "relation"}, 5]}))),
    ("unlike_kinds", "form", "extra", lambda: with_field(q(condition={"lt": [{"age": "relation"}, 5]}))),
    ("unlike_kinds", "form", "extra", lambda: with_field(q(condition={"gt": [{"count": "relation"}, 5]}))),
    ("unlike_kinds", "form", "extra", lambda: with_field(q(condition={"gt": [{"sum": "barns.kind"}, 5]}))),
    ("unlike_kinds", "form", "extra", lambda: with_field(q(condition={"field": "is_poor", "is": "yes"}))),
    ("condition_unknown", "documents", "poor_proof", lambda: sound(
        documents=changed(documents(), "poor_proof", condition=UNKNOWN))),
    ("condition_unknown", "fees", "extra", lambda: fee(amount=5, condition=UNKNOWN)),
    ("condition_unknown", "fees", "extra", lambda: fee(rows=(FeeRow(UNKNOWN, 5), FeeRow({}, 6)))),
    ("condition_unknown", "fees", "extra", lambda: fee(formula={"field": "nobody"})),
    ("condition_unknown", "fees", "visit.poor", lambda: exemption(condition=UNKNOWN)),
    ("condition_unknown", "moves", "propose@visit", lambda: move("propose", condition=UNKNOWN)),
    ("unlike_kinds", "moves", "propose@visit", lambda: move("propose", condition={"field": "items_late", "is": "yes"})),
    # documents
    ("no_documents", "documents", "", lambda: sound(documents=())),
    ("document_twice", "documents", "application", lambda: sound(documents=(*documents(), documents()[0]))),
    ("name_too_long", "documents", "extra", lambda: sound(documents=(*documents(), Document("extra", "x" * 91)))),
    ("document_impossible", "documents", "extra", lambda: sound(documents=(*documents(), Document(
        "extra", "Giấy", condition_text="Khi", condition={"all": [OWNER, {"not": OWNER}]})))),
    # fees
    ("fee_without_amount", "fees", "extra", lambda: fee()),
    ("fee_not_whole", "fees", "extra", lambda: fee(amount=1.5)),
    ("fee_count", "fees", "extra", lambda: fee(amount=5, per="copy")),
    ("fee_count", "fees", "extra", lambda: fee(amount=5, per="copy", count_field="relation")),
    ("fee_count", "fees", "extra", lambda: fee(amount=5, per="row", count_field="whole_area")),
    ("fee_unknown_way", "fees", "extra", lambda: fee(amount=5, per="year")),
    ("bounds_crossed", "fees", "extra", lambda: fee(amount=5, minimum=9, maximum=2)),
    ("fee_twice", "fees", "visit", lambda: sound(fees=fees() * 2)),
    ("exemption_percent", "fees", "visit.poor", lambda: exemption(percent=0)),
    ("exemption_percent", "fees", "visit.poor", lambda: exemption(percent=101)),
    ("exemption_proof", "fees", "visit.poor", lambda: exemption(proof="nothing")),
    # the process
    ("no_steps", "steps", "", lambda: sound(steps=(), moves=())),
    ("step_twice", "steps", "sign", lambda: sound(steps=(*steps(), steps()[2]))),
    ("no_end", "steps", "", lambda: step("done", end=False)),
    ("many_ends", "steps", "", lambda: sound(steps=(*steps(), Step("done2", "Xong", "CLERK", end=True)))),
    ("entry", "moves", "", lambda: sound(moves=without(moves(), "start"))),
    ("step_unreachable", "steps", "visit", lambda: sound(moves=without(moves(), "visit"))),
    ("dead_end", "steps", "visit", lambda: sound(moves=without(moves(), "propose"))),
    ("loop_without_exit", "steps", "appraise", lambda: move("propose", target="appraise")),
    ("no_end_for_role", "steps", "visit", lambda: move("propose", role="KING")),
    ("end_without_outcome", "steps", "done", lambda: move("sign", effects=("complete",))),
    ("no_approval", "moves", "", lambda: sound(moves=without(moves(), "sign"))),
    ("unknown_role", "steps", "visit", lambda: step("visit", role="KING")),
    ("unknown_product", "steps", "visit", lambda: step("visit", produces="gold")),
    ("unknown_unit_kind", "steps", "visit", lambda: step("visit", unit_kind="NOBODY")),
    ("no_primary", "steps", "visit", lambda: move("propose", primary=False)),
    ("end_goes_on", "steps", "done", lambda: sound(
        moves=(*moves(), Move("again", "Làm lại", "done", "sign", "CLERK")))),
    ("proof_without_payment", "steps", "visit", lambda: sound(
        fees=(), steps=changed(steps(), "visit", produces="proof"))),
    ("move_twice", "moves", "sign@sign", lambda: sound(moves=(*moves(), moves()[3]))),
    ("reserved_key", "moves", "withdraw@visit", lambda: move("propose", key="withdraw")),
    ("unknown_role", "moves", "propose@visit", lambda: move("propose", role="")),
    ("unknown_effect", "moves", "propose@visit", lambda: move("propose", effects=("explode",))),
    ("move_to_nowhere", "moves", "propose@visit", lambda: move("propose", target="moon")),
    ("move_from_nowhere", "moves", "propose@moon", lambda: move("propose", source="moon")),
    ("complete_iff_end", "moves", "propose@visit", lambda: move("propose", effects=("complete",))),
    ("complete_iff_end", "moves", "sign@sign", lambda: move("sign", effects=("approve",))),
    ("two_outcomes", "moves", "sign@sign", lambda: move("sign", effects=("approve", "reject", "complete"))),
    ("entry_with_more", "moves", "start@", lambda: move("start", effects=("approve",))),
    ("move_impossible", "moves", "propose@visit", lambda: move("propose", condition={"all": [POOR, RICH]})),
    # work for other units
    ("no_items", "items", "", lambda: step("appraise", items=())),
    ("item_twice", "items", "appraise.vet", lambda: item(steps()[0].items[1])),
    ("unknown_kind", "items", "appraise.vet", lambda: item(kind="favour")),
    ("unknown_unit_kind", "items", "appraise.vet", lambda: item(unit_kind="NOBODY")),
    ("bad_time", "items", "appraise.vet", lambda: item(amount=0)),
    ("item_after_nothing", "items", "appraise.vet", lambda: item(after="nothing")),
    ("items_wait_in_a_ring", "items", "appraise.vet", lambda: item(after="vet")),
    ("linked_ring", "items", "appraise.vet", lambda: item(procedure="1.015020")),
]  # fmt: skip

WARNED = [
    ("label_twice", "form", "extra", lambda: with_field(q(label="Hộ nghèo"))),
    ("never_asked", "form", "extra", lambda: with_field(q(condition={"all": [POOR, RICH]}))),
    ("no_condition_text", "documents", "poor_proof", lambda: sound(
        documents=changed(documents(), "poor_proof", condition_text=""))),
    ("document_never_asked", "documents", "extra", lambda: sound(documents=(*documents(), Document(
        "extra", "Giấy", required=False, condition_text="Khi", condition={"not": {}})))),
    ("fee_two_ways", "fees", "extra", lambda: fee(amount=5, rows=(FeeRow({}, 6),))),
    ("fee_rows_open", "fees", "extra", lambda: fee(rows=(FeeRow(POOR, 6),))),
    ("fee_row_unreachable", "fees", "extra", lambda: fee(rows=(FeeRow({}, 6), FeeRow(POOR, 5)))),
    ("fee_unreachable", "fees", "extra", lambda: replace(fee(amount=5, channel="online"), channels=("counter",))),
    ("exemption_no_proof", "fees", "visit.poor", lambda: exemption(proof="")),
    ("exemption_no_ground", "fees", "visit.poor", lambda: exemption(ground="")),
    ("exemption_everybody", "fees", "visit.poor", lambda: exemption(condition={})),
    ("share_unused", "steps", "visit", lambda: sound(
        steps=changed(changed(steps(), "visit", share=10), "sign", share=30))),
    ("no_refusal", "moves", "", lambda: sound(moves=without(moves(), "reject"))),
    ("refusal_without_reason", "moves", "reject@sign", lambda: move("reject", needs_reason=False)),
    ("facts_without_items", "moves", "propose@visit", lambda: move("propose", condition=DONE)),
    ("item_too_long", "items", "appraise.vet", lambda: item(amount=21)),
    ("no_legal_basis", "head", "", lambda: sound(legal_basis="")),
    ("no_english", "texts", "Anh/chị là", lambda: sound(english={
        text: "x" for text in sound().texts() if text not in ("Anh/chị là", "Hộ nghèo")})),
]  # fmt: skip


def found(spec: Spec, level: str, context: Context | None = None) -> set[tuple[str, str, str]]:
    return {(p.code, p.part, p.key) for p in check(spec, context) if p.level == level}


def test_the_sound_version_has_nothing_against_it():
    assert check(sound()) == []


@pytest.mark.parametrize(
    ("code", "part", "key", "broken"), BROKEN, ids=[f"{b[0]}-{b[2]}-{i}" for i, b in enumerate(BROKEN)]
)
def test_an_error_is_found_at_its_row(code, part, key, broken):
    assert (code, part, key) in found(broken(), "error")


@pytest.mark.parametrize(("code", "part", "key", "odd"), WARNED, ids=[w[0] for w in WARNED])
def test_what_is_odd_is_warned_of_and_stops_nothing(code, part, key, odd):
    spec = odd()
    assert (code, part, key) in found(spec, "warning")
    assert list(errors_in(spec)) == []


def test_all_problems_are_told_at_once_errors_first():
    spec = sound(routing_field="", summary="", documents=(), english={})
    problems = check(spec)
    assert {"no_routing", "no_summary", "no_documents", "no_english"} <= {p.code for p in problems}
    levels = [p.level for p in problems]
    assert levels == sorted(levels)
    assert list(errors_in(spec)) == [p.message for p in problems if p.level == "error"]


def test_a_problem_says_the_row_in_the_words_of_the_form():
    problem = next(p for p in check(with_field(q(condition=UNKNOWN))) if p.level == "error")
    assert problem.message == "Câu hỏi “Câu hỏi thêm”: có nhắc đến “nobody”, mà tờ khai không có câu hỏi này."


# --- what the city knows ------------------------------------------------------------------------------------------
HELD = frozenset(
    {("OFFICER", "WARD"), ("LEADER", "WARD"), ("CLERK", ""), ("OFFICER", "AGRICULTURE"), ("OFFICER", "HEALTH")}
)


def test_a_role_that_nobody_holds_is_found_at_its_step_and_its_item():
    assert found(sound(), "error", Context(held=HELD)) == set()
    nobody = Context(held=HELD - {("LEADER", "WARD"), ("OFFICER", "HEALTH")})
    assert found(sound(), "error", nobody) == {
        ("role_not_held", "steps", "sign"), ("role_not_held", "items", "appraise.health"),
    }  # fmt: skip


def test_a_step_of_another_unit_needs_people_there():
    spec = step("visit", unit_kind="AGRICULTURE")
    assert found(spec, "error", Context(held=HELD)) == set()
    assert ("role_not_held", "steps", "visit") in found(
        spec, "error", Context(held=HELD - {("OFFICER", "AGRICULTURE")})
    )


@pytest.mark.parametrize(
    ("linked", "code"),
    [
        ({}, "linked_unknown"),
        ({"2.000001": {"2.000002"}, "2.000002": {"1.015020"}}, "linked_ring"),
        ({"2.000001": set()}, None),
    ],
)
def test_a_linked_procedure_exists_and_does_not_lead_back(linked, code):
    context = Context(linked={key: frozenset(codes) for key, codes in linked.items()})
    expected = {(code, "items", "appraise.vet")} if code else set()
    assert found(item(procedure="2.000001"), "error", context) == expected


def test_a_longer_time_than_the_confirmed_one_needs_a_new_law():
    same_law = Context(confirmed_time=(15, "WORKING_DAY", sound().legal_basis))
    assert ("time_above_law", "time", "") in found(sound(), "error", same_law)
    new_law = replace(same_law, confirmed_time=(15, "WORKING_DAY", "Luật cũ"))
    assert found(sound(), "error", new_law) == set()
    assert ("time_longer", "time", "") in found(sound(), "warning", new_law)
    assert check(sound(), Context(confirmed_time=(28, "DAY", sound().legal_basis))) == []  # 28 days are 20 of work


def test_every_version_of_the_catalogue_is_without_errors(catalogue, django_assert_num_queries):
    world.posted(Role.OFFICER, unit=world.unit_of_kind("WARD"))
    ward_codes()
    with django_assert_num_queries(4):
        city = context_of_city()
    assert city.held == {("OFFICER", "WARD")}
    for version_id in Procedure.objects.values_list("published_id", flat=True):
        assert list(errors_in(versions.read(version_id), replace(city, held=None))) == []


def test_a_copy_is_held_to_the_time_of_its_source(catalogue):
    source = Procedure.objects.get(code="1.004772").published
    draft = versions.write(versions.read(source.pk), source.procedure, copied_from=source)
    assert context_for(draft).confirmed_time == (source.time_amount, source.time_unit, source.legal_basis)
    assert context_for(source).confirmed_time is None


def test_the_texts_to_translate_are_those_a_citizen_reads():
    spec = sound()
    told = {text for texts in texts_by_kind(spec).values() for text in texts}
    assert told == set(spec.texts())


# --- whatever is put into it --------------------------------------------------------------------------------------
ROWS = {
    Section: lambda row: sound(sections=(*sections(), row)), Field: lambda row: with_field(row),
    Document: lambda row: sound(documents=(*documents(), row)), Fee: lambda row: sound(fees=(*fees(), row)),
    FeeRow: lambda row: fee(rows=(row,)),
    Exemption: lambda row: sound(fees=(replace(fees()[0], exemptions=(row,)),)),
    Step: lambda row: sound(steps=(*steps(), row)), Move: lambda row: sound(moves=(*moves(), row)),
    Item: lambda row: sound(steps=changed(steps(), "appraise", items=(row,))), Spec: lambda row: row,
}  # fmt: skip
SAMPLES = {
    Section: sections()[1], Field: q(), Document: documents()[1], Fee: fees()[0], FeeRow: FeeRow(),
    Exemption: fees()[0].exemptions[0], Step: steps()[0], Move: moves()[1], Item: steps()[0].items[0], Spec: sound(),
}  # fmt: skip
DIRT = [
    None, True, -1, 1.5, "", "x", [], {}, [None], {"field": None}, {"field": "relation", "in": 5}, {"all": [[]]},
    (1, 2),
    ("a",), {"eq": [{"field": []}, {}]}, float("nan"), 10**400, "(" * 500, [["a"]], [[1, 2, 3]], {"lt": None},
    {"sum": "barns"}, {"if": [{}, {}, {}]},
]  # fmt: skip


@pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.__name__)
def test_no_dirt_in_any_attribute_raises(kind):
    for attribute in fields(kind):
        for dirt in DIRT:
            problems = check(
                ROWS[kind](replace(SAMPLES[kind], **{attribute.name: dirt})), Context(held=HELD, linked={})
            )
            assert all(p.message and p.level in ("error", "warning") for p in problems), (attribute.name, dirt)


NAMES = ["relation", "barns.area", "nobody", "owner"]
WORDS = ["all", "any", "not", "field", "is", "in", "eq", "lt", "age", "days", "sum", "if", "add", "min"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(WORDS), inner, max_size=2),
    max_leaves=12,
)  # fmt: skip


@given(condition=json_values, formula=json_values)
def test_no_condition_or_formula_whatever_raises(condition, formula):
    check(with_field(Field("extra", "computed", "Thêm", condition=condition, formula=formula)))
    check(sound(moves=changed(moves(), "propose", condition=condition)))


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(a*)*", "([a-z]+)*x", "((ab)+c?)+", "(a{1,5}){2,}", "(?:x+y*){3,}", "(.*,)*"]
)
def test_a_repetition_in_a_repetition_is_explosive(pattern):
    assert is_explosive(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "[0-9]{10}",
        "[^0-9/:@]+",
        "([01][0-9]|2[0-3]):[0-5][0-9]",
        "([0-9]{3}[.])*[0-9]+",
        "(a+)?b",
        r"\(+\)+",
        "[(+]+[)+]*",
    ],
)
def test_plain_patterns_are_not(pattern):
    assert not is_explosive(pattern)

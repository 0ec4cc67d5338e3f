"""Answers made of several: persons, addresses, rows, what is worked out; and how long a bad one takes."""

import time
from dataclasses import replace

import pytest
from django.db.models import Count

from places.gazetteer import forget, former_wards, ward_codes
from places.models import WardChange
from procedures.answers import clean_answers, dropped
from procedures.schema import build, example_answers
from procedures.shown import readable, show, shown
from procedures.spec import Field, Section, Spec
from tests.procedures.kinds import spec_of_all_kinds

pytestmark = pytest.mark.django_db


@pytest.fixture
def spec(catalogue) -> Spec:
    return spec_of_all_kinds()


def form(*fields: Field) -> Spec:
    return replace(spec_of_all_kinds(), sections=(Section("only", "Tờ khai", fields),))


def clean(spec: Spec, **changes) -> tuple[dict, dict[str, str]]:
    """The clean answers of the examples with `changes`, and the sentences by path."""
    answers, errors = clean_answers(spec, {**example_answers(spec), **changes})
    return answers, {e.field: e.message for e in errors}


CHILD = {"name": "Nguyễn Minh Khôi", "relation": "child", "birth_date": "04/05/2020"}


# --- rows ---------------------------------------------------------------------------------------------------------
def test_a_mistake_in_a_row_says_which_row_and_stands_at_its_box(spec):
    _answers, errors = clean(spec, children=[CHILD, {**CHILD, "name": ""}])
    assert errors == {"children.1.name": "Dòng 2: Hãy điền: Họ và tên."}


def test_what_is_right_in_a_row_is_kept_beside_what_is_wrong(spec):
    answers, errors = clean(spec, children=[{**CHILD, "birth_date": "hôm qua"}])
    assert answers["children"] == [{"name": "Nguyễn Minh Khôi", "relation": "child"}]
    assert set(errors) == {"children.0.birth_date"}


def test_empty_rows_at_the_end_are_no_rows(spec):
    answers, errors = clean(spec, children=[CHILD, {"name": "", "relation": None, "home": {"line": " "}}, {}])
    assert errors == {} and len(answers["children"]) == 1


def test_a_question_in_a_row_is_asked_by_its_own_row(spec):
    other = {**CHILD, "relation": "other"}
    answers, errors = clean(spec, children=[{**CHILD, "which": "thừa"}, other])
    assert "which" not in answers["children"][0]
    assert errors == {"children.1.which": "Dòng 2: Hãy điền: Quan hệ gì."}


def test_a_row_sees_its_own_answers_before_those_of_the_form(catalogue):
    part = Field("detail", "text", "Chi tiết", condition={"field": "kind", "is": "b"})
    kind = Field("kind", "choice", "Loại", options=(("a", "A"), ("b", "B")), required=False)
    both = form(
        replace(kind, required=True),
        Field("of_form", "group", "Theo tờ khai", fields=(part,), required=False),
        Field(
            "of_row", "group", "Theo dòng", fields=(kind, replace(part, required=False), Field("name", "text", "Tên"))
        ),
    )
    answers, errors = clean_answers(
        both, {"kind": "b", "of_form": [{"detail": "có"}], "of_row": [{"name": "An", "detail": "thừa"}]}
    )
    assert errors == []
    assert answers["of_form"] == [{"detail": "có"}] and answers["of_row"] == [{"name": "An"}]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([CHILD] * 6, "Tối đa 5 dòng, anh/chị đã gửi 6."),
        ([], "Hãy điền: Người cùng hộ."),
        ("hai", "Cần một danh sách các dòng."),
        ({"0": CHILD}, "Cần một danh sách các dòng."),
    ],
)
def test_the_number_of_rows_is_bounded(spec, rows, message):
    assert clean(spec, children=rows)[1] == {"children": message}


def test_too_few_rows_may_wait_in_a_draft_only(catalogue):
    two = form(Field("heirs", "group", "Người thừa kế", minimum=2, fields=(Field("name", "text", "Họ tên"),)))
    assert [e.message for e in clean_answers(two, {"heirs": [{"name": "An"}]})[1]] == ["Cần ít nhất 2 dòng."]
    assert clean_answers(two, {"heirs": [{"name": "An"}]}, partial=True) == ({"heirs": [{"name": "An"}]}, [])


def test_five_thousand_rows_are_one_mistake_found_at_once(spec):
    begun = time.perf_counter()
    answers, errors = clean(spec, costs=[{"item": "x", "quantity": 1, "price": 1}] * 5000)
    assert errors["costs"] == "Tối đa 20 dòng, anh/chị đã gửi 5000."
    assert "costs" not in answers and time.perf_counter() - begun < 0.5


def test_an_unknown_box_is_a_mistake_in_rows_and_in_persons(spec):
    _answers, errors = clean(spec, children=[{**CHILD, "age": 5}], owner={**example_answers(spec)["owner"], "x": 1})
    assert set(errors) == {"children.0.age", "owner.x"}


# --- persons, addresses, periods ------------------------------------------------------------------------------------
def test_an_optional_person_is_all_or_nothing(spec):
    answers, errors = clean(spec, partner={"name": "", "birth_date": " ", "gender": None})
    assert "partner" not in answers and errors == {}
    _answers, errors = clean(spec, partner={"name": "Lê An"})
    assert set(errors) == {"partner.birth_date", "partner.gender", "partner.personal_number"}


def test_a_required_person_left_empty_is_one_mistake(spec):
    assert clean(spec, owner={"name": ""})[1] == {"owner": "Hãy điền: Chủ chuồng trại."}


def test_a_period_does_not_end_before_it_begins(spec):
    _answers, errors = clean(spec, works={"from": "2026-06-30", "to": "2026-01-05"})
    assert errors == {"works.to": "Ngày kết thúc không được trước ngày bắt đầu."}


@pytest.mark.parametrize("ward", [False, True])
def test_an_address_by_its_former_ward_gets_the_ward_of_today(spec, ward):
    change = WardChange.objects.filter(share="whole").select_related("former_ward", "ward").first()
    given = {"former_ward": change.former_ward_id, "line": "12 phố Cũ"} | ({"ward": change.ward_id} if ward else {})
    answers, errors = clean(spec, home=given)
    assert errors == {}
    assert answers["home"] == {"ward": change.ward_id, "line": "12 phố Cũ", "former_ward": change.former_ward_id}
    assert str(change.former_ward) in shown(spec.fields["home"], answers["home"])


@pytest.fixture
def split(spec):
    """A former ward that no single ward of today holds mostly (Hà Nội has none such, another city may)."""
    code = WardChange.objects.values("former_ward").annotate(n=Count("pk")).filter(n=3).values_list("former_ward")[0][0]
    WardChange.objects.filter(former_ward=code).update(share="part")
    forget()
    yield former_wards()[code]
    forget()


def test_a_former_ward_of_several_names_them_all(spec, split):
    former = split
    answers, errors = clean(spec, home={"former_ward": former.code, "line": "5"})
    assert set(errors) == {"home.ward"} and answers["home"]["former_ward"] == former.code
    assert all(ward_codes()[code] in errors["home.ward"] for code in former.now)
    assert clean(spec, home={"former_ward": former.code, "ward": former.now[1], "line": "5"})[1] == {}


@pytest.mark.parametrize("code", ["99999", 5, ["00004"], {"a": 1}])
def test_an_unknown_former_ward_is_a_mistake(spec, code):
    assert "home.former_ward" in clean(spec, home={"former_ward": code, "line": "5"})[1]


def test_a_ward_that_does_not_hold_the_former_one_is_a_mistake(spec):
    former = next(iter(former_wards().values()))
    other = next(code for code in ward_codes() if code not in former.now)
    assert set(clean(spec, home={"former_ward": former.code, "ward": other, "line": "5"})[1]) == {"home.ward"}


@pytest.mark.parametrize("value", ["khong-phai", 5, ["x"], {"id": "x"}, "../../etc/passwd"])
def test_a_file_is_named_by_its_id(spec, value):
    assert set(clean(spec, drawing=value)[1]) == {"drawing"}


# --- what nobody answers --------------------------------------------------------------------------------------------
def test_what_is_worked_out_is_never_taken_from_the_client(spec):
    rows = [{"item": "Đào hố", "quantity": 2, "price": "1.500.000", "total": 9}]
    answers, errors = clean(spec, costs=rows, sum=10**12)
    assert errors == {}
    assert answers["costs"][0]["total"] == 3000000 and answers["sum"] == 3000000


def test_a_condition_may_hang_on_what_is_worked_out(spec):
    rows = [{"item": "Đào hố", "quantity": 100, "price": 1000000}]
    assert clean(spec, costs=rows)[1] == {"large": "Hãy điền: Vì sao tốn nhiều."}


@pytest.mark.parametrize("decimals", [0, 1])
def test_a_computed_answer_has_the_decimals_of_its_question(catalogue, decimals):
    half = form(
        Field("a", "number", "A", decimals=1, example=1),
        Field("half", "computed", "Nửa", formula={"div": [{"field": "a"}, 2]}, decimals=decimals),
    )
    assert clean_answers(half, {"a": 2.5})[0]["half"] == (1 if decimals == 0 else 1.3)


def test_computed_answers_may_read_later_ones_and_a_cycle_ends(catalogue):
    late = form(
        Field("twice", "computed", "Hai lần", formula={"mul": [{"field": "sum"}, 2]}),
        Field("sum", "computed", "Cộng", formula={"add": [{"field": "a"}, 1]}),
        Field("a", "number", "A", example=1),
    )
    assert clean_answers(late, {"a": 3})[0] == {"a": 3, "sum": 4, "twice": 8}
    cycle = form(
        Field("x", "computed", "X", formula={"add": [{"field": "y"}, 1]}),
        Field("y", "computed", "Y", formula={"add": [{"field": "x"}, 1]}),
    )
    assert clean_answers(cycle, {"x": 5, "y": 5}) == ({}, [])


def test_a_note_takes_no_answer(spec):
    answers, errors = clean(spec, intro="gì đó")
    assert set(errors) == {"intro"} and "intro" not in answers
    assert "intro" not in build(spec)["properties"]


def test_an_answer_that_is_not_asked_for_is_named(spec):
    given = {**example_answers(spec), "neighbours": False, "neighbours_agree": True}
    answers, errors = clean_answers(spec, given)
    assert errors == [] and [f.key for f in dropped(spec, given, answers)] == ["neighbours_agree"]


# --- read by people -------------------------------------------------------------------------------------------------
def test_every_kind_is_shown_in_words(spec):
    answers, _errors = clean_answers(spec, example_answers(spec))
    said = {key: shown(spec.fields[key], value) for key, value in answers.items()}
    assert all(said.values())
    assert said["works"] == "05/01/2026 – 30/06/2026"
    assert "Họ, chữ đệm, tên: Trần Thị Bình" in said["owner"]
    assert said["costs"].startswith("1. Hạng mục: Đào hố ủ phân; Số lượng: 2; Đơn giá: 1.500.000")
    table = show(spec.fields["costs"], answers["costs"])
    assert [f.key for f in table.head] == ["item", "quantity", "price", "total"] and len(table.rows) == 1


def test_staff_read_only_what_their_role_may(spec):
    photo = spec.fields["photo"]
    value = "3f2b8a52-7c1d-4e60-9a0b-5d1c2e3f4a5b"
    assert show(photo, value, roles={"CLERK"}).hidden and "được xem" in str(show(photo, value, roles={"CLERK"}))
    assert not show(photo, value, roles={"OFFICER"}).hidden and not show(photo, value).hidden
    fields = (
        Field("rows", "group", "Dòng", fields=(Field("a", "text", "A"), Field("b", "text", "B", seen_by=("LEADER",)))),
    )
    assert readable(fields, {"rows": [{"a": "1", "b": "2"}], "old": 1}, {"CLERK"}) == {"rows": [{"a": "1"}], "old": 1}


def test_a_telephone_number_longer_than_e164_holds_is_refused(spec):
    assert clean(spec, phone="+4910000000000000")[1] == {"phone": "Chưa đúng số điện thoại. Ví dụ đúng: 0912345678."}
    assert clean(spec, phone="+491000000000000")[0]["phone"] == "+491000000000000"

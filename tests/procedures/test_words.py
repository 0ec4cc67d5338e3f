"""What a version costs and who is competent for it, said in one place for every page."""

from procedures.groups import EMPTY
from procedures.spec import Fee, FeeRow, Spec
from procedures.words import fees_in_short


def fee(**more) -> Fee:
    return Fee(**{"key": "fee", "label": "Phí", "amount": 0} | more)


def test_a_fee_by_table_is_not_free_because_it_has_no_amount_of_its_own():
    rows = (FeeRow({"field": "poor", "is": True}, 100_000), FeeRow({}, 400_000))
    assert fees_in_short([fee(rows=rows)]) == "từ 100.000\N{NO-BREAK SPACE}₫"
    assert fees_in_short([fee(rows=(FeeRow({"field": "poor", "is": True}, 0), FeeRow({}, 400_000)))]) == (
        "Miễn phí hoặc từ 400.000\N{NO-BREAK SPACE}₫"
    )


def test_what_a_formula_costs_is_known_when_the_answers_are():
    formula = {"mul": [{"field": "area"}, 100]}
    assert fees_in_short([fee(formula=formula)]) == "Tùy trường hợp"
    assert fees_in_short([fee(formula=formula, minimum=50_000)]) == "từ 50.000\N{NO-BREAK SPACE}₫"
    assert fees_in_short([fee(amount=8_000)]) == "8.000\N{NO-BREAK SPACE}₫"
    assert fees_in_short([]) == "Miễn phí"


def test_the_ward_that_decides_is_the_answer_or_that_of_an_address():
    spec = Spec.from_dict(EMPTY | {"routing_field": "place"})
    assert spec.ward_of({"place": "00004"}) == "00004"
    assert spec.ward_of({"place": {"ward": "00004", "line": "Thôn 3"}}) == "00004"
    assert spec.ward_of({"place": {"line": "Thôn 3"}}) is None
    assert spec.ward_of({}) is None

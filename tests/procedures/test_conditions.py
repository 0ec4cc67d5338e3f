"""Conditions and formulas: what they come to, what they may look like, and that their JSON Schema says the same."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from procedures.conditions import as_schema, fields_of, holds, paths_of, problems, value
from tests.procedures.chances import tried
from worktime import at

N, M = {"field": "n"}, {"field": "m"}


# --- choices ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        ({}, {}, True),
        ({"field": "relation", "is": "father"}, {"relation": "father"}, True),
        ({"field": "relation", "is": "father"}, {"relation": "mother"}, False),
        ({"field": "relation", "is": "father"}, {}, False),
        ({"not": {"field": "relation", "is": "father"}}, {}, True),
        ({"field": "relation", "in": ["father", "mother"]}, {"relation": "mother"}, True),
        ({"field": "changes", "is": "name"}, {"changes": ["address", "name"]}, True),
        ({"field": "changes", "in": ["name", "lines"]}, {"changes": ["address"]}, False),
        ({"field": "late", "is": True}, {"late": True}, True),
        ({"field": "late", "is": True}, {"late": 1}, False),
        ({"field": "copies", "is": 1}, {"copies": True}, False),
        ({"all": [{"field": "a", "is": True}, {"field": "b", "is": True}]}, {"a": True}, False),
        ({"any": [{"field": "a", "is": True}, {"field": "b", "is": True}]}, {"a": True}, True),
        ({"field": "home.ward", "is": "00004"}, {"home": {"ward": "00004"}}, True),
        ({"field": "home.ward", "is": "00004"}, {"home": "00004"}, False),
        ({"empty": "note"}, {}, True),
        ({"empty": "note"}, {"note": []}, True),
        ({"empty": "note"}, {"note": False}, False),
        ({"empty": "note"}, {"note": 0}, False),
        ({"empty": "home.line"}, {"home": {"ward": "00004"}}, True),
    ],
)
def test_choices(condition, facts, expected):
    assert list(problems(condition)) == []
    assert holds(condition, facts) is expected


# --- comparisons --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "less", "same", "more"),
    [
        ("lt", True, False, False), ("le", True, True, False), ("eq", False, True, False),
        ("ne", True, False, True), ("ge", False, True, True), ("gt", False, False, True),
    ],
)  # fmt: skip
def test_numbers_and_dates_compare_alike(name, less, same, more):
    for low, high in ((2, 3), (2.5, 3), ("2025-12-31", "2026-01-01")):
        pairs = ((low, high, less), (low, low, same), (high, low, more))
        for a, b, expected in pairs:
            assert holds({name: [N, M]}, {"n": a, "m": b}) is expected


@pytest.mark.parametrize("name", ["lt", "le", "eq", "ne", "ge", "gt"])
@pytest.mark.parametrize(
    "pair", [(1, "1"), (True, 1), (1, None), (["a"], "a"), ({}, 3), ("2026-01-01", 5), (10**19, 1)]
)
def test_unlike_or_missing_values_make_every_comparison_false(name, pair):
    a, b = pair
    assert holds({name: [N, M]}, {"n": a, "m": b}) is False
    assert holds({name: [N, M]}, {"n": b, "m": a}) is False


def test_texts_that_are_no_dates_have_no_order():
    assert not holds({"lt": ["abc", N]}, {"n": "abd"})
    assert holds({"ne": ["abc", N]}, {"n": "abd"})


# --- operands -----------------------------------------------------------------------------------------------------
FACTS = {
    "n": 7, "m": 2, "half": 2.5, "born": "2012-02-29", "on": "2026-02-28", "today": "2026-03-01", "text": "x",
    "rows": [{"amount": 5, "other": "x"}, {"amount": 0.1}, {"amount": None}, {}, {"amount": "9"}, "no row"],
    "home": {"rows": [{"amount": 3}]}, "yes": True, "huge": 10**17,
}  # fmt: skip


@pytest.mark.parametrize(
    ("operand", "expected"),
    [
        (5, 5), ("abc", "abc"), (True, True), ({"field": "n"}, 7), ({"field": "rows"}, None), ({}, None),
        ({"today": True}, "2026-03-01"),
        ({"age": "born"}, 14), ({"age": ["born", {"field": "on"}]}, 13), ({"age": ["born", "2012-02-28"]}, None),
        ({"age": "text"}, None), ({"age": "missing"}, None),
        ({"days": [{"field": "on"}, {"today": True}]}, 1), ({"days": [{"today": True}, "2026-02-28"]}, -1),
        ({"days": [{"field": "text"}, {"today": True}]}, None),
        ({"sum": "rows.amount"}, 5.1), ({"sum": "home.rows.amount"}, 3), ({"sum": "missing.amount"}, 0),
        ({"count": "rows"}, 6), ({"count": "missing"}, 0), ({"count": "n"}, 0),
        ({"add": [N, M]}, 9), ({"sub": [M, N]}, -5), ({"mul": [N, {"field": "half"}]}, 17.5), ({"div": [N, M]}, 3.5),
        ({"div": [6, 2]}, 3), ({"div": [N, 0]}, None), ({"div": [N, 0.0]}, None),
        ({"add": [0.1, 0.2]}, 0.3), ({"mul": [0.1, 30]}, 3),
        ({"add": [N, {"field": "missing"}]}, None), ({"add": [N, {"field": "yes"}]}, None),
        ({"add": [N, {"field": "text"}]}, None),
        ({"mul": [{"field": "huge"}, 11]}, None), ({"mul": [{"field": "huge"}, 10]}, 10**18),
        ({"add": [10**19, 1]}, None),
        ({"min": [N, M, 5]}, 2), ({"max": [N, M, 5]}, 7), ({"max": [N, {"field": "missing"}]}, None),
        ({"max": [{"field": "on"}, {"today": True}]}, "2026-03-01"), ({"min": [N, {"today": True}]}, None),
        ({"round": 2.5}, 3), ({"round": -2.5}, -3), ({"round": 2.4}, 2), ({"round": {"field": "text"}}, None),
        ({"if": [{"gt": [N, 5]}, 100, 200]}, 100), ({"if": [{"gt": [N, 50]}, 100, 200]}, 200),
    ],
)  # fmt: skip
def test_operands(operand, expected):
    found = value(operand, FACTS)
    assert found == expected and type(found) is type(expected)


def test_numbers_that_are_no_numbers_never_come_out():
    for odd in (float("nan"), float("inf"), -float("inf")):
        assert value({"field": "x"}, {"x": odd}) is None
        assert value({"add": [{"field": "x"}, 1]}, {"x": odd}) is None


def test_today_is_the_day_in_hanoi_unless_the_facts_say_another():
    with at(datetime(2026, 11, 23, 18, 0, tzinfo=UTC)):  # already the 24th in Hanoi
        assert value({"today": True}, {}) == "2026-11-24"
        assert value({"today": True}, {"today": "nonsense"}) == "2026-11-24"
        assert value({"age": "born"}, {"born": "2012-11-24"}) == 14
    assert value({"today": True}, {"today": "2020-01-02"}) == "2020-01-02"


# --- what is read -------------------------------------------------------------------------------------------------
def test_the_questions_an_expression_reads():
    tree = {
        "all": [
            {"field": "a", "is": "not_b"},
            {"not": {"empty": "home.ward"}},
            {
                "ge": [
                    {"age": ["child.birth_date", {"field": "on"}]},
                    {"if": [{"field": "c", "in": ["x"]}, 14, {"count": "g"}]},
                ]
            },
            {"lt": [{"round": {"mul": [{"sum": "rows.amount"}, 2]}}, {"min": [{"age": "d"}, {"today": True}, 3]}]},
        ]
    }
    assert list(paths_of(tree)) == ["a", "home.ward", "child.birth_date", "on", "c", "g", "rows.amount", "d"]
    assert list(fields_of(tree)) == ["a", "home", "child", "on", "c", "g", "rows", "d"]
    assert list(fields_of({})) == list(fields_of(5)) == []


# --- what is refused ----------------------------------------------------------------------------------------------
def nested(depth: int) -> dict:
    tree: dict = {"field": "a", "is": True}
    for _ in range(depth):
        tree = {"not": tree}
    return tree


@pytest.mark.parametrize(
    "tree",
    [
        None, [], "a", 5, True, {"all": []}, {"any": {}}, {"all": [5]}, {"not": None}, {"field": "a"}, {"is": "a"},
        {"field": "a", "is": "b", "in": ["b"]}, {"field": "a", "is": ["b"]}, {"field": "a", "is": None},
        {"field": "a", "in": []}, {"field": "a", "in": "abc"}, {"field": "a", "in": [["x"]]},
        {"field": "a", "in": [str(n) for n in range(501)]}, {"field": 5, "is": "a"}, {"field": "tên con", "is": "a"},
        {"field": "a..b", "is": "a"}, {"field": "", "is": "a"}, {"empty": None}, {"empty": {"field": "a"}},
        {"lt": [1]}, {"lt": [1, 2, 3]}, {"lt": 5}, {"lt": [N, "abc"]}, {"ge": [N, True]}, {"eq": [N, None]},
        {"eq": [N, {"field": "a", "is": 1}]}, {"eq": [N, 10**19]}, {"eq": [N, float("nan")]},
        {"gt": [N, {"pow": [2, 3]}]},
        {"eq": [{"add": [N, "1"]}, 1]}, {"eq": [{"add": [N]}, 1]}, {"eq": [{"sum": "rows"}, 1]},
        {"eq": [{"min": []}, 1]},
        {"eq": [{"if": [{}, 1]}, 1]}, {"eq": [{"if": [5, 1, 2]}, 1]}, {"eq": [{"days": ["x", N]}, 1]},
        {"eq": [{"age": ["a"]}, 1]}, {"eq": [{"age": ["a", 5]}, 1]}, {"eq": [{"today": False}, 1]}, {"eq": [{}, 1]},
        {"__class__": {}}, {"all": [{}], "any": [{}]}, nested(20), nested(100_000),
        {"all": [{"field": "a", "is": "x"}] * 200},
        {"field": "a", "is": 16**5000}, {"x": 16**5000},
    ],
)  # fmt: skip
def test_an_unsound_condition_is_said_in_a_few_words(tree):
    found = list(problems(tree))
    assert found and all(isinstance(p, str) and 5 < len(p) < 200 for p in found)


def test_a_tree_that_contains_itself_is_refused():
    tree: dict = {}
    tree["all"] = [tree, tree]
    assert list(problems(tree))
    sums: dict = {}
    sums["add"] = [sums, 1]
    assert list(problems(sums, formula=True))


def test_a_long_sum_is_long_not_deep_and_is_still_computed():
    total: object = {"field": "n"}
    for _ in range(95):
        total = {"add": [total, 1]}
    assert list(problems(total, formula=True)) == []
    assert value(total, {"n": 5}) == 100
    assert list(problems({"add": [total, total]}, formula=True))


def test_a_formula_gives_a_number():
    for sound in ({}, 5000, {"field": "a"}, {"if": [{"field": "a", "is": True}, 1, 2]}, {"days": ["2026-01-01", N]}):
        assert list(problems(sound, formula=True)) == []
    for unsound in ("abc", True, None, [], {"field": "a", "is": "b"}, {"lt": [1, 2]}):
        assert list(problems(unsound, formula=True))


# --- the same as JSON Schema --------------------------------------------------------------------------------------
WORDS = ["a", "b", "", "2026-01-01", "1"]
NUMBERS = [-1, 0, 1, 1.5, 2, 10**15, 10**18]
NAMES = ["choice", "many", "number", "flag", "home", "home.ward", "home.area", "rows", "missing.part"]
literals = st.sampled_from([*WORDS, *NUMBERS, True, False])
answers = st.fixed_dictionaries(
    {},
    optional={
        "choice": st.sampled_from(WORDS),
        "many": st.lists(st.sampled_from(WORDS), max_size=3, unique=True),
        "number": st.sampled_from(NUMBERS) | st.integers(-(10**15), 10**15) | st.floats(-5, 5),
        "flag": st.booleans(),
        "home": st.fixed_dictionaries({}, optional={"ward": st.sampled_from(WORDS), "area": st.sampled_from(NUMBERS)}),
        "rows": st.lists(st.fixed_dictionaries({}, optional={"amount": st.sampled_from(NUMBERS)}), max_size=2),
    },
)
names = st.sampled_from(NAMES)
fields = names.map(lambda name: {"field": name})
leaves = st.one_of(
    st.just({}),
    st.builds(lambda f, v: {"field": f, "is": v}, names, literals),
    st.builds(lambda f, v: {"field": f, "in": v}, names, st.lists(literals, min_size=1, max_size=3)),
    names.map(lambda f: {"empty": f}),
    st.builds(
        lambda op, f, v, turned: {op: [v, f] if turned else [f, v]},
        st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]), fields, literals, st.booleans(),
    ),
    st.builds(lambda op, a, b: {op: [a, b]}, st.sampled_from(["eq", "lt"]), fields, fields),
)  # fmt: skip
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda cs: {"all": cs}),
        st.lists(inner, min_size=1, max_size=3).map(lambda cs: {"any": cs}),
        inner.map(lambda c: {"not": c}),
    ),
    max_leaves=6,
)


@tried(250)
@given(condition=conditions, given_answers=answers)
def test_whatever_the_schema_says_the_server_agrees(condition, given_answers):
    schema = as_schema(condition)
    if schema is not None:
        Draft202012Validator.check_schema(schema)
        assert Draft202012Validator(schema).is_valid(given_answers) is holds(condition, given_answers)


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "choice", "is": "a"}, {"empty": "home.ward"}, {"ge": [{"field": "number"}, 3]},
        {"ne": ["a", {"field": "choice"}]},
        {"any": [{"lt": [3, {"field": "home.area"}]}, {"not": {"field": "flag", "is": True}}]},
    ],
)  # fmt: skip
def test_what_a_schema_can_say_it_does_say(condition):
    assert as_schema(condition) is not None


@pytest.mark.parametrize(
    "condition",
    [
        {"lt": [{"age": "born"}, 14]}, {"eq": [{"field": "a"}, {"field": "b"}]}, {"gt": [{"sum": "rows.amount"}, 5]},
        {"ge": [{"field": "on"}, "2026-01-01"]},
        {"all": [{"field": "a", "is": "b"}, {"not": {"lt": [{"age": "c"}, 14]}}]},
    ],
)  # fmt: skip
def test_what_a_schema_cannot_say_it_leaves_out_whole(condition):
    assert list(problems(condition)) == []
    assert as_schema(condition) is None

"""Conditions and formulas as text: read, written, and refused in plain words."""

import re
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from procedures.conditions import holds, problems, value
from procedures.expressions import MAX_LENGTH, ExpressionError, normalised, parse, parse_formula, text_of, words_of
from tests.procedures.chances import tried
from tests.procedures.test_explained import spec as form

ROOT = Path(__file__).resolve().parents[2]
LATE, A, B, C = ({"field": name, "is": True} for name in ("late", "a", "b", "c"))
X, Y = {"field": "x"}, {"field": "y"}


# --- reading ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", {}), ("  \n ", {}), ("đúng", {}), ("true", {}), ("sai", {"not": {}}),
        ('relation = "father"', {"field": "relation", "is": "father"}),
        ("relation == “father”", {"field": "relation", "is": "father"}),
        ('"father" = relation', {"field": "relation", "is": "father"}),
        ('relation != "father"', {"not": {"field": "relation", "is": "father"}}),
        ('relation <> "father"', {"not": {"field": "relation", "is": "father"}}),
        ('relation ≠ "father"', {"not": {"field": "relation", "is": "father"}}),
        ('relation in ("father", "mother")', {"field": "relation", "in": ["father", "mother"]}),
        ('relation trong ("father", 3, -1.5, đúng)', {"field": "relation", "in": ["father", 3, -1.5, True]}),
        ('relation không trong ("father")', {"not": {"field": "relation", "in": ["father"]}}),
        ("late", LATE), ("late = đúng", LATE), ("late = FALSE", {"field": "late", "is": False}),
        ("not late", {"not": LATE}), ("Không late", {"not": LATE}),
        ("a và b AND c", {"all": [A, B, C]}), ("a và (b và c)", {"all": [A, B, C]}),
        ("a or b và c", {"any": [A, {"all": [B, C]}]}), ("(a hoặc b) và c", {"all": [{"any": [A, B]}, C]}),
        ("không a và b", {"all": [{"not": A}, B]}), ("a và đúng", A), ("a hoặc đúng", {}),
        ("trống(x)", {"empty": "x"}), ("không empty (home.ward)", {"not": {"empty": "home.ward"}}),
        ("tuổi(x) < 14", {"lt": [{"age": "x"}, 14]}), ("age(x, y) ≥ 14", {"ge": [{"age": ["x", Y]}, 14]}),
        ("age(x, 01/07/2026) > 3", {"gt": [{"age": ["x", "2026-07-01"]}, 3]}),
        ("days(x, today) <= 30", {"le": [{"days": [X, {"today": True}]}, 30]}),
        ("Số ngày(x, hôm nay) <= 30", {"le": [{"days": [X, {"today": True}]}, 30]}),
        ("x >= 24/11/2026", {"ge": [X, "2026-11-24"]}), ('x = "2026-11-24"', {"field": "x", "is": "2026-11-24"}),
        ("x = 5", {"eq": [X, 5]}), ("x != 5", {"ne": [X, 5]}), ("x = -5.50", {"eq": [X, -5.5]}),
        ("x = y", {"eq": [X, Y]}),
        ("x > 5_000_000", {"gt": [X, 5000000]}), ("x = 2.0", {"eq": [X, 2]}), ("x = 0.125", {"eq": [X, 0.125]}),
        ("x - y - 1 > 0", {"gt": [{"sub": [{"sub": [X, Y]}, 1]}, 0]}),
        ("x + y * 2 > 0", {"gt": [{"add": [X, {"mul": [Y, 2]}]}, 0]}), ("-x < 0", {"lt": [{"sub": [0, X]}, 0]}),
        ("(x + y) × 2 ÷ 3 > 0", {"gt": [{"div": [{"mul": [{"add": [X, Y]}, 2]}, 3]}, 0]}),
        ("tổng(rows.amount) > số_dòng(rows)", {"gt": [{"sum": "rows.amount"}, {"count": "rows"}]}),
        ("min(x, 1, 5) = max(y, 2)", {"eq": [{"min": [X, 1, 5]}, {"max": [Y, 2]}]}),
        ("làm tròn(x / 2) = nếu(a hoặc b, 1, y)", {"eq": [{"round": {"div": [X, 2]}}, {"if": [{"any": [A, B]}, 1,
         Y]}]}),
        ("`in` và `today`", {"all": [{"field": "in", "is": True}, {"field": "today", "is": True}]}),
        ("age = 3 và in_time", {"all": [{"eq": [{"field": "age"}, 3]}, {"field": "in_time", "is": True}]}),
        ("in.ward = 1 và android", {"all": [{"eq": [{"field": "in.ward"}, 1]}, {"field": "android", "is": True}]}),
        ("x.__class__ = 1 và __import__", {"all": [{"eq": [{"field": "x.__class__"}, 1]}, {"field": "__import__",
         "is": True}]}),
        ("kho\u0302ng tro\u0302\u0301ng(x)", {"not": {"empty": "x"}}),
    ],
)  # fmt: skip
def test_text_becomes_a_tree(text, tree):
    assert parse(text) == tree
    assert list(problems(tree)) == []
    assert parse(text_of(tree)) == tree


def test_a_formula():
    assert parse_formula("") == {}
    assert parse_formula("500_000") == 500000
    assert parse_formula("x") == X
    tree = parse_formula("nếu(area > 500, 2_000_000, 1_000_000) × copies")
    assert value(tree, {"area": 600, "copies": 3}) == 6_000_000
    assert text_of(tree) == "nếu(area > 500, 2_000_000, 1_000_000) × copies"


def test_a_name_that_looks_like_python_is_only_a_name_nobody_has():
    assert holds(parse("x.__class__ = 1 hoặc __import__"), {"x": 1}) is False


# --- writing ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ({}, ""), ({"not": {}}, "sai"), ({"all": [A, {}]}, "a"),
        ({"all": [{"any": [A, {"all": [B, C]}]}, LATE]}, "(a hoặc b và c) và late"),
        ({"not": {"field": "x", "in": ["a", "b"]}}, 'x không trong ("a", "b")'),
        ({"not": {"any": [A, B]}}, "không (a hoặc b)"),
        ({"ne": [X, "v"]}, 'không trống(x) và x ≠ "v"'), ({"eq": [True, X]}, "x"),
        ({"field": "x", "is": False}, "x = sai"),
        ({"ge": [{"age": ["born", {"today": True}]}, 14]}, "tuổi(born, hôm_nay) ≥ 14"),
        ({"lt": [{"sub": [X, {"sub": [Y, 12345]}]}, 1.125]}, "x - (y - 12_345) < 1.1250"),
        ({"gt": [X, "2026-01-09"]}, "x > 09/01/2026"), ({"field": "x", "is": 'a"\\\n'}, r'x = "a\"\\\n"'),
        ({"eq": [X, 1e-7]}, "x = 0.0000001"), ({"eq": [X, 1e17]}, "x = 100_000_000_000_000_000"),
        ({"field": "Not", "is": "v"}, '`Not` = "v"'),
        ({"eq": [{"div": [{"div": [1, 7]}, 2026]}, X]}, "1 ÷ 7 ÷ 2026 = x"),
    ],
)  # fmt: skip
def test_a_tree_becomes_text(tree, text):
    assert list(problems(tree)) == []
    assert text_of(tree) == text
    assert parse(text) == normalised(tree)


paths = st.sampled_from(["x", "a_1", "home.ward", "in", "NOT", "today", "sum", "age", "x.or", "__class__", "true"])
numbers = (
    st.integers(-(10**18), 10**18) | st.floats(-(10**18), 10**18) | st.sampled_from([0, 1.125, 5000, -12.345, 1e-9])
)
texts = st.text(max_size=12) | st.sampled_from(
    ["2026-02-28", "2026-02-30", "đồng", "e\u0302", "”", '"', "\u0338", "\x00"]
)
literals = numbers | texts | st.booleans()
dates = st.just({"today": True}) | paths.map(lambda f: {"field": f}) | st.dates().map(str)


def pairs(inner):
    return st.lists(inner, min_size=2, max_size=2)


def deeper_operands(inner):
    return st.one_of(
        st.builds(lambda op, pair: {op: pair}, st.sampled_from(["add", "sub", "mul", "div"]), pairs(inner)),
        st.builds(lambda op, xs: {op: xs}, st.sampled_from(["min", "max"]), st.lists(inner, min_size=1, max_size=3)),
        inner.map(lambda x: {"round": x}),
        st.builds(lambda c, a, b: {"if": [c, a, b]}, simple_conditions, inner, inner),
    )


simple_conditions = st.one_of(
    st.just({}),
    st.builds(lambda f, v: {"field": f, "is": v}, paths, literals),
    st.builds(lambda f, v: {"field": f, "in": v}, paths, st.lists(literals, min_size=1, max_size=3)),
    paths.map(lambda f: {"empty": f}),
)
operands = st.recursive(
    st.one_of(
        numbers,
        dates,
        paths.map(lambda f: {"age": f}),
        st.builds(lambda f, d: {"age": [f, d]}, paths, dates),
        pairs(dates).map(lambda pair: {"days": pair}),
        paths.map(lambda f: {"sum": f"{f}.part"}),
        paths.map(lambda f: {"count": f}),
    ),
    deeper_operands,
    max_leaves=6,
)
conditions = st.recursive(
    simple_conditions
    | st.builds(
        lambda op, pair: {op: pair}, st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]), pairs(operands | literals)
    ),
    lambda inner: st.one_of(
        st.builds(lambda op, cs: {op: cs}, st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3)),
        inner.map(lambda c: {"not": c}),
    ),
    max_leaves=6,
)


@tried(300)
@given(tree=conditions)
def test_every_sound_condition_comes_back_from_its_text(tree):
    assume(not list(problems(tree)))
    text = text_of(tree)
    assume(len(text) <= MAX_LENGTH)
    assert parse(text) == normalised(tree)
    assert text_of(parse(text)) == text
    assert list(problems(normalised(tree))) == []


@tried(150)
@given(tree=operands)
def test_every_sound_formula_comes_back_from_its_text(tree):
    assume(not list(problems(tree, formula=True)))
    text = text_of(tree)
    assume(len(text) <= MAX_LENGTH)
    assert parse_formula(text) == normalised(tree)


OF_A_KIND = {
    "text": st.sampled_from(["a", "b", "2026-01-01"]),
    "number": st.sampled_from([0, 1, 2.0]),
    "flag": st.booleans(),
}
typed = st.sampled_from(list(OF_A_KIND)).flatmap(
    lambda name: st.one_of(
        st.just({}),
        st.just({"empty": name}),
        st.builds(lambda v: {"field": name, "is": v}, OF_A_KIND[name]),
        st.builds(lambda v: {"field": name, "in": v}, st.lists(OF_A_KIND[name], min_size=1, max_size=2)),
        st.builds(lambda op, v: {op: [{"field": name}, v]}, st.sampled_from(["eq", "ne"]), OF_A_KIND[name]),
        st.builds(lambda op, v: {op: [v, {"field": name}]}, st.sampled_from(["eq", "ne"]), OF_A_KIND[name]),
    )
)
combined = st.recursive(
    typed,
    lambda inner: (
        st.builds(lambda op, cs: {op: cs}, st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3))
        | inner.map(lambda c: {"not": c})
    ),
    max_leaves=6,
)


@tried(150)
@given(tree=combined, facts=st.fixed_dictionaries({}, optional=OF_A_KIND))
def test_the_normalised_tree_means_the_same(tree, facts):
    assert holds(normalised(tree), facts) is holds(tree, facts)


def conditions_in(thing):
    """Every condition, whole, that stands in a file of the catalogue, as a tree."""
    for key, inner in thing.items() if isinstance(thing, dict) else enumerate(thing):
        if key in ("condition", "when"):
            yield parse(inner) if isinstance(inner, str) else inner
        elif isinstance(inner, (dict, list)):
            yield from conditions_in(inner)


def test_every_condition_of_the_catalogue_can_be_written_and_read():
    files = [yaml.load(path.read_text(), yaml.CSafeLoader) for path in (ROOT / "catalogue").rglob("*.yaml")]
    found = [condition for file in files for condition in conditions_in(file)]
    assert len(found) > 300
    for condition in found:
        assert list(problems(condition)) == []
        assert parse(text_of(condition)) == normalised(condition)


def test_every_example_of_the_manual_can_be_read():
    manual = (ROOT / "docs/conditions.md").read_text()
    conditions, values, rest = re.split(r"^## A value|^A \*\*formula", manual, flags=re.MULTILINE)
    said = [
        text
        for row in re.findall(r"^\|[^|]*\|([^|]*)\|", conditions, re.MULTILINE)
        for text in re.findall("`(.+?)`", row)
    ]
    wanted = [
        text for row in re.findall(r"^\|[^|]*\|([^|]*)\|", values, re.MULTILINE) for text in re.findall("`(.+?)`", row)
    ]
    said += re.search(r"```\n(.+?)```", rest, re.DOTALL)[1].strip().splitlines()
    assert len(said) > 15 and len(wanted) > 15
    for text in said:
        assert parse(text)
    for text in wanted:
        assert parse(f"{text} = x")


# --- refusing -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "says", "position"),
    [
        ("__import__('os').system('rm')", "Không có phép tính “__import__”", 0),
        ("().__class__", "cần một câu hỏi", 1), ("eval(x)", "Không có phép tính “eval”", 0),
        ("x.get(y) = 1", "x.get", 0),
        ("lambda: 1", "không dùng được ký tự này", 6), ("{a: 1}", "không dùng được ký tự này", 0), ("a[0]", "ký tự", 1),
        ("1; DROP TABLE dossiers; --", "dấu phẩy", 1), ("' OR '1'='1", "ngoặc kép", 0), ("x = 'cha'", "ngoặc kép", 4),
        ("(" * 1000, "còn thiếu ở cuối", 1000), ("(" * 10_000, "tối đa 2000", 2000), (")" * 1000, "cần một câu hỏi", 0),
        ("không " * 300 + "a", "quá sâu", 0), ("a và không " * 30 + "(" * 900, "còn thiếu", 1230),
        ("x = 9" + "9" * 1000, "quá lớn", 4), ("x = 1e999", "số viết như", 4), ("x = 1.500.000", "1_500_000", 4),
        ("x > 5.000", "5000 hay 5_000", 4), ("x = 1,5", "dấu chấm", 5), ("x = 5tr", "số viết như", 4),
        ("x = ٣", "số viết", 4),
        ("x = 0x1F", "số viết như", 4), ("x = 30/02/2026", "không có ngày này", 4), (".5 = x", "ký tự", 0),
        ('x = "abc', "ngoặc kép đóng", 4), ("x = “abc", "ngoặc kép đóng", 4), ("`x = 1", "dấu ` đóng", 0),
        (r'x = "\q"', "dấu \\", 4), ("a\x00b", "vị trí 2", 1), ("a \u200b", "vị trí 3", 2),
        ("a \u202e b", "vị trí 3", 2),
        ("a b", "“và”, “hoặc”", 2), ("a and", "sau “and”", 5), ("a và và b", "Gần “và”", 5), ("=", "Gần “=”", 0),
        ("(a", "“)”", 2),
        ("a)", "Gần “)”", 1), ("1 < x < 5", "a < b và b < c", 6), ("x trong a", "“(”", 8),
        ('x trong ("a" "b")', "dấu phẩy", 13),
        ("x trong ()", "cần một giá trị", 9), ("x trong (y)", "cần một giá trị", 9),
        ("tuổi(x) trong (1)", "tên một câu hỏi", 0),
        ("a && b", "viết “và”", 2), ("a || b", "viết “hoặc”", 2), ("!a", "không", 0), ("x = có", "đúng hoặc sai", 4),
        ("x = không", "đúng hoặc sai", 4), ("tuổi_con > 3", "chữ không dấu", 0), ("`a b` = 1", "chữ không dấu", 0),
        ("tuổi(3) > 1", "tên một câu hỏi", 5), ("tuổi(a, b, c) > 1", "1 hoặc 2 giá trị", 0),
        ("số_ngày(a) > 1", "cần 2 giá trị", 0),
        ("trống()", "Gần “)”", 6), ("nếu(1, 2, 3) > 1", "điều kiện đúng hoặc sai", 4),
        ("5", "điều kiện đúng hoặc sai", 0),
        ('"abc"', "điều kiện đúng hoặc sai", 0), ("tổng(x) > 1", "tên nhóm", 0),
        ("a + (b và c) > 1", "cần một giá trị", 5),
        ('x > "abc"', "số và ngày", 0), ("x > đúng", "số và ngày", 0), ('x + "b" = 3', "phép tính chỉ dùng số", 0),
        ("a và " * 150 + "a", "", -1), ("a và " * 250 + "a", "quá dài", 0),
    ],
)  # fmt: skip
def test_what_is_no_condition_is_refused_in_plain_words_and_quickly(text, says, position):
    started = time.perf_counter()
    if position < 0:  # long, but within the limits
        assert len(parse(text)["all"]) == 151
    else:
        with pytest.raises(ExpressionError) as caught:
            parse(text)
        assert says in caught.value.message
        assert caught.value.position == position
        assert len(caught.value.message) < 250
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize("text", ["a > 1", '"abc"', "đúng", "a và b", "(", "1 +", "trống(x)"])
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(ExpressionError):
        parse_formula(text)


@tried(200)
@given(text=st.text(max_size=60) | st.lists(st.sampled_from([
    "a", "1", '"v"', "(", ")", ",", "và", "hoặc", "không", "trong", "=", "<", "+", "-", "×", "tuổi(", "nếu(", "đúng",
     "hôm_nay", "01/02/2026", ".",
]), max_size=14).map(" ".join))  # fmt: skip
def test_any_text_gives_a_sound_tree_or_a_sentence(text):
    for read, formula in ((parse, False), (parse_formula, True)):
        try:
            tree = read(text)
        except ExpressionError as error:
            assert error.message and 0 <= error.position <= len(text) + 1
        else:
            assert list(problems(tree, formula=formula)) == []
            assert read(text_of(tree)) == tree


@tried(80)
@given(tree=conditions)
def test_every_sound_condition_can_be_explained(tree):
    assume(not list(problems(tree)))
    assert words_of(tree, form())

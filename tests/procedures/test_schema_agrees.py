"""The JSON Schema of a form and the server's own checks agree: an outside program can trust the schema."""

import copy
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from dossiers.acts import available, clean_input
from dossiers.errors import Invalid
from dossiers.models import Dossier
from procedures.answers import clean_answers
from procedures.conditions import holds
from procedures.parts import parts_of
from procedures.schema import build, example_answers
from procedures.spec import Spec
from tests import world
from tests.dossiers.test_line import all_codes, staff_for
from tests.procedures.chances import tried
from tests.procedures.kinds import spec_of_all_kinds

pytestmark = pytest.mark.django_db
FORMATS = FormatChecker(["date", "email", "uuid"])
# What people do not write but programs send: each kind of JSON value, empty and not, and some that look like others.
ODD = [
    None, "", " ", "x", "0", "true", "yes", "2026-13-45", "9999-12-31", "00000", "ảnh", "x" * 3000, True, False, 0, -1,
    1, 1.5, 10**9, 10**16, -(10**16), [], ["x"], [None], [["x"]], {}, {"a": 1},
]  # fmt: skip
MISSING = object()


KINDS = "every kind"  # in place of a code: the form that asks one question of each


@cache
def spec_and_judge(code: str) -> tuple[Spec, Draft202012Validator]:
    spec = spec_of_all_kinds() if code == KINDS else world.spec(code)
    return spec, Draft202012Validator(build(spec), format_checker=FORMATS)


def refused(judge: Draft202012Validator, value) -> set[str]:
    """The paths that the schema refuses: "phone", "home.ward", "children.0.name"."""
    paths = set()
    for error in judge.iter_errors(value):
        at = [str(part) for part in error.path]
        if error.validator == "required":
            paths |= {".".join([*at, key]) for key in set(error.validator_value) - set(error.instance)}
        elif error.validator == "additionalProperties":
            paths |= {".".join([*at, key]) for key in set(error.instance) - set(error.schema["properties"])}
        else:
            paths.add(".".join(at))
    return paths


@pytest.mark.parametrize("code", [*all_codes(), KINDS])
def test_every_form_is_a_valid_schema_with_accepted_examples(catalogue, code):
    spec, judge = spec_and_judge(code)
    Draft202012Validator.check_schema(judge.schema)
    for example in judge.schema["examples"]:
        assert list(judge.iter_errors(example)) == []
        answers, errors = clean_answers(spec, example)
        assert errors == []
        assert refused(judge, answers) == set()
        assert clean_answers(spec, answers) == (answers, [])  # what the server keeps may be sent again
    for key, field in judge.schema["properties"].items():
        for example in [] if field.get("readOnly") else field["examples"]:
            assert Draft202012Validator(field, format_checker=FORMATS).is_valid(example), key


# How people write what programs send in one way only; "" and null are an answer not given.
FORGIVEN = {
    "text": str, "long_text": str, "number": str, "money": str, "date": str, "choice": str, "many": (str, list),
    "yes_no": str, "phone": str, "email": str, "ward": str, "personal_number": str, "tax_code": str, "file": str,
    "image": str, "computed": object,
}  # fmt: skip


def blank(value) -> bool:
    """Nothing was answered: by a person who left every box of a question or of a row empty."""
    if isinstance(value, dict):
        return all(blank(one) for one in value.values())
    if isinstance(value, list):
        return all(blank(one) for one in value)
    return value is None or value is MISSING or (isinstance(value, str) and not value.strip())


def excused(spec: Spec, answers: dict, cleaned: dict, path: str) -> bool:
    """Whether the server may take what the schema refuses at `path`: nothing was answered there, it is not asked, or
    it is people's way of writing."""
    near, given, facts = dict(spec.fields), answers, dict(cleaned)
    field = None
    for part in path.split("."):
        if part.isdecimal() and isinstance(given, list):
            given, row = given[int(part)], facts.get(field.key)
            facts |= row[int(part)] if isinstance(row, list) and int(part) < len(row) else {}
        elif part in near and isinstance(given, dict):
            field, given = near[part], given.get(part, MISSING)
            if not holds(field.condition, facts):
                return True
            near = {f.key: f for f in parts_of(field)}
        else:
            return False
        if blank(given):
            return True
    return isinstance(given, FORGIVEN.get(field.kind, ()))


def for_the_server(schema: dict, path: str) -> bool:
    """Whether something on the way to `path` says that only the server knows."""
    for part in path.split("."):
        schema = schema["items"] if part.isdecimal() else schema["properties"].get(part, {})
        if "x-check" in schema:
            return True
    return False


def assert_agree(spec: Spec, judge: Draft202012Validator, answers: dict) -> None:
    """Schema and server say the same of `answers`.

    What the schema refuses, the server refuses, or forgives as people's way of writing and keeps in the schema's own.
    What the server alone refuses has an `x-check`.
    """
    cleaned, errors = clean_answers(spec, answers)
    by_server, by_schema = {error.field for error in errors}, refused(judge, answers)
    for path in by_schema:
        near = any(f"{path}.".startswith(f"{e}.") or e.startswith(f"{path}.") for e in by_server)
        assert near or excused(spec, answers, cleaned, path), (
            path,
            answers,
            "the server takes what the schema refuses",
        )
    if not by_server:
        assert refused(judge, cleaned) == set(), "what the server keeps is not in the schema"
    if not by_schema:  # else the server may have read "true" as true, and asks what follows from it
        alone = [error for error in errors if not for_the_server(judge.schema, error.field)]
        assert alone == [], answers


VALUES = (
    st.just(MISSING)
    | st.sampled_from(ODD)
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(-1000, 10**8, places=2).map(float)
    | st.dates().map(str)
    | st.text("abcđ ơàẢ09.-/@\U0001f600", max_size=300)
    | st.from_regex(r"\+?[0-9]{3,16}", fullmatch=True)
)


def changed(answers: dict, key: str, value) -> dict:
    rest = {k: v for k, v in answers.items() if k != key}
    return rest if value is MISSING else {**rest, key: value}


def put(answers, path: list, value) -> None:
    """Change what stands at `path`, inside persons and rows too."""
    *way, last = path
    for part in way:
        answers = answers[part]
    if value is not MISSING:
        answers[last] = value
    elif isinstance(answers, dict):
        answers.pop(last, None)
    else:
        del answers[last]


def paths_in(value, at: tuple = ()):
    """Every path in some answers, and one unknown key in each object."""
    pairs = (
        [*value.items(), ("la", None)]
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in pairs:
        yield [*at, key]
        yield from paths_in(inner, (*at, key))


@tried(500)
@given(code=st.sampled_from(all_codes()), data=st.data())
def test_schema_and_server_say_the_same_of_a_spoilt_form(catalogue, code, data):
    spec, judge = spec_and_judge(code)
    key = data.draw(st.sampled_from([*spec.fields, "la"]))
    options = [v for v, _label in spec.fields[key].options] if key in spec.fields else []
    known = st.sampled_from(options) | st.lists(st.sampled_from(options)) if options else st.nothing()
    value = data.draw(known | VALUES)
    assert_agree(spec, judge, changed(example_answers(spec), key, value))


@tried(500)
@given(data=st.data())
def test_schema_and_server_say_the_same_of_spoilt_persons_addresses_and_rows(catalogue, data):
    spec, judge = spec_and_judge(KINDS)
    answers = copy.deepcopy(example_answers(spec))
    for _spoilt in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(paths_in(answers))))
        other = st.sampled_from([answers["children"], answers["costs"], answers["home"], answers["owner"]])
        put(answers, path, copy.deepcopy(data.draw(VALUES | other | st.sampled_from(["other", "no", "00004"]))))
    assert_agree(spec, judge, answers)


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_each_kind_of_field_takes_each_odd_value_as_its_schema_does(catalogue, value):
    """Every question, and every part of one, with every odd value: what chance may leave out above."""
    spec, judge = spec_and_judge(KINDS)
    for path in paths_in(example_answers(spec)):
        answers = copy.deepcopy(example_answers(spec))
        put(answers, path, copy.deepcopy(value))
        assert_agree(spec, judge, answers)


# --- acts ---------------------------------------------------------------------------------------------------------
def accepted(action, data: dict) -> bool:
    extra = set(action.act.extra_schema(action.case)) if action.act.extra_schema else set()
    try:
        clean_input(action.fields, data, extra=extra)
    except Invalid:
        return False
    return True


def check_action(action) -> None:
    schema = action.input_schema()
    Draft202012Validator.check_schema(schema)
    judge = Draft202012Validator(schema, format_checker=FORMATS)
    for example in schema["examples"]:
        assert judge.is_valid(example), (action.name, example)
        assert accepted(action, example), (action.name, example)
    (example,) = schema["examples"]
    assert not accepted(action, {**example, "la": 1})
    for field in action.fields:
        assert judge.is_valid({**example, field.key: field.example}), (action.name, field.key)
        for value in [MISSING, *ODD]:
            data = changed(example, field.key, value)
            if not judge.is_valid(data) and accepted(action, data):
                assert value in (None, [], "") or isinstance(value, FORGIVEN[field.kind]), (
                    action.name,
                    field.key,
                    value,
                )
            if judge.is_valid(data) and not accepted(action, data):
                assert "x-check" in schema["properties"][field.key], (action.name, field.key, value)


@pytest.mark.parametrize("code", ["1.001193", "2.000815", "1.013225", "1.001612", "1.013978"])
def test_every_act_on_the_way_takes_the_example_of_its_schema(catalogue, code):
    dossier = world.submitted(code)
    people, seen = [dossier.owner, *staff_for(dossier)], set()
    for _ in range(40):
        dossier = Dossier.objects.select_related("branch", "unit", "procedure", "version").get(pk=dossier.pk)
        actions = [(user, action) for user in people for action in available(dossier, user)]
        for _user, action in actions:
            seen.add(action.name)
            check_action(action)
        forward = next(((u, a) for u, a in actions if a.act.primary and a.name != "rate"), None)
        if forward is None:
            break
        world.act(dossier, forward[1].name, forward[0], **forward[1].input_schema()["examples"][0])
    assert {"receive", "correct", "withdraw", "refuse", "ask_supplement", "return_result", "rate", "note"} <= seen

"""docs/threat-model.md names, for every room, what holds off each kind of threat, and tests that exist."""

import ast
import re
from functools import cache

import pytest
from django.conf import settings

MODEL = (settings.BASE_DIR / "docs" / "threat-model.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
STRIDE = "STRIDE"


def rooms() -> list[str]:
    known = re.search(r"root_packages = \[(.*?)\]", (settings.BASE_DIR / "pyproject.toml").read_text(), re.S)[1]
    return re.findall(r'"(\w+)"', known)


def lines_of(room: str) -> list[tuple[str, str]]:
    """(letters, whole line) of the table under the room's heading."""
    section = re.search(rf"^## {room}/$(.*?)(?=^## |\Z)", MODEL, re.S | re.M)
    assert section, f"no section for {room}/"
    return re.findall(r"^(\| ([A-Z](?:, [A-Z])*) \|.*)$", section[1], re.M)


@cache
def names_in(path: str) -> set[str]:
    tree = ast.parse((settings.BASE_DIR / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("room", rooms())
def test_every_room_answers_every_kind_of_threat(room):
    letters = {letter for _line, found in lines_of(room) for letter in found.split(", ")}
    assert letters == set(STRIDE)


@pytest.mark.parametrize("room", rooms())
def test_every_line_names_a_test(room):
    assert [line for line, _letters in lines_of(room) if not NAMED.search(line)] == []


def test_every_test_that_is_named_exists():
    found = NAMED.findall(MODEL)
    assert len(found) > 60
    assert [f"{path}::{name}" for path, name in found if name not in names_in(path)] == []


def test_nothing_in_it_looks_like_a_test_and_is_none():
    assert len(re.findall(r"tests/", MODEL)) == len(NAMED.findall(MODEL))

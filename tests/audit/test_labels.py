"""Whoever reads the record reads words: each act that the code records has its own."""

import ast
import re
from pathlib import Path

from django.conf import settings

from audit.labels import ACTS

ROOMS = ("audit", "keys", "accounts", "notifications", "worktime", "places", "branches", "payments", "procedures",
         "dossiers", "studio", "hanoi_psc")  # fmt: skip
WORD = re.compile(r"^[a-z][a-z_]+$")


def words_in(node) -> set[str]:
    if isinstance(node, ast.IfExp):
        return words_in(node.body) | words_in(node.orelse)
    said = isinstance(node, ast.Constant) and isinstance(node.value, str) and WORD.match(node.value)
    return {node.value} if said else set()


def recorded(tree: ast.Module) -> set[str]:
    """The acts that a file names: `act=…`, `"act": …`, Trail.write("…"), write(x, "…"), _record(x, "…"), Act("…")."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "ACT" for t in node.targets):
            found |= words_in(node.value)
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            found |= {w for k, v in pairs if isinstance(k, ast.Constant) and k.value == "act" for w in words_in(v)} - {
                "viec"
            }
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        keywords = {k.arg: k.value for k in node.keywords}
        if name in ("record", "dict") and "act" in keywords:
            found |= words_in(keywords["act"])
        place = {"Act": 0, "_record": 1, "_write": 0}.get(name)
        if name == "write" and isinstance(node.func, ast.Attribute) and "at" in keywords:
            place = 0
        elif name == "write" and isinstance(node.func, ast.Name):
            place = 1
        if name == "_record" and isinstance(node.func, ast.Attribute):
            place = 2
        if place is not None and len(node.args) > place:
            found |= words_in(node.args[place])
    return found


def acts_of_the_code() -> dict[str, str]:
    found = {}
    for room in ROOMS:
        for path in (Path(settings.BASE_DIR) / room).rglob("*.py"):
            if not {"migrations", "demo"} & set(path.parts):
                found |= dict.fromkeys(recorded(ast.parse(path.read_text(encoding="utf-8"))), path.name)
    return found


def test_every_act_that_the_code_records_has_words():
    found = acts_of_the_code()
    assert {"login", "look_file", "receive", "check_paper", "release_version", "admin_change"} <= set(found)
    assert {act: where for act, where in found.items() if act not in ACTS} == {}

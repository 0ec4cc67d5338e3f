from pathlib import Path

import pytest
from django.conf import settings
from django.template import Engine
from django.template.base import VariableNode
from django.template.defaulttags import IfNode

from notifications.templates import LANGUAGES, SAYINGS, MissingContext, render

FOLDER = Path(settings.BASE_DIR) / "templates" / "notifications"
ALL = [(key, language) for key in SAYINGS for language in LANGUAGES]


def full(key):
    """Every value a saying knows, each recognisable."""
    return {"name": "«name»", **{name: f"«{name}»" for name in SAYINGS[key].needs + SAYINGS[key].may}}


def test_every_saying_has_its_file_in_each_language_and_no_file_is_left_over():
    assert {path.name for path in FOLDER.glob("*.txt")} == {f"{key}.{language}.txt" for key, language in ALL}


@pytest.mark.parametrize(("key", "language"), ALL)
class TestEverySaying:
    def test_it_says_all_it_is_told(self, key, language):
        text = "\n".join(render(key, language, full(key)))
        assert [name for name in SAYINGS[key].needs + SAYINGS[key].may if f"«{name}»" not in text] == []

    def test_it_knows_no_other_names(self, key, language):
        source = (FOLDER / f"{key}.{language}.txt").read_text()
        known = {"name", *SAYINGS[key].needs, *SAYINGS[key].may}
        nodes = Engine().from_string(source).nodelist
        named = {str(node.filter_expression.var) for node in nodes.get_nodes_by_type(VariableNode)}
        asked = {
            str(condition.value.var)
            for node in nodes.get_nodes_by_type(IfNode)
            for condition, _nodes in node.conditions_nodelists
            if condition is not None
        }
        assert named | asked <= known

    def test_it_reads_well_without_what_is_optional(self, key, language):
        needed = {name: f"«{name}»" for name in SAYINGS[key].needs}
        subject, body = render(key, language, needed)
        assert subject and len(body) > 40
        assert not any(flaw in subject + body for flaw in ("{{", "{%", "  ", " .", " ,", "()", "\n\n\n"))

    def test_the_subject_is_one_short_line(self, key, language):
        subject, _body = render(key, language, full(key))
        assert "\n" not in subject and len(subject) < 80


def test_a_caller_that_forgets_something_is_told_at_once():
    with pytest.raises(MissingContext, match="dossier_received needs due"):
        render("dossier_received", "vi", {"code": "1", "procedure": "x"})


def test_a_very_long_name_still_gives_a_subject_that_fits():
    subject, _body = render("draft_reminder", "vi", {"procedure": "Đ" * 10_000})
    assert len(subject) == 250

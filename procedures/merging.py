"""A section of a draft, the group it was made from and a newer wording of that group: three put into one.

What the draft changed itself stays; the rest follows the group. All is plain data; nothing is saved.
"""

from collections.abc import Collection
from dataclasses import MISSING, dataclass, fields
from typing import Any

from django.utils.translation import gettext as _

from procedures.models import FormField
from procedures.spec import Field

_DEFAULTS = {
    f.name: None if f.default is MISSING and f.default_factory is MISSING else f.default if f.default is not MISSING
    else f.default_factory()
    for f in fields(Field)
}  # fmt: skip
_ATTRIBUTES = [name for name in _DEFAULTS if name not in ("key", "fields")]


@dataclass(frozen=True)
class Merged:
    """The section as it would be: its title, its questions, and in sentences what becomes different."""

    title: str
    fields: list[dict[str, Any]]
    said: list[str]


def whole(question: dict[str, Any]) -> dict[str, Any]:
    """A question as plain data with every attribute, defaults included; tuples as lists, as JSON has them."""
    full = {name: _plain(value) for name, value in {**_DEFAULTS, **question}.items()}
    full["fields"] = [whole(inner) for inner in full["fields"]]
    return full


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def prefixed(questions: list[dict[str, Any]], old: str, new: str) -> list[dict[str, Any]]:
    """A group's questions as a form has them: keys behind the prefix `new`, conditions following their names.

    In a group's own words a condition names its questions behind the group's usual prefix, `old`.
    """
    names = {f"{old}_{q['key']}": f"{new}_{q['key']}" for q in questions}
    return [
        whole(q | {"key": f"{new}_{q['key']}"} | {tree: renamed(q.get(tree) or {}, names) for tree in _TREES})
        for q in questions
    ]


_TREES = ("condition", "formula")
_NAMING = ("field", "empty", "sum", "count", "age")


def renamed(tree: Any, names: dict[str, str]) -> Any:
    """An expression with its questions called by their other names; a path keeps what follows the name."""
    if isinstance(tree, list):
        return [renamed(item, names) for item in tree]
    if not isinstance(tree, dict):
        return tree
    return {key: _named(key, value, names) for key, value in tree.items()}


def _named(key: str, value: Any, names: dict[str, str]) -> Any:
    if key in _NAMING and isinstance(value, str):
        first, dot, rest = value.partition(".")
        return names.get(first, first) + dot + rest
    if key == "age" and isinstance(value, list) and value and isinstance(value[0], str):
        return [_named("field", value[0], names), *renamed(value[1:], names)]
    return value if key in ("is", "in") else renamed(value, names)


def merge(
    *, title: str, draft: list[dict], old_title: str, old: list[dict], new_title: str, new: list[dict],
    taken: Collection[str] = (), needed: Collection[str] = (),
) -> Merged:  # fmt: skip
    """Bring `draft`, made from `old`, to `new`. `taken` are keys of the rest of the form, `needed` those used by it."""
    said: list[str] = []
    before, after = {q["key"]: q for q in old}, {q["key"]: q for q in new}
    kept = []
    for question in map(whole, draft):
        key = question["key"]
        if key in before and key in after:
            question = _one(question, before[key], after[key], said)
        elif key in before and not _goes(question, before[key], needed, said):
            continue
        kept.append(question)
    _add(kept, before, new, taken, said)
    if new_title != old_title and title == old_title:
        said.append(_("Tiêu đề của phần thành “%(title)s”.") % {"title": new_title})
        title = new_title
    return Merged(title, kept, said)


def _goes(question: dict, before: dict, needed: Collection[str], said: list[str]) -> bool:
    """Whether a question that the group no longer has stays in the draft all the same; False: it goes."""
    name = {"question": question["label"]}
    if question["key"] in needed:
        said.append(_("Giữ câu hỏi “%(question)s”: nhóm đã bỏ, nhưng nơi khác trong bản nháp còn dùng.") % name)
        return True
    if question != before:
        said.append(_("Giữ câu hỏi “%(question)s”: nhóm đã bỏ, nhưng bản nháp đã sửa riêng.") % name)
        return True
    said.append(_("Bỏ câu hỏi “%(question)s”.") % name)
    return False


def _add(kept: list[dict], before: dict, new: list[dict], taken: Collection[str], said: list[str]) -> None:
    """What the group asks since: behind the question it follows there. What the draft once left out stays out."""
    at = 0
    for question in new:
        places = [i for i, one in enumerate(kept) if one["key"] == question["key"]]
        if places:
            at = places[0] + 1
        elif question["key"] in before:
            continue
        elif question["key"] in taken:
            said.append(
                _("Không thêm câu hỏi “%(question)s”: tờ khai đã có câu hỏi mang khóa này.")
                % {"question": question["label"]}
            )
        else:
            kept.insert(at, question)
            at += 1
            said.append(_("Thêm câu hỏi “%(question)s”.") % {"question": question["label"]})


def _one(draft: dict, old: dict, new: dict, said: list[str]) -> dict:
    """One question, attribute by attribute; the questions of a repeating group likewise."""
    result, followed, stayed = dict(draft), [], []
    for name in _ATTRIBUTES:
        if old[name] == new[name] or draft[name] == new[name]:
            continue
        if draft[name] == old[name]:
            result[name] = new[name]
            followed.append(_attribute(name))
        else:
            stayed.append(_attribute(name))
    if followed:
        said.append(_("Câu hỏi “%(question)s”: theo nhóm về %(what)s.") % _words(draft, followed))
    if stayed:
        said.append(_("Câu hỏi “%(question)s”: giữ cách riêng của bản nháp về %(what)s.") % _words(draft, stayed))
    if draft["fields"] or new["fields"]:
        inner = merge(
            title="", draft=draft["fields"], old_title="", old=old["fields"], new_title="", new=new["fields"]
        )  # fmt: skip
        result["fields"] = inner.fields
        said += [f"“{draft['label']}”: {sentence}" for sentence in inner.said]
    return result


def _words(question: dict, names: list[str]) -> dict[str, str]:
    return {"question": question["label"], "what": ", ".join(names)}


def _attribute(name: str) -> str:
    return str(FormField._meta.get_field(name).verbose_name)

"""The catalogue's files: read them, expand what they share, and say everything that is wrong with them.

`read(directory)` turns `catalogue/<city>/` into specs. Its format is described in docs/catalogue.md.
"""

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from procedures import safe_yaml
from procedures.checking import errors_in
from procedures.expressions import parse, parse_formula
from procedures.spec import Spec

_TOP = {
    "code", "name", "short_name", "short_name_en", "summary", "field_of_law", "ministry", "audience", "unit_kind",
    "any_branch", "channels", "returns", "result", "legal_basis", "time", "process", "routing_field", "life_events",
    "popularity", "fees", "form", "documents", "assumed", "supplement_days", "after_supplement", "payment_days",
    "weight", "national_non_territorial", "keywords", "english",
}  # fmt: skip


@dataclass
class Entry:
    """One file: the spec, and what belongs to the procedure rather than to a version of it."""

    spec: Spec
    life_events: tuple[str, ...] = ()
    popularity: int = 0
    keywords: str = ""
    national_non_territorial: bool | None = None


@dataclass
class Catalogue:
    groups: dict[str, Any] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read(directory: Path) -> Catalogue:
    """Read every procedure file under `directory`. `problems` names each mistake; a bad file gives no entry."""
    groups = _load(directory / "groups.yaml")
    families = _load(directory / "families.yaml")
    english = _load(directory / "english.yaml") if (directory / "english.yaml").exists() else {}
    catalogue = Catalogue(groups=groups)
    for path in sorted((directory / "procedures").glob("*.yaml")):
        try:
            entry = read_entry(_load(path), groups, families, english)
            found = list(errors_in(entry.spec))
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            catalogue.problems.append(f"{path.name}: {type(error).__name__}: {error}")
            continue
        if path.stem != entry.spec.code:
            found.append(f"mã {entry.spec.code} khác tên tệp")
        catalogue.problems += [f"{path.name}: {problem}" for problem in found]
        if not found:
            catalogue.entries.append(entry)
    return catalogue


@cache
def shared(name: str) -> dict[str, Any]:
    """A file that the procedures of this city share (families.yaml, english.yaml), read once a process; {} for none."""
    path = settings.CATALOGUE_DIR / name
    return (_load(path) or {}) if path.exists() else {}


def city_families() -> dict[str, dict[str, Any]]:
    """The families of processes by key: name, steps, moves, immediate."""
    return shared("families.yaml")


def _load(path: Path) -> dict[str, Any]:
    return safe_yaml.read(path.read_bytes()).data


def read_entry(
    data: dict[str, Any], groups: dict[str, Any], families: dict[str, Any], english: dict[str, str] | None = None
) -> Entry:
    """Expand one file. Raises TypeError/KeyError/ValueError on what cannot be understood.

    `english` is what several files share; the file's own `english` goes before it.
    """
    unknown = set(data) - _TOP
    if unknown:
        raise TypeError(f"không biết khóa {', '.join(sorted(unknown))}")
    process = data["process"]
    family = families[process["family"]]
    plain = {k: data[k] for k in _TOP & set(data) - {
        "time", "process", "form", "life_events", "popularity", "national_non_territorial", "keywords"}}  # fmt: skip
    plain |= {
        "code": str(data["code"]),
        "family": process["family"],
        "immediate": process.get("immediate", family.get("immediate", False)),
        "time_amount": data["time"]["amount"],
        "time_unit": data["time"]["unit"],
        "sections": [_section(part, groups) for part in data["form"]],
        "documents": data.get("documents", []),
        "fees": data.get("fees", []),
        "steps": _steps(process, family),
        "moves": _moves(process, family),
    }
    spec = Spec.from_dict(_parsed(plain))
    own = data.get("english", {})
    known = {**(english or {}), **own}
    return Entry(
        spec=replace(spec, english={text: known[text] for text in spec.texts() if text in known} | own),
        life_events=tuple(data.get("life_events", ())),
        popularity=data.get("popularity", 0),
        keywords=data.get("keywords", ""),
        national_non_territorial=data.get("national_non_territorial"),
    )


def fields_of(group: dict[str, Any]) -> list[dict[str, Any]]:
    """A shared group's questions as plain data, without prefix, conditions as trees."""
    return _parsed(group["fields"])


def _parsed(thing: Any) -> Any:
    """Plain data with every condition and formula that was written as text turned into its tree."""
    if isinstance(thing, list):
        return [_parsed(item) for item in thing]
    if not isinstance(thing, dict):
        return thing
    parsed = {key: value if key in _TREES or key in _VERBATIM else _parsed(value) for key, value in thing.items()}
    for key, read_text in _TREES.items():
        if isinstance(thing.get(key), str):
            parsed[key] = read_text(thing[key])
    return parsed


_TREES = {"condition": parse, "formula": parse_formula}
_VERBATIM = ("example", "english", "options")  # a question may be called "condition": its example is no condition


def _section(part: dict[str, Any], groups: dict[str, Any]) -> dict[str, Any]:
    if "use" not in part:
        return part
    unknown = set(part) - {"use", "as", "title", "hint", "only", "without", "optional", "when", "labels", "more"}
    if unknown:
        raise TypeError(f"nhóm {part['use']}: không biết khóa {', '.join(sorted(unknown))}")
    group = groups[part["use"]]
    prefix = part.get("as", group["prefix"])
    wanted = part.get("only") or [f["key"] for f in group["fields"]]
    named = {*wanted, *part.get("without", ()), *part.get("optional", ()), *part.get("labels", {})}
    strangers = named - {f["key"] for f in group["fields"]}
    if strangers:
        raise KeyError(f"nhóm {part['use']} không có {', '.join(sorted(strangers))}")
    fields = []
    for item in group["fields"]:
        if item["key"] not in wanted or item["key"] in part.get("without", ()):
            continue
        one = {**item, "key": f"{prefix}_{item['key']}"}
        if item["key"] in part.get("optional", ()):
            one["required"] = False
        if item["key"] in part.get("labels", {}):
            one["label"] = part["labels"][item["key"]]
        if "as" in part and part["use"] == "applicant":
            one.pop("source", None)
        fields.append(one)
    fields = _parsed(fields + part.get("more", []))
    when = parse(part["when"]) if isinstance(part.get("when"), str) else part.get("when")
    if when:
        fields = [{**f, "condition": {"all": [when, f["condition"]]} if f.get("condition") else when} for f in fields]
    return {
        "key": prefix,
        "title": part.get("title", group["title"]),
        "hint": part.get("hint", ""),
        "fields": fields,
        "group": part["use"],
        "group_version": group.get("version", 1),
    }


def _steps(process: dict[str, Any], family: dict[str, Any]) -> list[dict[str, Any]]:
    """The family's steps with this procedure's names, shares and items over them; `add_steps` go in after `after`.

    A list of `steps` is the whole process by itself, as an export writes it.
    """
    if isinstance(process.get("steps"), list):
        return process["steps"]
    changes = process.get("steps", {})
    strangers = set(changes) - {s["key"] for s in family["steps"]}
    if strangers:
        raise KeyError(f"quy trình không có bước {', '.join(sorted(strangers))}")
    steps = [{**step, **changes.get(step["key"], {})} for step in family["steps"]]
    for extra in process.get("add_steps", []):
        extra = dict(extra)
        at = [s["key"] for s in steps].index(extra.pop("after"))
        steps.insert(at + 1, extra)
    return steps


def _moves(process: dict[str, Any], family: dict[str, Any]) -> list[dict[str, Any]]:
    """The family's moves changed by `moves` (a table by "key@source"; null removes one) and followed by `add_moves`.

    A list of `moves` is the whole process by itself.
    """
    if isinstance(process.get("moves"), list):
        return process["moves"]
    changes = process.get("moves", {})
    moves = []
    for move in family["moves"]:
        name = f"{move['key']}@{move['source']}"
        if name in changes and changes[name] is None:
            continue
        moves.append({**move, **changes.get(name, {})})
    strangers = set(changes) - {f"{m['key']}@{m['source']}" for m in family["moves"]}
    if strangers:
        raise KeyError(f"quy trình không có chuyển bước {', '.join(sorted(strangers))}")
    return moves + process.get("add_moves", [])

"""A procedure as a file, and the file as a procedure: exact both ways, and the same format as `catalogue/<city>/`.

`dump` writes one file; `read` takes one from anybody and says what is wrong with it, with the line. The file says all
that a version is: conditions and formulas as text where the text gives the same tree back, defaults left out.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import yaml
from django.utils.translation import gettext as _

from procedures import catalogue, exchange_schema, safe_yaml
from procedures.catalogue import Entry, city_families
from procedures.conditions import problems
from procedures.expressions import ExpressionError, parse, parse_formula, text_of
from procedures.models import FieldGroupVersion, Procedure
from procedures.spec import Field, Spec
from procedures.versions import read as read_version

HEAD = (
    "code", "name", "short_name", "short_name_en", "summary", "field_of_law", "ministry", "audience", "unit_kind",
    "any_branch", "national_non_territorial", "channels", "returns", "result", "legal_basis", "time", "routing_field",
    "life_events", "popularity", "keywords", "supplement_days", "after_supplement", "payment_days", "weight", "assumed",
)  # fmt: skip
_VERBATIM = ("example", "english", "options", "labels")  # names in there are not the format's
_LAST = ("fields", "items", "rows", "exemptions")
_TREES = {"condition": parse, "formula": parse_formula}
_LIKE_A_NUMBER = re.compile(r"[-+.]?\d[\d.,:_/eE+-]*")  # quoted, whatever a reader of YAML may take for a number
_SHORT = 110  # a map or list that fits is written in one line
_WIDTH = 120


@dataclass(frozen=True)
class Problem:
    """What is wrong with a file: where (line 0: the whole file), as a sentence."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.file}, " + _("dòng %(line)d") % {"line": self.line} if self.line else self.file
        return f"{where}: {self.message}" if where else self.message


class ExchangeError(ValueError):
    def __init__(self, problems: list[Problem]):
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


# --- out ----------------------------------------------------------------------------------------------------------
def dump(spec: Spec, entry: Entry | None = None) -> str:
    """The version as a file, with what `entry` says of the procedure; the same bytes for the same content."""
    return to_yaml(as_data(spec, entry))


def entry_of(procedure: Procedure, spec: Spec) -> Entry:
    """What a file says of the procedure besides one of its versions. Reads its life events."""
    return Entry(
        spec=spec,
        life_events=tuple(event.key for event in procedure.life_events.all()),
        popularity=procedure.popularity,
        keywords=procedure.keywords,
        national_non_territorial=procedure.national_non_territorial,
    )


def as_data(spec: Spec, entry: Entry | None = None) -> dict[str, Any]:
    """The file's plain data, in its fixed order."""
    brief = _written(spec.as_brief())
    brief["time"] = {"amount": brief.pop("time_amount"), "unit": brief.pop("time_unit")}
    if entry is not None:
        brief |= _beside(entry)
    data = {name: brief[name] for name in HEAD if name in brief}
    data["form"] = brief["sections"]
    data |= {name: brief[name] for name in ("documents", "fees") if brief[name]}
    data["process"] = {"family": spec.family, "immediate": spec.immediate}
    data["process"] |= {"steps": brief["steps"], "moves": brief["moves"]}
    if spec.english:
        data["english"] = {text: spec.english[text] for text in _in_order(spec)}
    return data


def _beside(entry: Entry) -> dict[str, Any]:
    """What belongs to the procedure rather than to a version of it, where there is something to say."""
    said = {"life_events": sorted(entry.life_events), "popularity": entry.popularity, "keywords": entry.keywords}
    said = {name: value for name, value in said.items() if value}
    if entry.national_non_territorial is not None:
        said["national_non_territorial"] = entry.national_non_territorial
    return said


def _in_order(spec: Spec) -> list[str]:
    """Translated texts in the order of the form, then those of texts that are no longer there."""
    texts = [text for text in spec.texts() if text in spec.english]
    return texts + sorted(set(spec.english) - set(texts))


def _written(thing: Any) -> Any:
    """Brief data with each condition and formula as text, unless only the tree is exact; what is long comes last."""
    if isinstance(thing, Mapping):
        keys = sorted(thing, key=_LAST.__contains__)
        return {key: _tree(key, thing[key]) if key in _TREES else _inside(key, thing[key]) for key in keys}
    return [_written(item) for item in thing] if isinstance(thing, list) else thing


def _inside(key: str, value: Any) -> Any:
    return _sorted(value) if key in (*_VERBATIM, "minimum", "maximum") else _written(value)


def _sorted(value: Any) -> Any:
    """A value in one order, whatever order the database keeps its maps in."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _tree(kind: str, tree: Any) -> Any:
    try:
        text = text_of(tree)
        exact = json.dumps(_TREES[kind](text), sort_keys=True) == json.dumps(tree, sort_keys=True)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):  # a draft's unsound tree
        return _sorted(tree)
    return text if exact else _sorted(tree)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):
    def ignore_aliases(self, data) -> bool:
        return True


def _map(dumper, data):
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=_is_short(data))


def _list(dumper, data):
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=_is_short(data))


def _text(dumper, text):
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    """Long text folded, text of several lines as it stands, digits quoted; else as YAML needs it."""
    if _LIKE_A_NUMBER.fullmatch(text):
        return "'"
    lines = text.split("\n")
    if not all(line.isprintable() and line == line.strip() and "  " not in line for line in lines):
        return None
    if len(lines) > 1:
        return "|" if lines[0] and lines[-1] else None
    return ">" if len(text) > _WIDTH - 20 else None


def _is_short(data: Any) -> bool:
    return len(json.dumps(data, ensure_ascii=False)) <= _SHORT


for kind, represent in ((dict, _map), (list, _list), (str, _text)):
    _Dumper.add_representer(kind, represent)


def to_yaml(data: Any) -> str:
    """Readable YAML: keys in the order given, Vietnamese as it is, long text folded, what is short in one line."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH, default_flow_style=False)


# --- in -----------------------------------------------------------------------------------------------------------
def read(text: str | bytes, *, file: str = "", shared: "Shared | None" = None) -> Entry:
    """What one file says. Raises ExchangeError with every problem that keeps it from being stored as a draft."""
    document = document_of(text, file)
    shared = shared or Shared.stored()
    found = [
        Problem(file, document.line_of(path), message) for path, message in exchange_schema.mistakes(document.data)
    ]
    found = found or [
        Problem(file, document.line_of(path), message) for path, message in _bad_expressions(document.data, ())
    ]
    if found:
        raise ExchangeError(found)
    try:
        entry = catalogue.read_entry(document.data, shared.groups, shared.families, shared.english)
    except KeyError as error:
        unknown = str(error.args[0]) if error.args else ""
        raise ExchangeError([Problem(file, 0, _("Không có “%(name)s”.") % {"name": unknown[:200]})]) from None
    except (TypeError, ValueError, AttributeError) as error:
        raise ExchangeError([Problem(file, 0, str(error))]) from None
    if found := [Problem(file, 0, message) for message in twice(entry.spec)]:
        raise ExchangeError(found)
    return entry


def _bad_expressions(thing: Any, path: tuple) -> Iterator[tuple[tuple, str]]:
    """Where a condition or a formula of a file is none, and why."""
    if isinstance(thing, list):
        for at, item in enumerate(thing):
            yield from _bad_expressions(item, (*path, at))
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            here = (*path, key)
            if key in ("condition", "formula", "when"):
                yield from ((here, message) for message in _problems(value, formula=key == "formula"))
            elif key not in _VERBATIM:
                yield from _bad_expressions(value, here)


def _problems(expression: Any, *, formula: bool) -> Iterator[str]:
    if not isinstance(expression, str):
        yield from problems(expression, formula=formula) if expression != {} else ()
        return
    try:
        (parse_formula if formula else parse)(expression)
    except ExpressionError as error:
        yield error.message


def document_of(text: str | bytes, file: str = "") -> safe_yaml.Document:
    """The file's data with its lines. Raises ExchangeError."""
    try:
        return safe_yaml.read(text)
    except safe_yaml.UnsafeYaml as error:
        raise ExchangeError([Problem(file, error.line, error.message)]) from None


@dataclass
class Shared:
    """What files may lean on: shared groups, families of processes, English that several files share."""

    groups: dict[str, Any]
    families: dict[str, Any]
    english: dict[str, str]

    @classmethod
    def stored(cls) -> "Shared":
        """The groups of this database and the families of this city."""
        return cls(groups=stored_groups(), families=city_families(), english={})


def stored_groups() -> dict[str, Any]:
    """The newest version of each shared group, as groups.yaml says it."""
    newest = FieldGroupVersion.objects.order_by("group_id", "-number").distinct("group_id")
    return {
        one.group_id: {"title": one.title, "prefix": one.prefix, "version": one.number, "fields": _brief(one.fields)}
        for one in newest
    }


def _brief(questions: list[dict]) -> list[dict]:
    """Questions as they were given, their attributes in the order of the format."""
    names = [f.name for f in fields(Field)]
    said = [{name: one[name] for name in names if name in one} for one in questions]
    return [_written(one | ({"fields": _brief(one["fields"])} if one.get("fields") else {})) for one in said]


def twice(spec: Spec) -> Iterator[str]:
    """Keys that the tables keep apart, given to two parts."""
    yield from _same(_("phần"), [s.key for s in spec.sections])
    for where, questions in _sets_of_fields(spec):
        yield from _same(where, [f.key for f in questions])
    yield from _same(_("giấy tờ"), [d.key for d in spec.documents])
    yield from _same(_("khoản thu"), [f.key for f in spec.fees])
    for fee in spec.fees:
        yield from _same(_("miễn, giảm của %(key)s") % {"key": fee.key}, [e.key for e in fee.exemptions])
    yield from _same(_("bước"), [s.key for s in spec.steps])
    for step in spec.steps:
        yield from _same(_("việc của bước %(key)s") % {"key": step.key}, [i.key for i in step.items])
    yield from _same(_("chuyển bước"), [f"{m.key}@{m.source}" for m in spec.moves])


def _sets_of_fields(spec: Spec) -> Iterator[tuple[str, tuple[Field, ...]]]:
    everything = tuple(spec_field for section in spec.sections for spec_field in section.fields)
    yield _("câu hỏi"), everything
    for one in everything:
        yield _("câu hỏi trong %(key)s") % {"key": one.key}, one.fields
        if any(child.fields for child in one.fields):
            yield _("nhóm lặp %(key)s chứa một nhóm lặp khác") % {"key": one.key}, (one, one)


def _same(what: str, keys: list[str]) -> Iterator[str]:
    for key in dict.fromkeys(k for k in keys if keys.count(k) > 1):
        yield _("Hai %(what)s cùng khóa “%(key)s”.") % {"what": what, "key": key}


def spec_to_export(procedure: Procedure) -> Spec | None:
    """The version in force; of a procedure that never had one, its newest draft."""
    version = procedure.published_id
    if version is None:
        version = procedure.versions.order_by("-number").values_list("pk", flat=True).first()
    return read_version(version) if version else None

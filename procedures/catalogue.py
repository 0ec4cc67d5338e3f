"""The catalogue's files: read them, expand what they share, and say everything that is wrong with them.

`read(directory)` turns `catalogue/<city>/` into specs. Its format is described in docs/catalogue.md.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from procedures import conditions
from procedures.expressions import parse, parse_formula
from procedures.spec import EFFECTS, FIELD_KINDS, PRODUCES, ROLES, TIME_UNITS, UNIT_KINDS, Spec

_KEY = re.compile(r"^[a-z][a-z0-9_]{0,59}$")
# A move is called by its key, as the acts of every dossier are by theirs (a test holds this against dossiers.act_list).
RESERVED_KEYS = frozenset({
    "receive", "hand_over", "ask_supplement", "ask_payment", "refuse", "settle_payment", "return_result", "finish_item",
    "reassign", "repromise", "forward", "stop", "give_supplement", "correct", "withdraw", "rate", "note",
})  # fmt: skip
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
            found = list(check(entry.spec))
        except (TypeError, KeyError, ValueError, AttributeError, yaml.YAMLError) as error:
            catalogue.problems.append(f"{path.name}: {type(error).__name__}: {error}")
            continue
        if path.stem != entry.spec.code:
            found.append(f"mã {entry.spec.code} khác tên tệp")
        catalogue.problems += [f"{path.name}: {problem}" for problem in found]
        if not found:
            catalogue.entries.append(entry)
    return catalogue


def _load(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as file:
        return yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


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


# --- checking -----------------------------------------------------------------------------------------------------
def check(spec: Spec) -> Iterator[str]:
    """Everything that is wrong with one spec, in words."""
    yield from _check_head(spec)
    yield from _check_form(spec)
    yield from _check_documents_and_fees(spec)
    yield from _check_process(spec)


def _check_head(spec: Spec) -> Iterator[str]:
    if not re.fullmatch(r"\d\.\d{6}", spec.code):
        yield f"mã {spec.code!r} không đúng dạng 1.234567"
    if len(spec.short_name) > 110:
        yield f"tên ngắn dài {len(spec.short_name)} ký tự, tối đa 110"
    for name in ("short_name_en", "summary", "result"):
        if not getattr(spec, name):
            yield f"thiếu {name}"
    if len(spec.summary.split()) > 60:
        yield f"tóm tắt dài {len(spec.summary.split())} từ, tối đa 60"
    if spec.time_unit not in TIME_UNITS or not isinstance(spec.time_amount, int) or spec.time_amount < 0:
        yield "thời hạn không hợp lệ"
    if spec.unit_kind not in UNIT_KINDS:
        yield f"không biết cơ quan {spec.unit_kind}"
    if spec.audience not in ("citizen", "business", "both"):
        yield f"không biết đối tượng {spec.audience}"
    if spec.after_supplement not in ("restart", "resume"):
        yield f"after_supplement là restart hoặc resume, không phải {spec.after_supplement}"
    if not set(spec.channels) <= {"online", "counter"} or not set(spec.returns) <= {"counter", "online", "post"}:
        yield "channels hoặc returns không hợp lệ"
    routing = spec.fields.get(spec.routing_field)
    if routing is None or routing.kind != "ward" or not routing.required or routing.condition:
        yield f"routing_field {spec.routing_field!r} phải là một câu hỏi phường/xã luôn bắt buộc"


def _check_form(spec: Spec) -> Iterator[str]:
    seen: set[str] = set()
    sections: set[str] = set()
    for section in spec.sections:
        if section.key in sections or not _KEY.match(section.key):
            yield f"phần {section.key!r} trùng hoặc sai dạng"
        sections.add(section.key)
        if not section.fields:
            yield f"phần {section.key} trống"
        for f in section.fields:
            if f.key in seen or not _KEY.match(f.key):
                yield f"câu hỏi {f.key!r} trùng hoặc sai dạng"
            yield from _check_field(f)
            yield from _check_condition(f.condition, seen, spec, f"câu hỏi {f.key}")
            seen.add(f.key)
    for key in ("applicant_name", "applicant_phone"):
        if key not in seen:
            yield f"thiếu câu hỏi {key} (use: applicant)"


def _check_field(f) -> Iterator[str]:
    if f.kind not in FIELD_KINDS:
        yield f"câu hỏi {f.key}: không biết kiểu {f.kind}"
    if f.example is None:
        yield f"câu hỏi {f.key}: thiếu ví dụ"
    if (f.kind in ("choice", "many")) != bool(f.options):
        yield f"câu hỏi {f.key}: kiểu {f.kind} và options không khớp"
    if f.kind == "choice" and f.options and f.example not in [v for v, _ in f.options]:
        yield f"câu hỏi {f.key}: ví dụ không nằm trong lựa chọn"
    if f.kind == "many" and not (isinstance(f.example, list) and set(f.example) <= {v for v, _ in f.options}):
        yield f"câu hỏi {f.key}: ví dụ phải là danh sách lựa chọn"
    if f.kind == "date":
        date.fromisoformat(f.example)
        for bound in (f.minimum, f.maximum):
            if bound not in (None, "today"):
                date.fromisoformat(bound)
    if f.pattern and not re.fullmatch(f.pattern, str(f.example)):
        yield f"câu hỏi {f.key}: ví dụ không khớp mẫu"
    if f.privacy not in ("none", "personal", "sensitive"):
        yield f"câu hỏi {f.key}: privacy {f.privacy}"


def _check_condition(condition, seen: set[str], spec: Spec, where: str) -> Iterator[str]:
    bad = list(conditions.problems(condition))
    yield from (f"{where}: {problem}" for problem in bad)
    if not bad:
        for name in conditions.fields_of(condition):
            if name not in seen:
                yield f"{where}: điều kiện nhắc đến {name!r}, chưa hỏi trước đó"
            elif spec.fields[name].kind not in ("choice", "many", "yes_no"):
                yield f"{where}: điều kiện chỉ dựa trên câu hỏi lựa chọn hoặc có/không, {name} thì không phải"


def _check_documents_and_fees(spec: Spec) -> Iterator[str]:
    everything = set(spec.fields)
    keys: set[str] = set()
    for document in spec.documents:
        if document.key in keys or not _KEY.match(document.key):
            yield f"giấy tờ {document.key!r} trùng hoặc sai dạng"
        keys.add(document.key)
        if len(document.name) > 90:
            yield f"giấy tờ {document.key}: tên ngắn dài {len(document.name)} ký tự, tối đa 90"
        if document.condition and not document.condition_text:
            yield f"giấy tờ {document.key}: có điều kiện thì cần condition_text"
        yield from _check_condition(document.condition, everything, spec, f"giấy tờ {document.key}")
    if not spec.documents:
        yield "không có giấy tờ nào"
    for fee in spec.fees:
        if fee.per not in ("dossier", "copy", "page") or fee.channel not in ("any", "online", "counter"):
            yield f"phí {fee.key}: per hoặc channel không hợp lệ"
        if (fee.per != "dossier") != bool(fee.count_field):
            yield f"phí {fee.key}: tính theo {fee.per} cần count_field"
        if fee.count_field and getattr(spec.fields.get(fee.count_field), "kind", "") != "number":
            yield f"phí {fee.key}: count_field phải là câu hỏi kiểu number"
        if not isinstance(fee.amount, int) or fee.amount < 0:
            yield f"phí {fee.key}: số tiền phải là số nguyên không âm"
        yield from _check_condition(fee.condition, everything, spec, f"phí {fee.key}")


def _check_process(spec: Spec) -> Iterator[str]:
    steps = spec.steps_by_key
    if len(steps) != len(spec.steps) or sum(s.end for s in spec.steps) != 1:
        yield "các bước phải khác khóa và có đúng một bước kết thúc"
    if sum(s.share for s in spec.steps) != 100:
        yield f"tổng phần thời gian các bước là {sum(s.share for s in spec.steps)} %, phải là 100 %"
    if len(spec.moves_from("")) != 1:
        yield "cần đúng một chuyển bước vào quy trình"
    for step in spec.steps:
        if step.role not in ROLES or step.produces not in PRODUCES:
            yield f"bước {step.key}: role hoặc produces không hợp lệ"
        if not step.end and not any(m.primary for m in spec.moves_from(step.key)):
            yield f"bước {step.key}: không có đường đi tiếp (primary)"
        for item in step.items:
            if (
                item.unit_kind not in UNIT_KINDS
                or item.kind not in ("opinion", "linked")
                or item.unit not in TIME_UNITS
            ):
                yield f"bước {step.key}, việc {item.key}: kind, unit_kind hoặc unit không hợp lệ"
            if item.after and item.after not in [i.key for i in step.items]:
                yield f"bước {step.key}, việc {item.key}: after {item.after} không có"
    seen = set()
    for move in spec.moves:
        if (move.key, move.source) in seen:
            yield f"chuyển bước {move.key}@{move.source} trùng"
        seen.add((move.key, move.source))
        if move.key in RESERVED_KEYS:
            yield f"chuyển bước {move.key}: khóa này là tên một việc có sẵn, hãy đặt khóa khác"
        if move.target not in steps or (move.source and move.source not in steps):
            yield f"chuyển bước {move.key}: bước không có"
            continue
        if move.source and move.role not in ROLES:
            yield f"chuyển bước {move.key}: role không hợp lệ"
        if not set(move.effects) <= set(EFFECTS):
            yield f"chuyển bước {move.key}: effects không hợp lệ"
        if steps[move.target].end != ("complete" in move.effects):
            yield f"chuyển bước {move.key}: vào bước kết thúc khi và chỉ khi hoàn tất"
    yield from _check_reachable(spec)
    if spec.family in ("consult", "linked") and not any(step.items for step in spec.steps):
        yield f"họ quy trình {spec.family} cần ít nhất một việc (items) cho cơ quan khác"


def _check_reachable(spec: Spec) -> Iterator[str]:
    forward = {s.key: {m.target for m in spec.moves_from(s.key)} for s in spec.steps}
    reached, todo = set(), {spec.first_move.target} if spec.moves_from("") else set()
    while todo:
        step = todo.pop()
        reached.add(step)
        todo |= forward.get(step, set()) - reached
    for step in spec.steps:
        if step.key not in reached:
            yield f"bước {step.key}: không tới được"

"""Files of the catalogue into drafts: first a plan that says in words what would change, then the same plan done.

A released version is never touched and nothing is published: what differs from the version in force becomes a draft,
a procedure that is not there yet becomes one without a version in force.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit.services import Actor, record, record_many
from procedures import exchange, exchange_schema, exporting, versions
from procedures.catalogue import Entry, fields_of
from procedures.checking import errors_in
from procedures.comparing import compare, in_words
from procedures.deciding import lock
from procedures.exchange import ExchangeError, Problem, Shared
from procedures.loading import field_of_law, save_head
from procedures.models import FieldGroup, FieldGroupVersion, LifeEvent, Procedure
from procedures.versions import read as read_version

SHARED = ("groups.yaml", "families.yaml", "english.yaml", "life-events.yaml")


@dataclass
class Change:
    """One thing that would be made: `kind` is new, draft, beside (what finds a procedure), group or event."""

    kind: str
    name: str
    words: str
    entry: Entry | None = None
    procedure: Procedure | None = None
    data: Any = None

    @property
    def title(self) -> str:
        """What a person calls the thing that changes."""
        return self.entry.spec.short_name if self.entry else _("Dùng chung")

    @property
    def warnings(self) -> list[str]:
        """What must be mended before the draft can be released."""
        return list(errors_in(self.entry.spec)) if self.kind in ("new", "draft") else []


@dataclass
class Plan:
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unchanged: int = 0

    @property
    def fingerprint(self) -> str:
        """Equal for the same plan: what was previewed is what is done."""
        said = [[c.kind, c.name, c.words, c.entry.spec.digest if c.entry else ""] for c in self.changes]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()

    def of_kind(self, *kinds: str) -> list[Change]:
        return [change for change in self.changes if change.kind in kinds]


def files_of(directory: Path) -> dict[str, bytes]:
    """The files of a catalogue's folder that say something of procedures, by their names in it."""
    paths = [directory / name for name in SHARED if (directory / name).is_file()]
    paths += sorted((directory / "procedures").glob("*.yaml"))
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}


# --- the plan -----------------------------------------------------------------------------------------------------
def plan(files: Mapping[str, bytes]) -> Plan:
    """What importing `files` would do. With `problems`, nothing of it may be done."""
    made = Plan()
    shared = _shared(files, made)
    if made.problems:
        return made
    entries: dict[str, tuple[str, Entry]] = {}
    for name in sorted(set(files) - set(SHARED)):
        try:
            entry = exchange.read(files[name], file=Path(name).name, shared=shared)
        except ExchangeError as error:
            made.problems += error.problems
            continue
        for message in _misplaced(name, entry, entries):
            made.problems.append(Problem(Path(name).name, 0, message))
        entries[entry.spec.code] = (Path(name).name, entry)
    _plan_entries(entries, made)
    return made


def _misplaced(name: str, entry: Entry, before: Mapping[str, Any]) -> Iterator[str]:
    code = entry.spec.code
    if name.startswith("procedures/") and Path(name).stem != code:
        yield _("tên tệp phải là mã thủ tục %(code)s.yaml") % {"code": code}
    if code in before:
        yield _("thủ tục %(code)s đã có trong tệp %(file)s") % {"code": code, "file": before[code][0]}


def _shared(files: Mapping[str, bytes], made: Plan) -> Shared:
    shared, given = Shared.stored(), {}
    for name in SHARED:
        if name in files:
            try:
                given[name] = exchange.document_of(files[name], name)
            except ExchangeError as error:
                made.problems += error.problems
    for name, document in given.items():
        for path, message in exchange_schema.shared_mistakes(name, document.data):
            made.problems.append(Problem(name, document.line_of(path), message))
    if not made.problems:
        data = {name: document.data for name, document in given.items()}
        _plan_groups(data.get("groups.yaml", {}), made)
        _plan_events(data.get("life-events.yaml", []), made)
        shared.groups |= data.get("groups.yaml", {})
        shared.families = shared.families | data.get("families.yaml", {})
        shared.english = data.get("english.yaml", {})
    return shared


def _plan_groups(groups: dict[str, Any], made: Plan) -> None:
    stored = {(v.group_id, v.number): (v.title, v.prefix, v.fields) for v in FieldGroupVersion.objects.all()}
    for key, data in groups.items():
        number = data.get("version", 1)
        try:
            said = (data["title"], data["prefix"], fields_of(data))
        except ValueError as error:
            made.problems.append(Problem("groups.yaml", 0, f"{key}: {error}"))
            continue
        if (key, number) not in stored:
            words = _("Nhóm câu hỏi dùng chung “%(title)s”, phiên bản %(number)d")
            words %= {"title": said[0], "number": number}
            made.changes.append(Change("group", key, words, data=(number, *said)))
        elif stored[key, number] != said:
            message = _("nhóm %(key)s đã đổi, hãy tăng version (đang là %(number)d)") % {"key": key, "number": number}
            made.problems.append(Problem("groups.yaml", 0, message))


def _plan_events(rows: list[dict[str, str]], made: Plan) -> None:
    stored = exporting.life_events()
    known = {row["key"] for row in rows}
    in_order = [row["key"] for row in stored if row["key"] in known] == [row["key"] for row in rows]
    for position, row in enumerate(rows):
        if row not in stored or not in_order:
            words = _("Sự kiện trong đời “%(name)s”") % {"name": row["name"]}
            made.changes.append(Change("event", row["key"], words, data=(position, row)))


def _plan_entries(entries: Mapping[str, tuple[str, Entry]], made: Plan) -> None:
    events = set(LifeEvent.objects.values_list("key", flat=True)) | {c.name for c in made.of_kind("event")}
    known = {
        p.code: p
        for p in Procedure.objects.filter(code__in=entries).prefetch_related("life_events", "versions__releases")
    }
    for code, (file, entry) in sorted(entries.items()):
        for key in sorted(set(entry.life_events) - events):
            made.problems.append(Problem(file, 0, _("không có sự kiện “%(key)s”") % {"key": key}))
        before = len(made.changes)
        made.changes += _changes(entry, known.get(code))
        made.unchanged += len(made.changes) == before


def _changes(entry: Entry, procedure: Procedure | None) -> Iterator[Change]:
    spec = entry.spec
    if procedure is None:
        words = _("Thủ tục mới “%(name)s”: tạo bản nháp, chưa tiếp nhận") % {"name": spec.short_name}
        yield Change("new", spec.code, words, entry)
        return
    if not _is_stored(procedure, spec.digest):
        yield Change("draft", spec.code, _draft_words(procedure, entry), entry, procedure)
    if said := "; ".join(_beside_words(entry, procedure)):
        yield Change("beside", spec.code, said, entry, procedure)


def _is_stored(procedure: Procedure, digest: str) -> bool:
    """Whether the version in force, or a draft, says exactly this already."""
    return any(
        v.digest == digest and (v.pk == procedure.published_id or not v.releases.all())
        for v in procedure.versions.all()
    )


def _draft_words(procedure: Procedure, entry: Entry) -> str:
    old = exchange.spec_to_export(procedure)
    if old is None:
        return _("Bản nháp đầu tiên")
    return in_words(compare(old, entry.spec)) or _("Khác ở phần không nhìn thấy")


def _beside_words(entry: Entry, procedure: Procedure) -> Iterator[str]:
    stored = exchange.entry_of(procedure, entry.spec)
    pairs = [
        (_("mức phổ biến"), stored.popularity, entry.popularity),
        (_("từ khóa"), stored.keywords, entry.keywords),
        (_("sự kiện"), ", ".join(sorted(stored.life_events)), ", ".join(sorted(entry.life_events))),
        (_("cờ phi địa giới quốc gia"), stored.national_non_territorial, entry.national_non_territorial),
    ]
    for name, old, new in pairs:
        if old != new:
            yield _("%(name)s: “%(old)s” thành “%(new)s”") % {"name": name, "old": _said(old), "new": _said(new)}


def _said(value: Any) -> str:
    if value is None:
        return _("không rõ")
    return str(value) if not isinstance(value, bool) else _("có") if value else _("không")


# --- doing it -----------------------------------------------------------------------------------------------------
@transaction.atomic
def apply(files: Mapping[str, bytes], *, by, actor: Actor, previewed: str = "") -> Plan:
    """Do what `plan(files)` says, all or nothing; recorded. Raises ExchangeError, and PlanChanged when the catalogue
    has moved since the plan with the fingerprint `previewed` was shown."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('load_catalogue'))")  # loads and imports wait in turn
    made = plan(files)
    if made.problems:
        raise ExchangeError(made.problems)
    if previewed and previewed != made.fingerprint:
        raise PlanChanged(made)
    for change in made.changes:
        _DO[change.kind](change, by)
    _record(made, actor)
    return made


class PlanChanged(Exception):
    """What importing would do is not what was previewed; `plan` is what it would do now."""

    def __init__(self, plan: Plan):
        super().__init__(_("Danh mục đã thay đổi sau khi xem trước."))
        self.plan = plan


def _do_group(change: Change, by) -> None:
    number, title, prefix, fields = change.data
    FieldGroup.objects.update_or_create(key=change.name, defaults={"title": title})
    FieldGroupVersion.objects.create(
        group_id=change.name, number=number, title=title, prefix=prefix, fields=fields, note=_note(), created_by=by
    )


def _do_event(change: Change, by) -> None:
    position, row = change.data
    LifeEvent.objects.update_or_create(key=change.name, defaults={**row, "position": position})


def _do_new(change: Change, by) -> None:
    spec = change.entry.spec
    change.procedure = save_head(Procedure(code=spec.code), spec, field_of_law(spec.field_of_law), change.entry)
    versions.write(spec, change.procedure, note=_note(), by=by)


def _do_draft(change: Change, by) -> None:
    procedure, spec = lock(change.procedure.pk), change.entry.spec
    versions.write(spec, procedure, note=f"{_note()}\n{change.words}", by=by, copied_from=procedure.published)
    if procedure.published_id is None:
        save_head(procedure, spec, field_of_law(spec.field_of_law))


def _do_beside(change: Change, by) -> None:
    procedure = lock(change.procedure.pk)
    spec = read_version(procedure.published_id) if procedure.published_id else change.entry.spec
    save_head(procedure, spec, field_of_law(spec.field_of_law), change.entry)


_DO = {"group": _do_group, "event": _do_event, "new": _do_new, "draft": _do_draft, "beside": _do_beside}


def _note() -> str:
    return _("Nhập từ tệp")


def _record(made: Plan, actor: Actor) -> None:
    record_many(
        {
            "chain": f"procedure:{c.procedure.pk}", "act": "import_procedure", "actor": actor,
            "subject_type": "procedure", "subject_id": c.procedure.pk,
            "after": {"kind": c.kind, "digest": c.entry.spec.digest}, "note": c.words[:2000],
        }
        for c in made.of_kind("new", "draft", "beside")
    )  # fmt: skip
    if made.changes:
        counts = {kind: len(made.of_kind(kind)) for kind in _DO}
        record(chain="catalogue", act="import_catalogue", actor=actor, after=counts)

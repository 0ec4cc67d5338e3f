"""Versions as rows and as specs: write one, read one whole, release one."""

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import JSONObject

from procedures import timetable
from procedures.models import (
    DocumentRequirement,
    FeeExemption,
    FeeRule,
    FormField,
    FormSection,
    Move,
    Procedure,
    ProcedureVersion,
    Release,
    Step,
    StepItem,
)
from procedures.spec import Spec
from worktime import now

HEAD = (
    "name", "short_name", "short_name_en", "summary", "field_of_law", "ministry", "audience", "unit_kind", "family",
    "time_amount", "time_unit", "routing_field", "any_branch", "immediate", "result", "supplement_days",
    "after_supplement", "payment_days", "weight", "legal_basis", "english",
)  # fmt: skip
LISTS = ("channels", "returns", "assumed")
SECTION = ("key", "title", "hint", "group", "group_version")
FIELD = (
    "key", "kind", "label", "hint", "example", "required", "options", "minimum", "maximum", "max_length", "pattern",
    "decimals", "condition", "formula", "source", "privacy", "seen_by",
)  # fmt: skip
DOCUMENT = ("key", "name", "full_name", "required", "condition", "condition_text", "originals", "copies", "assumed")
FEE = (
    "key", "label", "amount", "per", "count_field", "channel", "condition", "formula", "rows", "minimum", "maximum",
    "assumed",
)  # fmt: skip
EXEMPTION = ("key", "name", "condition", "percent", "ground", "proof")
STEP = ("key", "name", "role", "unit_kind", "share", "amount", "unit", "produces", "end", "public_name")
ITEM = ("key", "kind", "name", "unit_kind", "amount", "unit", "required", "after", "procedure", "result")
MOVE = ("key", "label", "source", "target", "role", "condition", "needs_reason", "effects", "primary")

# Released versions never change, so what was read of them is kept: by this process, and in the shared cache.
# Drafts are always read afresh, and so is a version whose release is not committed yet.
_kept: OrderedDict[int, Spec] = OrderedDict()
_KEPT_SIZE = 1000
_uncommitted: set[int] = set()
_lock = Lock()
_MONTH = 30 * 24 * 3600
BROKEN = (TypeError, ValueError, KeyError, AttributeError, IndexError, ArithmeticError, RecursionError)
_FORMAT = 1  # counted up when Spec changes its shape, so that an older program's entries are not read


def read(version_id: int) -> Spec:
    """The whole version as one immutable object, in one query at most. Raises ProcedureVersion.DoesNotExist.

    A draft in pieces, with data of a shape that no version has, raises one of BROKEN here or where it is followed.
    """
    spec = _kept.get(version_id)
    if spec is not None:
        return spec
    uncommitted = version_id in _uncommitted and connection.in_atomic_block  # what was rolled back is not for ever
    data = None if uncommitted else cache.get(cache_key(version_id))
    released = data is not None
    if data is None:
        data, released = _select(version_id)
        released = released and not uncommitted
        if released:
            cache.set(cache_key(version_id), data, _MONTH)
    spec = Spec.from_dict(data)
    if released:
        with _lock:
            _kept[version_id] = spec
            while len(_kept) > _KEPT_SIZE:
                _kept.popitem(last=False)
    return spec


def cache_key(version_id: int) -> str:
    """Two databases that share a cache (tests beside a portal, a copy beside the city's own) share no versions."""
    return f"spec:{_FORMAT}:{connection.settings_dict['NAME']}:{version_id}"


def forget(version_id: int) -> None:
    """Let this process read the version again; the shared cache keeps it."""
    with _lock:
        _kept.pop(version_id, None)


def _released(version_id: int) -> None:
    """From now on it may be kept."""
    cache.delete(cache_key(version_id))
    forget(version_id)
    _uncommitted.discard(version_id)


def _parts(model, names, *order, **also):
    rows = model.objects.filter(version=OuterRef("pk")).order_by(*order, "pk")
    return ArraySubquery(rows.values(json=JSONObject(**{name: name for name in names}, **also)))


def _select(version_id: int) -> tuple[dict[str, Any], bool]:
    version = (
        ProcedureVersion.objects.select_related("procedure")
        .annotate(
            released=Exists(Release.objects.filter(version=OuterRef("pk"))),
            all_sections=_parts(FormSection, SECTION, "position", id="pk"),
            all_fields=_parts(FormField, FIELD, "position", section="section_id", parent="parent"),
            all_documents=_parts(DocumentRequirement, DOCUMENT, "position"),
            all_fees=_parts(FeeRule, FEE, "position"),
            all_exemptions=_parts(FeeExemption, EXEMPTION, "position", fee="fee"),
            all_steps=_parts(Step, STEP, "position"),
            all_items=_parts(StepItem, ITEM, "position", step="step"),
            all_moves=_parts(Move, MOVE, "position"),
        )
        .get(pk=version_id)
    )
    return _assemble(version), version.released


def _assemble(version: ProcedureVersion) -> dict[str, Any]:
    """The rows of one version put together the way Spec.from_dict takes them."""
    return {
        "code": version.procedure.code,
        **{name: getattr(version, name) for name in (*HEAD, *LISTS)},
        "sections": [
            _only(s, SECTION) | {"fields": _fields(version.all_fields, s["id"], "")} for s in version.all_sections
        ],
        "documents": version.all_documents,
        "fees": [
            fee | {"exemptions": [_only(e, EXEMPTION) for e in version.all_exemptions if e["fee"] == fee["key"]]}
            for fee in version.all_fees
        ],
        "steps": [
            step | {"items": [_only(i, ITEM) for i in version.all_items if i["step"] == step["key"]]}
            for step in version.all_steps
        ],
        "moves": version.all_moves,
        "version_id": version.pk,
        "procedure_id": version.procedure_id,
        "number": version.number,
    }


def _fields(rows: list[dict], section: int, parent: str) -> list[dict]:
    found = []
    for row in rows:
        if row["section"] == section and row["parent"] == parent:
            children = _fields(rows, section, row["key"]) if not parent else []
            found.append(_only(row, FIELD) | {"fields": children})
    return found


def _only(row: dict, names) -> dict:
    return {name: row[name] for name in names}


@transaction.atomic
def write(
    spec: Spec, procedure: Procedure, *, note: str = "", by=None, copied_from: ProcedureVersion | None = None
) -> ProcedureVersion:
    """A new draft version of `procedure` with the content of `spec`."""
    Procedure.objects.select_for_update().get(pk=procedure.pk)  # two drafts made at once have two numbers
    last = procedure.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = ProcedureVersion.objects.create(
        procedure=procedure,
        number=last + 1,
        digest=spec.digest,
        note=note,
        editors=[by.pk] if by else [],
        copied_from=copied_from,
        **{name: getattr(spec, name) for name in HEAD},
        **{name: list(getattr(spec, name)) for name in LISTS},
    )
    cache.delete(cache_key(version.pk))  # a cache that outlived another database of this name may know the number
    fill(version, spec)
    return version


def fill(version: ProcedureVersion, spec: Spec) -> None:
    """Make the rows of every part of `spec` for a version that has none yet."""
    data = spec.as_dict()
    for at, part in enumerate(data["sections"]):
        section = FormSection.objects.create(version=version, position=at, **_only(part, SECTION))
        FormField.objects.bulk_create(field_rows(version, section, part["fields"]))
    fees, steps = data["fees"], data["steps"]
    for model, names, rows in (
        (DocumentRequirement, DOCUMENT, data["documents"]),
        (FeeRule, FEE, fees),
        (FeeExemption, (*EXEMPTION, "fee"), [e | {"fee": fee["key"]} for fee in fees for e in fee["exemptions"]]),
        (Step, STEP, steps),
        (StepItem, (*ITEM, "step"), [i | {"step": step["key"]} for step in steps for i in step["items"]]),
        (Move, MOVE, data["moves"]),
    ):
        model.objects.bulk_create(
            model(version=version, position=at, **_only(row, names)) for at, row in enumerate(rows)
        )


def field_rows(version: ProcedureVersion, section: FormSection, fields: list[dict], parent: str = ""):
    for at, field in enumerate(fields):
        yield FormField(version=version, section=section, parent=parent, position=at, **_only(field, FIELD))
        yield from field_rows(version, section, field["fields"], field["key"])


@transaction.atomic
def publish(
    version: ProcedureVersion, *, starts_at: datetime | None = None, by=None, reason: str = "", legal_ground: str = "",
    requested_by=None, changes: str = "",
) -> Release:  # fmt: skip
    """Release a version from `starts_at` (now). The one in force ends at that moment; dossiers keep theirs.

    With a moment to come, the present version stays in force until a clock makes the change (`timetable`).
    """
    at = now()
    starts_at = max(starts_at or at, at)
    procedure = Procedure.objects.select_for_update().get(pk=version.procedure_id)
    if not version.releases.exists():  # released for the first time: undone, its rows could change again
        _uncommitted.add(version.pk)
    transaction.on_commit(lambda: _released(version.pk))
    release = timetable.enter(
        procedure, version, starts_at, released_by=by, reason=reason, legal_ground=legal_ground,
        requested_by=requested_by, changes=changes,
    )  # fmt: skip
    if starts_at <= at:
        procedure.published = version
        procedure.save(update_fields=["published"])
    return release


def published_spec(code: str) -> Spec | None:
    """The spec in force of the procedure with this national code, or None.

    A scheduled change is seen once its clock has fired: seconds after its moment (`timetable`).
    """
    version_id = Procedure.objects.filter(code=code).values_list("published_id", flat=True).first()
    return read(version_id) if version_id else None

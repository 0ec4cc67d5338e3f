"""Versions as rows and as specs: write one, read one whole, release one."""

from collections import OrderedDict
from datetime import datetime
from threading import Lock

from django.db import transaction

from procedures.models import (
    DocumentRequirement,
    FeeRule,
    FormField,
    FormSection,
    Move,
    Procedure,
    ProcedureVersion,
    Release,
    Step,
)
from procedures.spec import Document, Fee, Field, Item, Section, Spec
from procedures.spec import Move as SpecMove
from procedures.spec import Step as SpecStep
from worktime import now

_HEAD = (
    "name", "short_name", "short_name_en", "summary", "field_of_law", "ministry", "audience", "unit_kind", "family",
    "time_amount", "time_unit", "routing_field", "any_branch", "immediate", "result", "supplement_days",
    "after_supplement", "payment_days", "weight", "legal_basis",
)  # fmt: skip
_LISTS = ("channels", "returns", "assumed")
_FIELD = (
    "key", "kind", "label", "hint", "example", "required", "minimum", "maximum", "max_length", "pattern", "decimals",
    "condition", "source", "privacy",
)  # fmt: skip
_DOCUMENT = ("key", "name", "full_name", "required", "condition", "condition_text", "originals", "copies", "assumed")
_FEE = ("key", "label", "amount", "per", "count_field", "channel", "condition", "assumed")
_STEP = ("key", "name", "role", "share", "produces", "end", "public_name")
_MOVE = ("key", "label", "source", "target", "role", "condition", "needs_reason", "primary")

# Released versions never change, so a process may keep what it has read. Drafts are always read afresh.
_cache: OrderedDict[int, Spec] = OrderedDict()
_CACHE_SIZE = 1000
_lock = Lock()


def read(version_id: int) -> Spec:
    """The whole version as one immutable object. Raises ProcedureVersion.DoesNotExist."""
    spec = _cache.get(version_id)
    if spec is not None:
        return spec
    released = Release.objects.filter(version_id=version_id).exists()  # asked first: from then on the rows stand still
    spec = _read(version_id)
    if released:
        with _lock:
            _cache[version_id] = spec
            while len(_cache) > _CACHE_SIZE:
                _cache.popitem(last=False)
    return spec


def _read(version_id: int) -> Spec:
    version = (
        ProcedureVersion.objects.select_related("procedure")
        .prefetch_related("sections", "form_fields", "documents", "fees", "steps", "moves")
        .get(pk=version_id)
    )
    rows = {name: _ordered(getattr(version, name)) for name in ("sections", "documents", "fees", "steps", "moves")}
    return Spec(
        code=version.procedure.code,
        **{name: getattr(version, name) for name in _HEAD},
        **{name: tuple(getattr(version, name)) for name in _LISTS},
        sections=tuple(_section(s, version) for s in rows["sections"]),
        documents=tuple(Document(**_take(d, _DOCUMENT)) for d in rows["documents"]),
        fees=tuple(Fee(**_take(f, _FEE)) for f in rows["fees"]),
        steps=tuple(SpecStep(**_take(s, _STEP), items=tuple(Item(**i) for i in s.items)) for s in rows["steps"]),
        moves=tuple(SpecMove(**_take(m, _MOVE), effects=tuple(m.effects)) for m in rows["moves"]),
        version_id=version.pk,
        procedure_id=version.procedure_id,
        number=version.number,
    )


def _ordered(manager):
    return sorted(manager.all(), key=lambda row: row.position)


def _take(row, names) -> dict:
    return {name: getattr(row, name) for name in names}


def _section(section: FormSection, version: ProcedureVersion) -> Section:
    rows = sorted((f for f in version.form_fields.all() if f.section_id == section.pk), key=lambda f: f.position)
    return Section(
        key=section.key,
        title=section.title,
        hint=section.hint,
        fields=tuple(Field(**_take(f, _FIELD), options=tuple((v, label) for v, label in f.options)) for f in rows),
    )


@transaction.atomic
def write(spec: Spec, procedure: Procedure, *, note: str = "") -> ProcedureVersion:
    """A new draft version of `procedure` with the content of `spec`."""
    last = procedure.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = ProcedureVersion.objects.create(
        procedure=procedure,
        number=last + 1,
        digest=spec.digest,
        note=note,
        **_take(spec, _HEAD),
        **{name: list(getattr(spec, name)) for name in _LISTS},
    )
    data = spec.as_dict()
    fields = []
    for at, part in enumerate(data["sections"]):
        section = FormSection.objects.create(
            version=version, position=at, key=part["key"], title=part["title"], hint=part["hint"]
        )
        fields += [
            FormField(version=version, section=section, position=i, options=f["options"], **{k: f[k] for k in _FIELD})
            for i, f in enumerate(part["fields"])
        ]
    FormField.objects.bulk_create(fields)
    for model, part, names in (
        (DocumentRequirement, "documents", _DOCUMENT),
        (FeeRule, "fees", _FEE),
        (Step, "steps", (*_STEP, "items")),
        (Move, "moves", (*_MOVE, "effects")),
    ):
        model.objects.bulk_create(
            model(version=version, position=at, **{k: row[k] for k in names}) for at, row in enumerate(data[part])
        )
    return version


@transaction.atomic
def publish(
    version: ProcedureVersion, *, starts_at: datetime | None = None, by=None, reason: str = "", legal_ground: str = ""
):
    """Release a version from `starts_at` (now). The one in force ends at that moment; dossiers keep theirs."""
    starts_at = starts_at or now()
    procedure = Procedure.objects.select_for_update().get(pk=version.procedure_id)
    Release.objects.filter(version__procedure=procedure).in_force(starts_at).update(ends_at=starts_at)
    release = Release.objects.create(
        version=version, starts_at=starts_at, released_by=by, reason=reason, legal_ground=legal_ground
    )
    procedure.published = version
    procedure.save(update_fields=["published"])
    return release


def published_spec(code: str) -> Spec | None:
    """The spec in force of the procedure with this national code, or None."""
    version_id = Procedure.objects.filter(code=code).values_list("published_id", flat=True).first()
    return read(version_id) if version_id else None

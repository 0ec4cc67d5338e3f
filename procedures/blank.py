"""A new procedure from a template, and a draft given a template's process: blank, or one of DOMAIN §6's families."""

from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.services import Actor, record
from procedures import drafts, groups, versions
from procedures.catalogue import city_families, shared
from procedures.loading import field_of_law, save_head
from procedures.models import FieldGroup, NationalEntry, Procedure, ProcedureVersion
from procedures.spec import Spec

BLANK = "blank"
APPLICANT = "applicant"  # every form begins with who files it


class BlankError(Exception):
    """The procedure cannot be made; `field` names the input it concerns, the message is for the admin."""

    def __init__(self, field: str, message: str):
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Head:
    """What an admin says of a new procedure; the rest has defaults and is changed in its draft."""

    code: str
    name: str
    short_name: str
    field_of_law: str
    audience: str
    unit_kind: str
    ministry: str = ""


# --- templates ----------------------------------------------------------------------------------------------------
def templates() -> list[tuple[str, str]]:
    """(key, name with the way through it) of every template, the blank one first."""
    names = {BLANK: _("Trống")} | {key: family["name"] for key, family in city_families().items()}
    return [(key, f"{name}: {' → '.join(s['name'] for s in process_of(key)['steps'])}") for key, name in names.items()]


def process_of(template: str) -> dict[str, Any]:
    """The template's family, steps and moves as plain data of a version. Raises KeyError for no template."""
    if template == BLANK:
        return {"family": "simple", "immediate": False, **_blank_process()}
    family = city_families()[template]
    return {
        "family": template, "immediate": family.get("immediate", False), "steps": family["steps"],
        "moves": family["moves"],
    }  # fmt: skip


def _blank_process() -> dict[str, Any]:
    return {
        "steps": [
            {"key": "work", "name": _("Giải quyết hồ sơ"), "role": "OFFICER", "share": 100,
             "public_name": _("Đang giải quyết")},
            {"key": "done", "name": _("Trả kết quả"), "role": "CLERK", "end": True,
             "public_name": _("Chờ trả kết quả")},
        ],
        "moves": [
            {"key": "start", "label": _("Bắt đầu"), "source": "", "target": "work"},
            {"key": "finish", "label": _("Giải quyết xong"), "source": "work", "target": "done", "role": "OFFICER",
             "effects": ["approve", "complete"], "primary": True},
        ],
    }  # fmt: skip


# --- a new procedure ----------------------------------------------------------------------------------------------
@transaction.atomic
def create_procedure(head: Head, *, template: str, by, actor: Actor) -> ProcedureVersion:
    """The procedure, unpublished, with a first draft: the applicant's questions and the template's process. Recorded.

    A field of law that the city does not have yet is made. Raises BlankError when the code is taken.
    """
    if Procedure.objects.filter(code=head.code).exists():
        raise _taken()
    field = field_of_law(head.field_of_law)
    spec = _first_spec(replace(head, field_of_law=field.name), template)
    try:
        with transaction.atomic():
            procedure = save_head(Procedure(code=head.code), spec, field)
    except IntegrityError:  # another admin was quicker
        raise _taken() from None
    version = versions.write(spec, procedure, note=_("Bản nháp đầu tiên"), by=by)
    record(
        chain=f"procedure:{procedure.pk}", act="new_procedure", actor=actor, subject_type="procedure",
        subject_id=procedure.pk, after={"code": head.code, "version": version.number, "template": template},
    )  # fmt: skip
    return version


def _taken() -> BlankError:
    return BlankError("code", _("Đã có thủ tục mang mã này."))


def _first_spec(head: Head, template: str) -> Spec:
    section = _applicant_section()
    data = {
        "code": head.code, "name": head.name, "short_name": head.short_name, "field_of_law": head.field_of_law,
        "ministry": head.ministry, "audience": head.audience, "unit_kind": head.unit_kind, "time_amount": 5,
        "time_unit": "WORKING_DAY", "sections": [section], "routing_field": f"{section['key']}_ward",
        **process_of(template),
    }  # fmt: skip
    return _with_english(Spec.from_dict(data))


def _applicant_section() -> dict[str, Any]:
    source = groups.latest(FieldGroup.objects.get(pk=APPLICANT))
    return {
        "key": source.prefix, "title": source.title, "fields": groups.questions_for(source, source.prefix),
        "group": APPLICANT, "group_version": source.number,
    }  # fmt: skip


def _with_english(spec: Spec) -> Spec:
    """What the city's catalogue already says in English is said so here too."""
    known = shared("english.yaml")
    return replace(spec, english={text: known[text] for text in spec.texts() if text in known} | spec.english)


def national(code: str) -> NationalEntry | None:
    """What the national catalogue says of this code: names to begin with."""
    return NationalEntry.objects.filter(code=code).first()


# --- another process for a draft ----------------------------------------------------------------------------------
def losses(version: ProcedureVersion) -> list[str]:
    """What a draft would lose by taking a template's process, in words."""
    lost = [_("Bước “%(name)s”") % {"name": step.name} for step in version.steps.order_by("position", "pk")]
    lost += [_("Việc cho cơ quan khác “%(name)s”") % {"name": item.name} for item in version.items.order_by("pk")]
    moves = version.moves.order_by("position", "pk")
    return lost + [_("Chuyển bước “%(name)s”") % {"name": move.label} for move in moves]


@transaction.atomic
def apply_template(version: ProcedureVersion, template: str, *, by, actor: Actor) -> None:
    """Put the template's steps and moves in place of the draft's own; the form and the rest stay. Recorded.

    Raises drafts.NotADraft, KeyError for no template.
    """
    version = drafts.locked(version.pk)
    lost, process = losses(version), process_of(template)
    for rows in (version.moves, version.items, version.steps):
        rows.all().delete()
    spec = _with_english(Spec.from_dict({**groups.EMPTY, **process}))
    version.family, version.immediate = spec.family, spec.immediate
    version.english = spec.english | version.english
    version.save(update_fields=["family", "immediate", "english"])
    versions.fill(version, spec)
    drafts.touched(version, by)
    record(
        chain=f"procedure:{version.procedure_id}", act="replace_process", actor=actor, subject_type="procedure",
        subject_id=version.procedure_id, after={"version": version.number, "template": template},
        note="\n".join(lost),
    )  # fmt: skip

"""Shared groups of questions: a new wording of one, the drafts that still have an older wording, and their update."""

import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from audit.services import Actor, record
from places.text import clean
from procedures import checking, conditions, drafts, versions
from procedures.merging import Merged, merge, prefixed, whole
from procedures.models import FieldGroup, FieldGroupVersion, FormField, FormSection, ProcedureVersion, Release
from procedures.spec import Spec

_PREFIX = re.compile(r"[a-z][a-z0-9_]{0,29}")


class GroupError(Exception):
    """The group or the draft cannot be changed so; `problems` are sentences for the admin."""

    def __init__(self, *problems: str):
        super().__init__("; ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Update:
    """What bringing a section to its group's newest version would do, in sentences, and to what."""

    section: FormSection
    to: FieldGroupVersion
    merged: Merged


def latest(group: FieldGroup) -> FieldGroupVersion | None:
    return group.versions.order_by("-number").first()


# --- a new wording ------------------------------------------------------------------------------------------------
@transaction.atomic
def new_version(
    group: FieldGroup, *, title: str, fields: list[dict[str, Any]], by, actor: Actor, note: str, prefix: str = ""
) -> FieldGroupVersion:
    """The next wording of the group; the ones before it stay as they are. Recorded. Raises GroupError.

    `fields` are questions as plain data, keys without prefix. No draft changes by this: see `drafts_using`.
    """
    FieldGroup.objects.select_for_update().get(pk=group.pk)
    last = latest(group)
    prefix = prefix or (last.prefix if last else group.pk)
    fields = [_brief(question) for question in fields]
    if problems := problems_of(title, prefix, fields):
        raise GroupError(*problems)
    if last and (last.title, last.prefix, [_brief(q) for q in last.fields]) == (title, prefix, fields):
        raise GroupError(_("Chưa có gì thay đổi so với phiên bản %(number)s.") % {"number": last.number})
    made = FieldGroupVersion.objects.create(
        group=group, number=last.number + 1 if last else 1, title=title, prefix=prefix, fields=fields, note=note,
        created_by=by,
    )  # fmt: skip
    FieldGroup.objects.filter(pk=group.pk).update(title=title)
    record(
        chain=f"field_group:{group.pk}", act="new_group_version", actor=actor, subject_type="field_group",
        after={"group": group.pk, "version": made.number}, note=note,
    )  # fmt: skip
    return made


def _brief(question: dict[str, Any]) -> dict[str, Any]:
    """A question without what has its default: short to keep, equal when it says the same."""
    blank, full = whole({"key": "", "kind": "", "label": ""}), whole(question)
    short = {name: value for name, value in full.items() if name in ("key", "kind", "label") or value != blank[name]}
    return short | ({"fields": [_brief(inner) for inner in full["fields"]]} if full["fields"] else {})


def problems_of(title: str, prefix: str, fields: list[dict[str, Any]]) -> list[str]:
    """What a form made of the group alone would be refused for, as sentences. Conditions may read the group only."""
    if not title or not _PREFIX.fullmatch(prefix):
        return [_("Nhóm cần tiêu đề và tiền tố gồm chữ thường không dấu, số và gạch dưới.")]
    section = {"key": prefix, "title": title, "fields": prefixed(fields, prefix, prefix)}
    spec = Spec.from_dict(EMPTY | {"sections": [section]})
    found = (p for p in checking.check(spec) if p.part == "form" and p.is_error and p.code != "no_applicant")
    return [problem.message for problem in found]


EMPTY = {  # a version that says nothing, as plain data
    "code": "", "name": "", "short_name": "", "field_of_law": "", "ministry": "", "audience": "", "unit_kind": "",
    "family": "", "time_amount": 0, "time_unit": "", "sections": [], "documents": [], "fees": [], "steps": [],
    "moves": [],
}  # fmt: skip


# --- drafts that use it -------------------------------------------------------------------------------------------
def sections_in_drafts() -> QuerySet[FormSection]:
    """Sections of drafts that were made from a group, each with `newest`, the number of the group's last version."""
    newest = FieldGroupVersion.objects.filter(group=OuterRef("group")).values("group").annotate(n=Max("number"))
    released = Exists(Release.objects.filter(version=OuterRef("version")))
    return (
        FormSection.objects.exclude(group="").annotate(newest=Subquery(newest.values("n"))).filter(~released)
    )  # fmt: skip


def drafts_using(group: FieldGroup) -> QuerySet[FormSection]:
    """The sections of drafts on an older version of the group, with their drafts, by the procedure's code."""
    behind = sections_in_drafts().filter(group=group.pk, group_version__lt=F("newest"))
    return behind.select_related("version__procedure").order_by("version__procedure__code", "version", "position")


def plan_update(section: FormSection) -> Update:
    """What `update_draft` would do to this section; nothing is changed. Raises GroupError."""
    kept = {v.number: v for v in FieldGroupVersion.objects.filter(group=section.group)}
    if not kept or section.group_version not in kept:
        raise GroupError(_("Không còn phiên bản cũ của nhóm để so sánh, hãy sửa phần này bằng tay."))
    old, new = kept[section.group_version], kept[max(kept)]
    spec = drafts.readable(section.version)
    if spec is None:
        raise GroupError(_("Bản nháp có ô dữ liệu chưa đúng dạng, hãy sửa ô đó trước."))
    mine = next(s for s in spec.as_dict()["sections"] if s["key"] == section.key)
    others = {key for s in spec.sections if s.key != section.key for key in (f.key for f in s.fields)}
    merged = merge(
        title=section.title, draft=mine["fields"], old_title=old.title, new_title=new.title,
        old=prefixed(old.fields, old.prefix, section.key), new=prefixed(new.fields, new.prefix, section.key),
        taken=others, needed=_needed(spec, section.key),
    )  # fmt: skip
    return Update(section, new, merged)


def _needed(spec: Spec, section: str) -> set[str]:
    """Questions that something outside the section reads: routing, counts of fees, conditions and formulas."""
    names = {spec.routing_field, *(fee.count_field for fee in spec.fees)}
    outside = [s for s in spec.sections if s.key != section]
    trees = [tree for s in outside for f in s.fields for g in (f, *f.fields) for tree in (g.condition, g.formula)]
    trees += [thing.condition for thing in (*spec.documents, *spec.fees, *spec.moves)]
    trees += [fee.formula for fee in spec.fees]
    trees += [part.condition for fee in spec.fees for part in (*fee.rows, *fee.exemptions)]
    return names | {name for tree in trees for name in _read_by(tree)}


def _read_by(tree: Any) -> set[str]:
    try:
        return set(conditions.fields_of(tree))
    except versions.BROKEN:  # a draft may hold what is no expression
        return set()


@transaction.atomic
def update_draft(section: FormSection, *, by, actor: Actor) -> list[str]:
    """Bring a draft's section to its group's newest version: what the draft changed itself stays, the rest follows.

    Returns what was done, in sentences. Recorded. Raises GroupError, drafts.NotADraft.
    """
    version = drafts.locked(section.version_id)
    section = FormSection.objects.get(pk=section.pk)
    update = plan_update(section)
    section.form_fields.all().delete()
    FormField.objects.bulk_create(versions.field_rows(version, section, update.merged.fields))
    section.title, section.group_version = update.merged.title, update.to.number
    section.save(update_fields=["title", "group_version"])
    drafts.touched(version, by)
    record(
        chain=f"procedure:{version.procedure_id}", act="update_shared_group", actor=actor, subject_type="procedure",
        subject_id=version.procedure_id,
        after={"version": version.number, "group": section.group, "group_version": update.to.number},
        note="\n".join(update.merged.said),
    )  # fmt: skip
    return update.merged.said


# --- a section from it --------------------------------------------------------------------------------------------
@transaction.atomic
def add_section(
    version: ProcedureVersion, group: FieldGroup, *, prefix: str = "", title: str = "", by, actor: Actor
) -> FormSection:
    """A new last section of a draft with the group's questions. Recorded. Raises GroupError, drafts.NotADraft.

    `prefix` is the section's key and stands before the keys of its questions, so that one group can be used twice.
    """
    version, source = drafts.locked(version.pk), latest(group)
    if source is None:
        raise GroupError(_("Nhóm này chưa có câu hỏi nào."))
    prefix, title = prefix or source.prefix, clean(title) or source.title
    questions = questions_for(source, prefix)
    if problems := _clashes(version, prefix, questions):
        raise GroupError(*problems)
    last = version.sections.aggregate(last=Max("position"))["last"]
    section = FormSection.objects.create(
        version=version, position=0 if last is None else last + 1, key=prefix, title=title, group=group.pk,
        group_version=source.number,
    )  # fmt: skip
    FormField.objects.bulk_create(versions.field_rows(version, section, questions))
    drafts.touched(version, by)
    record(
        chain=f"procedure:{version.procedure_id}", act="add_shared_group", actor=actor, subject_type="procedure",
        subject_id=version.procedure_id, after={"version": version.number, "group": group.pk, "section": prefix},
    )  # fmt: skip
    return section


def questions_for(source: FieldGroupVersion, prefix: str) -> list[dict[str, Any]]:
    """The group's questions under another prefix. Only the applicant's own are offered from the account."""
    questions = prefixed(source.fields, source.prefix, prefix)
    return questions if prefix == source.prefix else [question | {"source": ""} for question in questions]


def _clashes(version: ProcedureVersion, prefix: str, questions: list[dict[str, Any]]) -> list[str]:
    if not _PREFIX.fullmatch(prefix):
        return [_("Tiền tố gồm chữ thường không dấu, số và gạch dưới, bắt đầu bằng chữ, tối đa 30 ký tự.")]
    if version.sections.filter(key=prefix).exists():
        return [_("Tờ khai đã có phần mang khóa “%(key)s”, hãy chọn tiền tố khác.") % {"key": prefix}]
    keys = [question["key"] for question in questions]
    if too_long := [key for key in keys if len(key) > 60]:
        return [_("Tiền tố quá dài: khóa “%(key)s” vượt quá 60 ký tự.") % {"key": too_long[0]}]
    taken = version.form_fields.filter(parent="", key__in=keys).values_list("key", flat=True)
    if taken:
        return [_("Tờ khai đã có câu hỏi mang khóa %(keys)s.") % {"keys": ", ".join(sorted(taken))}]
    return []

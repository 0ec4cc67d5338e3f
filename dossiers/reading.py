"""Who among staff may read which answer (`Field.seen_by`). The applicant reads all of theirs."""

from collections.abc import Mapping
from typing import Any

from branches.selectors import duties_of
from dossiers.models import Dossier
from dossiers.models.dossier import owns
from dossiers.services.enclosing import file_answers
from procedures.parts import parts_of
from procedures.shown import readable
from procedures.spec import Field, Spec


def roles_for(dossier: Dossier, spec: Spec, user) -> set[str] | None:
    """The roles in which this person reads the dossier; None where nothing is kept from them."""
    if not any(_kept(f) for f in spec.fields.values()):
        return None
    if owns(dossier, user) or (dossier.is_scratch and dossier.created_by_id == user.pk):
        return None
    units = {dossier.unit_id, *(item.unit_id for item in dossier.items.all())}
    postings = duties_of(user).postings
    return {
        p.role for p in postings
        if (p.branch_id and p.branch_id == dossier.branch_id) or (p.unit_id and p.unit_id in units)
        or not (p.branch_id or p.unit_id)
    }  # fmt: skip


def _kept(field: Field) -> bool:
    return bool(field.seen_by) or any(_kept(part) for part in parts_of(field))


def answers_for(dossier: Dossier, spec: Spec, user) -> dict[str, Any]:
    """The answers that this person may read."""
    roles = roles_for(dossier, spec, user)
    return dossier.answers if roles is None else readable(spec.fields.values(), dossier.answers, roles)


def kept_files(dossier: Dossier, spec: Spec, user) -> set[str]:
    """The ids of files that are answers this person may not read."""
    roles = roles_for(dossier, spec, user)
    if roles is None:
        return set()
    fields = spec.fields.values()
    return _ids(fields, dossier.answers) - _ids(fields, readable(fields, dossier.answers, roles))


def _ids(fields, answers: Mapping[str, Any]) -> set[str]:
    return {pk for _path, _field, pk in file_answers(fields, answers)}

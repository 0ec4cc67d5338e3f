"""Who among staff may read which answer (`Field.seen_by`), and what of it is masked until they ask for it.

The applicant reads all of theirs, in full.
"""

from collections.abc import Mapping
from typing import Any

from branches.selectors import duties_of
from dossiers.models import Dossier
from dossiers.models.dossier import owns
from dossiers.services.enclosing import file_answers
from keys import masking
from procedures.masking import hidden_in, masked
from procedures.parts import parts_of
from procedures.shown import readable
from procedures.spec import Field, Spec


def roles_for(dossier: Dossier, spec: Spec, user) -> set[str] | None:
    """The roles in which this person reads the dossier; None where nothing is kept from them."""
    if not any(_kept(f) for f in spec.fields.values()):
        return None
    if reads_in_full(dossier, user):
        return None
    units = {dossier.unit_id, *(item.unit_id for item in dossier.items.all())}
    postings = duties_of(user).postings
    return {
        p.role for p in postings
        if (p.branch_id and p.branch_id == dossier.branch_id) or (p.unit_id and p.unit_id in units)
        or not (p.branch_id or p.unit_id)
    }  # fmt: skip


def reads_in_full(dossier: Dossier, user) -> bool:
    """The applicant, and the admin who tries a draft on it: nothing is kept from them, nothing masked."""
    return owns(dossier, user) or (dossier.is_scratch and dossier.created_by_id == user.pk)


def _kept(field: Field) -> bool:
    return bool(field.seen_by) or any(_kept(part) for part in parts_of(field))


def answers_for(dossier: Dossier, spec: Spec, user, *, revealed: bool = False) -> dict[str, Any]:
    """The answers that this person may read, the personal ones masked for staff who have not asked for them."""
    roles, fields = roles_for(dossier, spec, user), spec.fields.values()
    answers = dossier.answers if roles is None else readable(fields, dossier.answers, roles)
    return answers if revealed or reads_in_full(dossier, user) else masked(fields, answers)


def masked_fields(dossier: Dossier, spec: Spec, user) -> list[Field]:
    """The questions whose answers this person may read, but sees masked until they ask for them."""
    if reads_in_full(dossier, user):
        return []
    return hidden_in(spec.fields.values(), answers_for(dossier, spec, user, revealed=True))


def mask_row(dossier: Dossier, spec: Spec, user) -> None:
    """The dossier in memory as a table of staff shows it. Such a row must never be saved."""
    dossier.answers = answers_for(dossier, spec, user)
    if not reads_in_full(dossier, user):
        dossier.applicant_phone = masking.phone(dossier.applicant_phone)
        dossier.applicant_email = masking.email(dossier.applicant_email)
        dossier.applicant_number = masking.number(dossier.applicant_number)


def kept_files(dossier: Dossier, spec: Spec, user) -> set[str]:
    """The ids of files that are answers this person may not read."""
    roles = roles_for(dossier, spec, user)
    if roles is None:
        return set()
    fields = spec.fields.values()
    return _ids(fields, dossier.answers) - _ids(fields, readable(fields, dossier.answers, roles))


def _ids(fields, answers: Mapping[str, Any]) -> set[str]:
    return {pk for _path, _field, pk in file_answers(fields, answers)}

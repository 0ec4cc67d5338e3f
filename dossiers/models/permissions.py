"""Who may make which transition of a dossier (has_transition_perm); the reasons are guarded in dossiers.acts.

Nobody acts for the office on their own dossier, their company's, or that of a relative they have declared
(`conflicted`): every permission of staff asks it, and it costs no query of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from branches.models import Role
from branches.selectors import duties_of
from dossiers.life import Status
from keys.ring import blind
from procedures.parts import parts_of
from procedures.spec import Field
from procedures.versions import read

if TYPE_CHECKING:
    from dossiers.models import Dossier


def _or_trying(permission):
    """A scratch dossier is walked in every role by the admin who tries the draft, and by nobody else."""

    @wraps(permission)
    def wrapped(dossier: "Dossier", user, *more) -> bool:
        return tries(dossier, user) if dossier.is_scratch else permission(dossier, user, *more)

    return wrapped


def tries(dossier: "Dossier", user) -> bool:
    """The admin who made this scratch dossier to try a draft."""
    return bool(dossier.is_scratch and user and dossier.created_by_id == user.pk)


def owns(dossier: "Dossier", user) -> bool:
    return bool(user and user.is_authenticated and dossier.owner_id == user.pk)


def conflicted(dossier: "Dossier", user) -> bool:
    """Whether this member of staff must keep away: it is theirs, or of somebody they have declared."""
    if dossier.is_scratch:
        return False
    barred = duties_of(user).barred
    return owns(dossier, user) or bool(barred and not barred.isdisjoint(numbers_of(dossier)))


def numbers_of(dossier: "Dossier") -> frozenset[str]:
    """The blind indexes of whoever the dossier is about: its applicant, persons and companies named by number.

    Worked out once for the answers that this object holds: a page asks a dozen permissions.
    """
    answers, index, numbers = dossier.__dict__.get("_numbers", (None, "", frozenset()))
    if answers is not dossier.answers or index != dossier.number_index:
        fields = read(dossier.version_id).fields.values()
        named = {blind("number", number) for number in _numbers(fields, dossier.answers)}
        numbers = frozenset((named | {dossier.number_index}) - {""})
        dossier.__dict__["_numbers"] = dossier.answers, dossier.number_index, numbers
    return numbers


def _numbers(fields: Iterable[Field], answers: Mapping[str, Any]) -> Iterator[str]:
    for field in fields:
        value = answers.get(field.key)
        if field.kind in ("personal_number", "tax_code"):
            yield value or ""
            continue
        parts = parts_of(field)
        for row in value if isinstance(value, list) else [value]:
            if parts and isinstance(row, Mapping):
                yield from _numbers(parts, row)


@_or_trying
def receives(dossier: "Dossier", user) -> bool:
    """A clerk of its branch."""
    at_counter = duties_of(user).at_branch(dossier.branch_id, Role.CLERK, Role.BRANCH_HEAD)
    return bool(at_counter) and not conflicted(dossier, user)


@_or_trying
def applies(dossier: "Dossier", user) -> bool:
    """The applicant; for a dossier of the counter, which has no account, the clerk in front of whom they stand."""
    return owns(dossier, user) or (dossier.owner_id is None and receives(dossier, user))


@_or_trying
def collects(dossier: "Dossier", user) -> bool:
    return bool(duties_of(user).at_branch(dossier.branch_id, Role.CASHIER)) and not conflicted(dossier, user)


@_or_trying
def leads(dossier: "Dossier", user) -> bool:
    return bool(duties_of(user).at_unit(dossier.unit_id, Role.LEADER)) and not conflicted(dossier, user)


@_or_trying
def handles(dossier: "Dossier", user) -> bool:
    """The officer in charge, any officer of the unit while nobody is, or the unit's leader."""
    duties = duties_of(user)
    theirs = duties.at_unit(dossier.unit_id, Role.LEADER) or (
        duties.at_unit(dossier.unit_id, Role.OFFICER) and dossier.assignee_id in (None, user.pk)
    )
    return bool(theirs) and not conflicted(dossier, user)


@_or_trying
def does_step(dossier: "Dossier", user, unit_id: int | None, role: str) -> bool:
    """Whoever makes the moves of a step of that unit: as ever in the dossier's own; in another, its people alone."""
    if unit_id == dossier.unit_id:
        return leads(dossier, user) if role == Role.LEADER else handles(dossier, user)
    roles = (Role.LEADER,) if role == Role.LEADER else (Role.OFFICER, Role.LEADER)
    return bool(duties_of(user).at_unit(unit_id, *roles)) and not conflicted(dossier, user)


def asks(dossier: "Dossier", user) -> bool:
    """A request to the applicant comes from the clerk before reception, from the unit after it."""
    return receives(dossier, user) if dossier.status == Status.REGISTERED else handles(dossier, user)


def receives_or_handles(dossier: "Dossier", user) -> bool:
    return receives(dossier, user) or handles(dossier, user)

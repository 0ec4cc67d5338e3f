"""Who may make which transition of a dossier (has_transition_perm); the reasons are guarded in dossiers.acts."""

from functools import wraps
from typing import TYPE_CHECKING

from branches.models import Role
from branches.selectors import duties_of
from dossiers.life import Status

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


@_or_trying
def receives(dossier: "Dossier", user) -> bool:
    """A clerk of its branch. Here as below: nobody acts for the office on their own dossier."""
    return not owns(dossier, user) and bool(duties_of(user).at_branch(dossier.branch_id, Role.CLERK, Role.BRANCH_HEAD))


@_or_trying
def applies(dossier: "Dossier", user) -> bool:
    """The applicant; for a dossier of the counter, which has no account, the clerk in front of whom they stand."""
    return owns(dossier, user) or (dossier.owner_id is None and receives(dossier, user))


@_or_trying
def collects(dossier: "Dossier", user) -> bool:
    return not owns(dossier, user) and bool(duties_of(user).at_branch(dossier.branch_id, Role.CASHIER))


@_or_trying
def leads(dossier: "Dossier", user) -> bool:
    return not owns(dossier, user) and bool(duties_of(user).at_unit(dossier.unit_id, Role.LEADER))


@_or_trying
def handles(dossier: "Dossier", user) -> bool:
    """The officer in charge, any officer of the unit while nobody is, or the unit's leader."""
    if owns(dossier, user):
        return False
    duties = duties_of(user)
    if duties.at_unit(dossier.unit_id, Role.LEADER):
        return True
    return bool(duties.at_unit(dossier.unit_id, Role.OFFICER)) and dossier.assignee_id in (None, user.pk)


@_or_trying
def does_step(dossier: "Dossier", user, unit_id: int | None, role: str) -> bool:
    """Whoever makes the moves of a step of that unit: as ever in the dossier's own; in another, its people alone."""
    if unit_id == dossier.unit_id:
        return leads(dossier, user) if role == Role.LEADER else handles(dossier, user)
    roles = (Role.LEADER,) if role == Role.LEADER else (Role.OFFICER, Role.LEADER)
    return not owns(dossier, user) and bool(duties_of(user).at_unit(unit_id, *roles))


def asks(dossier: "Dossier", user) -> bool:
    """A request to the applicant comes from the clerk before reception, from the unit after it."""
    return receives(dossier, user) if dossier.status == Status.REGISTERED else handles(dossier, user)


def receives_or_handles(dossier: "Dossier", user) -> bool:
    return receives(dossier, user) or handles(dossier, user)

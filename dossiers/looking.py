"""A look of staff at somebody's dossier is an entry: who, in which posting, at what, on what ground.

Looks have a chain of their own beside the dossier's: its acts stay a short story, and nobody who acts waits for
somebody who reads.
"""

from django.http import HttpRequest

from audit.services import record
from branches.selectors import Duties, duties_of
from dossiers.life import Status
from dossiers.models import Dossier, EmergencyAccess
from dossiers.recording import actor_for

PAGE, PANE, FILE, API, ADMIN, PRINT, COUNTER = "page", "pane", "file", "api", "admin", "print", "counter"
LOOKS = ("look", "look_file", "reveal")


def look(dossier: Dossier, user, *, at: str, ip: str = "", request_id: str = "", attachment: int | None = None) -> None:
    """Record that `user` was shown the dossier, before they are. One's own dossier and drafts are nobody's look."""
    if dossier.is_scratch or dossier.status == Status.DRAFT or dossier.owner_id == user.pk:
        return
    duties = duties_of(user)
    record(
        chain=f"looks:{dossier.pk}",
        act="look" if attachment is None else "look_file",
        actor=actor_for(user, dossier, duties, ip=ip, request_id=request_id),
        subject_type="dossier",
        subject_id=dossier.pk,
        after={"at": at, "ground": ground(dossier, user, duties)}
        | ({} if attachment is None else {"attachment": attachment}),
    )


def looked(request: HttpRequest, dossier: Dossier, *, at: str, attachment: int | None = None) -> None:
    """`look` of whoever is behind a request."""
    came_from = {"ip": request.META.get("REMOTE_ADDR", ""), "request_id": getattr(request, "id", "")}
    look(dossier, request.user, at=at, attachment=attachment, **came_from)


def ground(dossier: Dossier, user, duties: Duties) -> str:
    """Why this person may see the dossier at all, the nearest reason first. audit.labels says it in words."""
    if dossier.assignee_id == user.pk:
        return "assigned"
    if duties.at_branch(dossier.branch_id, *_roles(duties)):
        return "branch"
    if duties.at_unit(dossier.unit_id, *_roles(duties)):
        return "unit"
    if duties.citywide:
        return "oversight"
    if user.is_superuser:
        return "administration"
    if duties and EmergencyAccess.objects.in_force().filter(dossier=dossier, user=user).exists():
        return "emergency"
    return "asked" if duties else "granted"


def _roles(duties: Duties) -> set[str]:
    return {p.role for p in duties.postings}

"""Overviews: how many dossiers of a person's scope are open, about to be late, late; by branch, unit or officer."""

from dataclasses import dataclass

from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from branches.models import Role
from branches.selectors import duties_of
from dossiers.life import UNFINISHED, WAITING, Status
from dossiers.models import Dossier
from dossiers.queue import CITY, RUNNING, Who, soon_until
from worktime import now

_GROUPS = {
    "chi-nhanh": ("branch_id", "branch__name"),
    "co-quan": ("unit_id", "unit__name"),
    "nguoi": ("assignee_id", "assignee__full_name"),
}


@dataclass(frozen=True)
class Line:
    """One place: its unfinished dossiers; of these, how many wait for the applicant, are done, soon late, late."""

    name: str
    open: int
    waiting: int
    done: int
    soon: int
    late: int


def ways(user) -> list[tuple[str, str]]:
    """(key, label) of the ways this person's scope can be counted, the most useful first."""
    duties = duties_of(user)
    names = {"chi-nhanh": _("Theo chi nhánh"), "co-quan": _("Theo cơ quan giải quyết"), "nguoi": _("Theo chuyên viên")}
    keys = ["chi-nhanh", "co-quan"] if duties.has(*CITY) else ["co-quan"] if duties.has(Role.BRANCH_HEAD) else []
    if duties.has(Role.LEADER):
        keys.append("nguoi")
    return [(key, names[key]) for key in keys]


def lines(user, by: str) -> list[Line]:
    """One line a place, the latest first, in one query over what is unfinished."""
    at = now()
    key, name = _GROUPS[by]
    running = Q(status__in=RUNNING)
    rows = (
        Dossier.objects.filter(_scope(user, by), status__in=UNFINISHED)
        .values(key)
        .annotate(
            name=F(name),
            open=Count("pk"),
            waiting=Count("pk", filter=Q(status__in=WAITING)),
            done=Count("pk", filter=Q(status=Status.COMPLETED)),
            soon=Count("pk", filter=running & Q(urgent_at__gte=at, urgent_at__lt=soon_until(at))),
            late=Count("pk", filter=running & Q(urgent_at__lt=at)),
        )
        .order_by("-late", "-soon", "-open", key)
    )
    return [Line(r["name"] or _("Chưa giao"), r["open"], r["waiting"], r["done"], r["soon"], r["late"]) for r in rows]


def total(rows: list[Line]) -> Line:
    sums = {name: sum(getattr(row, name) for row in rows) for name in ("open", "waiting", "done", "soon", "late")}
    return Line(_("Tất cả"), **sums)


def _scope(user, by: str) -> Q:
    who = Who(user, duties_of(user))
    if by == "nguoi":
        return who.unit(Role.LEADER) & ~Q(status=Status.REGISTERED)  # not the unit's yet
    return Q() if who.duties.citywide else who.branch(Role.BRANCH_HEAD)

"""What a posting opens in Django admin, and why: the table that the login backend asks, and that docs/rights.md prints.

A table that is not named here opens to system administrators alone. What may be done with a row besides (history is
never changed, a unit's admin meets the people of that unit only) stands with the page of that table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from branches.models import BRANCH_ROLES, CENTRE_ROLES, UNIT_ROLES, Role

VIEW, ADD, CHANGE, DELETE = "view", "add", "change", "delete"
LOOK = frozenset({VIEW})
KEEP = frozenset({VIEW, ADD, CHANGE})  # what gave rights once is ended, never deleted
ALL = frozenset({VIEW, ADD, CHANGE, DELETE})


@dataclass(frozen=True)
class Opening:
    """`verbs` on `tables` ("app.model", or "app.*" for all of an app) for whoever holds `role` today."""

    role: Role
    tables: tuple[str, ...]
    verbs: frozenset[str]
    ground: str | Promise


_CATALOGUE = _("Lập, sửa và trình ban hành thủ tục hành chính.")
_ORGANISATION = _("Giữ danh sách chi nhánh, cơ quan, địa bàn và phân công của Thành phố; quyền chỉ đến từ phân công.")
_TIME = _("Giữ lịch làm việc và các ngưỡng nhắc hạn (Nghị định 61/2018, Điều 18, 19).")
_WATCH = _("Trung tâm theo dõi, đôn đốc việc giải quyết, không quyết định thay cơ quan.")
_INSPECT = _("Thanh tra, kiểm tra việc giải quyết và việc xem dữ liệu; không sửa gì.")
_OWN_PEOPLE = _("Quản lý người, phân công và ngày vắng mặt của đúng đơn vị mình.")

OPENINGS: tuple[Opening, ...] = (
    Opening(Role.ADMIN, ("procedures.*",), ALL, _CATALOGUE),
    Opening(Role.ADMIN, ("branches.*",), ALL, _ORGANISATION),
    Opening(Role.ADMIN, ("places.*",), LOOK, _("Chọn phường, xã khi ghi địa bàn.")),
    Opening(Role.ADMIN, ("worktime.*", "dossiers.threshold"), ALL, _TIME),
    Opening(Role.ADMIN, ("accounts.user",), LOOK, _("Chọn người khi ghi phân công; chỉ thấy người đã có phân công.")),
    Opening(
        Role.ADMIN, ("notifications.undeliveredmessage",), frozenset({VIEW, CHANGE}),
        _("Gửi lại thư chưa đi được."),
    ),
    Opening(
        Role.MONITOR,
        ("dossiers.*", "procedures.*", "branches.*", "places.*", "worktime.*", "notifications.*", "payments.*"),
        LOOK, _WATCH,
    ),
    Opening(
        Role.INSPECTOR,
        (
            "audit.*", "dossiers.*", "procedures.*", "branches.*", "places.*", "worktime.*", "notifications.*",
            "payments.*",
        ),
        LOOK, _INSPECT,
    ),
    Opening(Role.UNIT_ADMIN, ("branches.posting", "branches.staffmember"), KEEP, _OWN_PEOPLE),
    Opening(Role.UNIT_ADMIN, ("branches.absence",), ALL, _OWN_PEOPLE),
)  # fmt: skip

# Which postings the admin of one unit may give or end there: never one that leads the unit, nor one of the city.
GIVEN_BY_UNIT_ADMIN = (Role.CLERK, Role.CASHIER, Role.OFFICER, Role.UNIT_ADMIN)
GIVEN_BY_ADMIN = tuple(Role)


def opened(role: str, table: str, verb: str) -> Opening | None:
    """The opening by which that role does `verb` ("view", "add", …) with `table` ("app.model"), or None."""
    return _by_role().get(role, {}).get((table, verb)) or _by_role().get(role, {}).get((f"{_app(table)}.*", verb))


def opens_app(role: str, app: str) -> bool:
    return any(_app(table) == app for table, _verb in _by_role().get(role, {}))


def gives(roles: Iterable[str]) -> frozenset[str]:
    """The roles that somebody with these postings may give to others."""
    given = {Role.ADMIN: GIVEN_BY_ADMIN, Role.UNIT_ADMIN: GIVEN_BY_UNIT_ADMIN}
    return frozenset(role for held in roles for role in given.get(held, ()))


def place_of(role: str) -> str:
    """Whose matters a posting is about: "branch", "unit", "city", or "either" (a branch or a unit)."""
    kinds = {"branch": BRANCH_ROLES, "unit": UNIT_ROLES, "city": CENTRE_ROLES}
    return next((kind for kind, roles in kinds.items() if role in roles), "either")


def _app(table: str) -> str:
    return table.partition(".")[0]


@cache
def _by_role() -> dict[str, dict[tuple[str, str], Opening]]:
    found: dict[str, dict[tuple[str, str], Opening]] = {}
    for opening in OPENINGS:
        for table in opening.tables:
            for verb in opening.verbs:
                found.setdefault(opening.role, {})[table, verb] = opening
    return found

"""The queues of the desk: which there are, who has which, their pages and counts. No HTTP: screen and API share it.

A queue is a row of QUEUES: a filter by the person's duties. A page is read along (urgent_at, id), the order of the
indexes of Dossier, so its cost follows its size and not the size of the table; a count stops at MOST.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _l

from branches.models import Role
from branches.selectors import Duties, duties_of
from dossiers import timing
from dossiers.life import OPEN, UNFINISHED, WAITING, Status
from dossiers.models import Dossier, WorkItem
from keys.ring import blind
from payments.models import Obligation
from places.text import clean, fold
from procedures.cleaning import stored_phone
from procedures.models import Procedure
from worktime import now
from worktime.calendars import get_calendar
from worktime.deadlines import Remaining, remaining, working_days_after

SIZE, MOST = 50, 100
RUNNING = (Status.REGISTERED, Status.RECEIVED, Status.IN_PROCESS)  # a promise to the applicant is running
CLERKS = (Role.CLERK, Role.BRANCH_HEAD)
UNIT = (Role.OFFICER, Role.LEADER)
CITY = (Role.MONITOR, Role.INSPECTOR)
NEEDED = ("version", "procedure", "branch", "unit", "ward", "assignee")


@dataclass(frozen=True)
class Who:
    """The person a queue is read for."""

    user: object
    duties: Duties

    def branch(self, *roles: str) -> Q:
        return Q(branch_id__in=self.duties.branches(*roles))

    def unit(self, *roles: str) -> Q:
        return Q(unit_id__in=self.duties.units(*roles))

    @property
    def scope(self) -> Q:
        """What this person answers for: the branch, the unit they lead, their own work, or the city."""
        if self.duties.citywide:
            return Q()
        parts = []
        if self.duties.branches():
            parts.append(self.branch())
        if self.duties.units(Role.LEADER):
            # What the branch has not received yet is not the unit's to be late with.
            parts.append(self.unit(Role.LEADER) & ~Q(status=Status.REGISTERED))
        if self.duties.units(Role.OFFICER):
            parts.append(self.unit(Role.OFFICER) & Q(assignee_id=self.user.pk))
        whole = parts.pop() if parts else Q(pk__in=[])
        for part in parts:
            whole |= part
        return whole


@dataclass(frozen=True)
class Queue:
    key: str
    label: str
    roles: tuple[str, ...]
    where: Callable[[Who], Q]
    empty: str = _l("Không có hồ sơ nào ở đây.")
    bad: bool = False  # a number here is bad news
    gap: bool = False  # stands apart from those before it


def _items(where: Q, **more) -> Q:
    return Q(pk__in=WorkItem.objects.filter(where, state=WorkItem.State.OPEN, **more).values("dossier_id"))


def _at_counter(who: Who) -> Q:
    places = Q(branch_id__in=who.duties.branches(*CLERKS))
    return Q(status=Status.RECEIVED) & who.branch(*CLERKS) & _items(places, kind="step", role=Role.CLERK)


def _to_sign(who: Who) -> Q:
    units = Q(unit_id__in=who.duties.units(Role.LEADER))
    return Q(status__in=RUNNING) & _items(units, kind="step", role=Role.LEADER)


def _asked(who: Who) -> Q:
    """Opinions, linked results, and the officers' steps of other units' dossiers."""
    units = who.duties.units()
    elsewhere = Q(role=Role.OFFICER) & ~Q(dossier__unit_id=F("unit_id"))
    return Q(status__in=OPEN) & _items(Q(unit_id__in=units) & (~Q(kind=WorkItem.Kind.STEP) | elsewhere))


def _owing(who: Who) -> Q:
    due = Obligation.objects.due().filter(subject_type="dossier", subject_id=OuterRef("pk"))
    return Q(status__in=UNFINISHED) & who.branch(Role.CASHIER) & Q(Exists(due))


def soon_until(at: datetime) -> datetime:
    """What is due before this moment is about to be late: one working day from `at`."""
    return working_days_after(at, 1, get_calendar())


def _soon(who: Who) -> Q:
    at = now()
    return Q(status__in=RUNNING, urgent_at__gte=at, urgent_at__lt=soon_until(at)) & who.scope


def _late(who: Who) -> Q:
    return Q(status__in=RUNNING, urgent_at__lt=now()) & who.scope


def _waiting(who: Who) -> Q:
    return Q(status=Status.SUPPLEMENT_REQUIRED) & who.scope


QUEUES: tuple[Queue, ...] = (
    Queue(
        "cho-tiep-nhan", _l("Chờ tiếp nhận"), CLERKS, lambda w: Q(status=Status.REGISTERED) & w.branch(*CLERKS),
        _l("Không còn hồ sơ nào chờ tiếp nhận."),
    ),
    Queue("tai-quay", _l("Giải quyết tại quầy"), CLERKS, _at_counter),
    Queue(
        "cua-toi", _l("Của tôi"), (Role.OFFICER,), lambda w: Q(status__in=OPEN, assignee_id=w.user.pk) & w.unit(),
        _l("Anh/chị không còn hồ sơ nào đang xử lý."),
    ),
    Queue("cho-ky", _l("Chờ ký"), (Role.LEADER,), _to_sign, _l("Không còn hồ sơ nào chờ ký.")),
    Queue(
        "xin-y-kien", _l("Xin ý kiến, liên thông"), UNIT, _asked,
        _l("Không có cơ quan nào đang chờ ý kiến của anh/chị."),
    ),
    Queue(
        "chua-giao", _l("Chưa giao"), UNIT,
        lambda w: Q(status=Status.IN_PROCESS, assignee_id=None) & w.unit(*UNIT),
        _l("Hồ sơ nào cũng đã có người xử lý."),
    ),
    Queue("cho-nop-tien", _l("Chờ nộp tiền"), (Role.CASHIER,), _owing, _l("Không còn khoản nào phải thu.")),
    Queue("cho-bo-sung", _l("Chờ bổ sung"), (*CLERKS, *UNIT), _waiting),
    Queue(
        "cho-tra", _l("Chờ trả kết quả"), CLERKS, lambda w: Q(status=Status.COMPLETED) & w.branch(*CLERKS),
        _l("Không còn kết quả nào chờ trả."),
    ),
    Queue("sap-tre", _l("Sắp trễ"), (*CLERKS, *UNIT, *CITY), _soon, _l("Không có hồ sơ nào sắp trễ."), gap=True),
    Queue("da-tre", _l("Đã trễ"), (*CLERKS, *UNIT, *CITY), _late, _l("Không có hồ sơ nào trễ hạn."), bad=True),
    Queue(
        "co-quan", _l("Cả cơ quan"), UNIT, lambda w: Q(status__in=UNFINISHED) & w.unit(*UNIT), gap=True,
    ),
    Queue("chi-nhanh", _l("Cả chi nhánh"), CLERKS, lambda w: Q(status__in=UNFINISHED) & w.branch(*CLERKS), gap=True),
    Queue("thanh-pho", _l("Toàn thành phố"), CITY, lambda w: Q(status__in=UNFINISHED), gap=True),
)  # fmt: skip
# Not one of the list: everything the person may see, closed dossiers included, opened by searching.
SEARCH = Queue("tim", _l("Kết quả tìm"), (), lambda w: ~Q(status=Status.DRAFT), _l("Không thấy hồ sơ nào."))


@dataclass(frozen=True)
class Filters:
    """What narrows a queue; empty means all. `due`: late, soon, today. `assignee`: a username."""

    q: str = ""
    field: str = ""
    channel: str = ""
    ward: str = ""
    due: str = ""
    assignee: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Filters":
        """From a query string or anything like one; what is not known is left out."""
        return cls(**{f.name: clean(str(given.get(f.name) or ""))[:80] for f in fields(cls)})

    @property
    def shown_q(self) -> str:
        """What was searched for, as the box shows it: a number is not written out again."""
        return "" if _INDEX.fullmatch(self.q) else self.q

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) for f in fields(self))


@dataclass(frozen=True)
class Page:
    rows: list[Dossier]
    next_cursor: str = ""
    cursor: str = field(default="", repr=False)


def queues_for(user) -> list[Queue]:
    """The queues of this person's postings in force, in the order of the screen; none without a posting."""
    duties = duties_of(user)
    return [queue for queue in QUEUES if duties.has(*queue.roles)]


def find(user, key: str) -> Queue | None:
    """The queue with that key, when it is this person's; the first of theirs for ""; None otherwise."""
    mine = queues_for(user)
    if key == SEARCH.key:
        return SEARCH if duties_of(user) else None
    return next((queue for queue in mine if not key or queue.key == key), None)


def rows_of(user, queue: Queue, filters: Filters | None = None):
    """The dossiers of a queue, unordered: for pages, counts and overviews."""
    who = Who(user, duties_of(user))
    rows = Dossier.objects.filter(queue.where(who))
    if queue is SEARCH:
        rows = rows.visible_to(user)
    return narrow(rows, filters) if filters else rows


def page(user, key: str, filters: Filters | None = None, cursor: str = "", size: int = SIZE) -> Page:
    """One page of a queue along (urgent_at, id). A row that stays put is on exactly one page, whatever others do.

    Raises LookupError for a queue that is not this person's.
    """
    queue = find(user, key)
    if queue is None:
        raise LookupError(key)
    if queue is SEARCH and not (filters and filters.q):
        return Page([])
    rows = rows_of(user, queue, filters).select_related(*NEEDED).defer("answers", "search")
    if after := read_cursor(cursor):
        at, pk = after
        rows = rows.filter(urgent_at__gte=at).filter(Q(urgent_at__gt=at) | Q(pk__gt=pk))
    found = list(rows.order_by("urgent_at", "pk")[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(found, write_cursor(found[-1]) if more else "", cursor)


def following(user, key: str, dossier: Dossier, filters: Filters | None = None) -> Dossier | None:
    """The dossier to open after this one is done: the next of the queue, or its first when this was the last."""
    if find(user, key) in (None, SEARCH):
        return None
    after = page(user, key, filters, write_cursor(dossier), size=1).rows
    rows = after or page(user, key, filters, size=2).rows
    return next((row for row in rows if row.pk != dossier.pk), None)


def counts(user) -> dict[str, int]:
    """How many each queue of this person holds, counted no further than MOST, all in one query."""
    parts, params = [], []
    for queue in queues_for(user):
        rows = rows_of(user, queue).order_by().values("pk")[:MOST]
        sql, values = rows.query.sql_with_params()
        parts.append(f"SELECT %s, count(*) FROM ({sql}) AS counted")
        params += [queue.key, *values]
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return dict(cursor.fetchall())


def shown_count(count: int | None) -> str:
    """`7`, and `99+` for what was not counted to its end."""
    return "" if count is None else f"{MOST - 1}+" if count >= MOST else str(count)


# --- searching and narrowing --------------------------------------------------------------------------------------
def narrow(rows, filters: Filters):
    if filters.q:
        rows = search(rows, filters.q)
    if filters.field:
        rows = rows.filter(procedure__in=Procedure.objects.filter(field_of_law__slug=filters.field).values("pk"))
    if filters.channel:
        rows = rows.filter(channel=filters.channel)
    if filters.ward:
        rows = rows.filter(ward_id=filters.ward)
    if filters.assignee:
        rows = rows.filter(assignee__username=filters.assignee)
    if filters.due:
        rows = rows.filter(_due(filters.due))
    return rows


def _due(word: str) -> Q:
    at = now()
    if word == "late":
        return Q(status__in=RUNNING, urgent_at__lt=at)
    if word == "soon":
        return Q(status__in=RUNNING, urgent_at__gte=at, urgent_at__lt=soon_until(at))
    if word == "today":
        midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return Q(status__in=RUNNING, urgent_at__lt=midnight)
    return Q()


def search(rows, text: str):
    """By code (whole, or its last figures), whole telephone or personal number, or name without minding accents."""
    text = clean(text)
    if known := _INDEX.fullmatch(text):
        return rows.filter(**{_INDEXED[known[1]]: known[2]})
    code = text.upper().replace(" ", "")
    if re.fullmatch(r"[\w.]{5,13}-\d{6}-\d{4,}", code):
        return rows.filter(code=code)
    if _TAIL.fullmatch(code):
        return rows.annotate(tail=Reverse("code")).filter(tail__startswith=f"-{code}"[::-1])
    if index := index_of(text):
        return search(rows, index)
    return rows.filter(search__contains=fold(text))


_TAIL = re.compile(r"(\d{6}-)?\d{4,5}")  # the last figures of a code
_INDEXED = {"so": "number_index", "dt": "phone_index"}
_INDEX = re.compile(r"(so|dt):([\w-]{43})")


def index_of(text: str) -> str:
    """A whole personal or telephone number as it may stand in an address: by its blind index. "" for anything else."""
    digits = re.sub(r"[ .-]", "", clean(text))
    if _TAIL.fullmatch(clean(text).replace(" ", "")):
        return ""
    if re.fullmatch(r"\d{12}", digits):
        return f"so:{blind('number', digits)}"
    if re.fullmatch(r"\+?\d{9,15}", digits):
        return f"dt:{blind('phone', stored_phone(digits) or digits)}"
    return ""


# --- cursors ------------------------------------------------------------------------------------------------------
def write_cursor(row: Dossier) -> str:
    return base64.urlsafe_b64encode(f"{row.urgent_at.isoformat()}|{row.pk}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, int] | None:
    """The place a cursor names; None for none, and for one that says nothing."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, _bar, pk = base64.urlsafe_b64decode(padded.encode()).decode().partition("|")
        place = datetime.fromisoformat(at), int(pk)
    except (ValueError, binascii.Error):
        return None
    return place if place[0].tzinfo and place[1] < 2**63 else None


# --- the promise in force -----------------------------------------------------------------------------------------
def promised(dossier: Dossier) -> tuple[datetime | None, object]:
    """(moment, calendar) of the promise a running or waiting dossier is under; (None, None) once it is done."""
    if dossier.status == Status.REGISTERED:
        return dossier.answer_by, timing.branch_calendar(dossier.branch)
    if dossier.status in WAITING:
        return dossier.urgent_at, timing.branch_calendar(dossier.branch)
    if dossier.status in RUNNING:
        return dossier.due_at, timing.unit_calendar(dossier.unit)
    return None, None


def left(dossier: Dossier, at: datetime | None = None) -> Remaining | None:
    """Working time left of the promise in force, or by how much it is late."""
    due, calendar = promised(dossier)
    return remaining(at or now(), due, calendar) if due else None

"""Calendars by key, read from rows and kept in the process for a few seconds.

Correct everywhere within CHECK_EVERY: each process compares one small fingerprint of the tables. Correct at once where
the change was made: a write drops the process's copy, and until its transaction ends the writer reads its own rows,
which nobody else sees (and which a rollback forgets).
"""

from dataclasses import dataclass, field
from time import monotonic

from django.apps import apps
from django.db import connection, transaction

from worktime.hours import STANDARD, STANDARD_HOURS, Calendar, DayException, Week, parse_day, parse_week

__all__ = ["DEFAULT_KEY", "STANDARD", "Calendar", "ensure_default_calendar", "get_calendar", "invalidate"]

DEFAULT_KEY = STANDARD.key
CHECK_EVERY = 5.0

# xmin names the transaction that wrote a row, so any insert, update or delete changes this text, whatever the clocks
# and the order of commits. Both tables are short (a row an office, some rows a year).
FINGERPRINT = """
    SELECT (SELECT md5(string_agg(id || ':' || xmin, ',' ORDER BY id)) FROM worktime_workcalendar),
           (SELECT md5(string_agg(id || ':' || xmin, ',' ORDER BY id)) FROM worktime_calendarexception)
"""


@dataclass
class _Shelf:
    version: tuple
    calendars: dict[str, Calendar]
    checked_at: float = field(default_factory=monotonic)


class _OwnWrites:
    """Stands among the transaction's commit hooks while its calendar writes are not committed: Django drops it on
    rollback, also to a savepoint, which is exactly as long as those writes may be believed."""

    def __init__(self) -> None:
        self.calendars: dict[str, Calendar] | None = None

    def __call__(self) -> None:
        _forget()


_shared: _Shelf | None = None


def get_calendar(key: str = DEFAULT_KEY) -> Calendar:
    """The calendar with that key, else the default one, else the standard hours of DOMAIN §5."""
    calendars = _calendars()
    return calendars.get(key) or calendars[DEFAULT_KEY]


def ensure_default_calendar():
    """The row "default", made with the standard hours if it is not there. Never touches one an admin has changed."""
    defaults = {"name": "Giờ hành chính", "hours": STANDARD_HOURS}
    return apps.get_model("worktime", "WorkCalendar").objects.get_or_create(key=DEFAULT_KEY, defaults=defaults)[0]


def invalidate() -> None:
    """Called after every write to the calendar tables (models.py does; only raw SQL has to remember)."""
    if not connection.in_atomic_block:
        _forget()
        return
    last = _last_own_writes()
    if last is None or last[1].calendars is not None or last[0] != set(connection.savepoint_ids):
        transaction.on_commit(_OwnWrites())


def _forget() -> None:
    global _shared
    _shared = None


def _last_own_writes() -> tuple[set, _OwnWrites] | None:
    hooks = reversed(connection.run_on_commit)
    return next(((savepoints, hook) for savepoints, hook, _ in hooks if isinstance(hook, _OwnWrites)), None)


def _calendars() -> dict[str, Calendar]:
    global _shared
    if own := _last_own_writes():
        own[1].calendars = own[1].calendars or _read_all()
        return own[1].calendars
    shelf = _shared
    if shelf is None or monotonic() - shelf.checked_at > CHECK_EVERY:
        version = _fingerprint()  # read before the rows: a change between the two is seen at the next check
        if shelf is None or shelf.version != version:
            shelf = _Shelf(version, _read_all())
        shelf.checked_at = monotonic()
        _shared = shelf
    return shelf.calendars


def _fingerprint() -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(FINGERPRINT)
        return cursor.fetchone()


def _read_all() -> dict[str, Calendar]:
    rows = apps.get_model("worktime", "WorkCalendar").objects.values_list("id", "key", "hours")
    exceptions: dict[int | None, dict] = {None: {}}
    for item in apps.get_model("worktime", "CalendarException").objects.all():
        hours = parse_day(item.hours) if item.hours else None
        exceptions.setdefault(item.calendar_id, {})[item.date] = DayException(item.date, item.is_working, hours)
    found = {DEFAULT_KEY: _build(DEFAULT_KEY, STANDARD.week, exceptions[None])}
    for pk, key, hours in rows:
        found[key] = _build(key, parse_week(hours), exceptions[None] | exceptions.get(pk, {}))
    return found


def _build(key: str, week: Week, exceptions: dict) -> Calendar:
    return Calendar(key=key, week=week, exceptions=tuple(exceptions[day] for day in sorted(exceptions)))

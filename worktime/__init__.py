"""Working calendars, deadlines, and the clocks that fire on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from django.utils import timezone

_set_to: ContextVar[datetime | None] = ContextVar("the present, where it is set", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC. Every part of the portal asks here, so that the time can be set (see `at`)."""
    return _set_to.get() or timezone.now()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Within this block, and in this thread or task alone, `now()` is `moment`.

    For tests, and for the demo data, whose acts took place in the past weeks. The portal itself never sets the time.
    """
    if timezone.is_naive(moment):
        raise ValueError("a moment needs a time zone")
    token = _set_to.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set_to.reset(token)

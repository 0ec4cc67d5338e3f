"""Working calendars, deadlines, and the clocks that fire on them."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """The present moment, aware, in UTC. Every part of the portal asks here, so that a test can set the time."""
    return timezone.now()

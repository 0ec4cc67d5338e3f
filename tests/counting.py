"""Counting what a page asks the database, by its work and not by the moment of the count."""

from contextlib import contextmanager
from math import inf
from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext

from branches import selectors
from worktime import calendars


@contextmanager
def steady():
    """A process looks some tables up anew every few seconds. Whether those seconds end between a first request and
    the counted one is chance (one query more or less), so while this lasts what was looked up stays good."""
    with mock.patch.object(calendars, "CHECK_EVERY", inf), mock.patch.object(selectors, "_AREAS_LIVE", inf):
        yield


def cost(client, url: str) -> list[str]:
    """What one GET asks for, once the process has read what it reads once; savepoints are the test's, not work."""
    with steady():
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
    return work(asked)


def work(queries) -> list[str]:
    return [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]

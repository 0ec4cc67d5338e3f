"""What the studio's browser tests share."""

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client


@pytest.fixture
def signed_in(page_factory, live_server):
    """Return `open(user, viewport, **options)`: a page of this person's own session, as after the login page."""

    def open_page(user, viewport, **options):
        client = Client()
        client.force_login(user)
        page = page_factory(viewport, **options)
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page.user = user
        return page

    return open_page


@pytest.fixture
def catalogue_as_it_was(transactional_db, catalogue):
    """The catalogue outlives tests that commit (tests/keeping.py): what a test adds to it is taken out again."""
    tables = [t for t in connection.introspection.table_names() if t.startswith("procedures_")] + [
        "branches_fieldoflaw"
    ]
    with connection.cursor() as cursor:
        tables = [
            t for t in tables if "id" in {c.name for c in connection.introspection.get_table_description(cursor, t)}
        ]
        last = {table: _last(cursor, table) for table in tables}
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table, number in last.items():
            cursor.execute(f'DELETE FROM "{table}" WHERE id > %s', [number])
        cursor.execute("SET session_replication_role = DEFAULT")


def _last(cursor, table: str) -> int:
    cursor.execute(f'SELECT COALESCE(MAX(id), 0) FROM "{table}"')
    return cursor.fetchone()[0]

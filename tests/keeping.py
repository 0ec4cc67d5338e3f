"""Cleaning up after tests that commit, without throwing away the catalogue that took seconds to load.

Django truncates every table after such a test. Here what a test can make is deleted, with triggers and foreign keys
asleep for that one transaction (the test database's user is a superuser); what `load_catalogue` made stays.
"""

from django.db import connection
from django.test import TransactionTestCase

from worktime.calendars import invalidate

KEPT_PREFIXES = ("places_", "procedures_", "django_migrations", "django_content_type", "auth_permission")
KEPT = {
    "branches_branch", "branches_brancharea", "branches_servicepoint", "branches_competentunit", "branches_unitarea",
    "branches_fieldoflaw", "dossiers_threshold", "worktime_workcalendar",
}  # fmt: skip


def clean_up() -> None:
    tables = [t for t in connection.introspection.table_names() if t not in KEPT and not t.startswith(KEPT_PREFIXES)]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            cursor.execute("".join(f'DELETE FROM "{table}";' for table in tables))
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")
    invalidate()


def install() -> None:
    TransactionTestCase._fixture_teardown = lambda self: clean_up()

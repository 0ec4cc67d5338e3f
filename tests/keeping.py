"""Cleaning up after tests that commit, without throwing away the catalogue that took seconds to load.

Django truncates every table after such a test. Here what a test can make is deleted, with triggers and foreign keys
asleep for that one transaction (the test database's user is a superuser); what `load_catalogue` made stays.
"""

from contextlib import contextmanager

from django.db import connection
from django.test import TransactionTestCase

from procedures.models import Procedure, Release
from worktime.calendars import invalidate

KEPT_PREFIXES = ("places_", "procedures_", "django_migrations", "django_content_type", "auth_permission")
KEPT = {
    "branches_branch", "branches_brancharea", "branches_servicepoint", "branches_competentunit", "branches_unitarea",
    "branches_fieldoflaw", "dossiers_threshold", "worktime_workcalendar",
}  # fmt: skip


def clean_up() -> None:
    tables = [t for t in connection.introspection.table_names() if t not in KEPT and not t.startswith(KEPT_PREFIXES)]
    with _nobody_minds() as cursor:
        cursor.execute("".join(f'DELETE FROM "{table}";' for table in tables))
    invalidate()


@contextmanager
def catalogue_as_it_was():
    """What is added to the catalogue inside is taken out again, and what is in force is again what was."""
    with connection.cursor() as cursor:
        last = {table: _last(cursor, table) for table in _numbered(cursor)}
    before = [(model, list(model.objects.values("pk", *_columns(model)))) for model in (Procedure, Release)]
    try:
        yield
    finally:
        with _nobody_minds() as cursor:
            for table, number in last.items():
                cursor.execute(f'DELETE FROM "{table}" WHERE id > %s', [number])
            for model, rows in before:
                now = {row["pk"]: row for row in model.objects.values("pk", *_columns(model))}
                for row in rows:
                    if now[row["pk"]] != row:
                        model.objects.filter(pk=row["pk"]).update(**{k: row[k] for k in _columns(model)})


@contextmanager
def _nobody_minds():
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield cursor
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


def _columns(model) -> list[str]:
    return [f.attname for f in model._meta.concrete_fields if not f.primary_key and not f.generated]


def _numbered(cursor) -> list[str]:
    tables = [t for t in connection.introspection.table_names(cursor) if t.startswith("procedures_")]
    tables.append("branches_fieldoflaw")
    described = connection.introspection.get_table_description
    return [t for t in tables if "id" in {column.name for column in described(cursor, t)}]


def _last(cursor, table: str) -> int:
    cursor.execute(f'SELECT COALESCE(MAX(id), 0) FROM "{table}"')
    return cursor.fetchone()[0]


def install() -> None:
    TransactionTestCase._fixture_teardown = lambda self: clean_up()

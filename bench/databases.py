"""The databases of a run: one template with the catalogue and its staff, copied for every measurement."""

import contextlib
from collections.abc import Iterator
from datetime import date

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from branches.models import Branch, CompetentUnit, Posting, Role
from branches.selectors import forget_areas
from worktime import calendars

TEMPLATE, PORTAL, SMALL, LARGE = NAMES = ("bench_template", "bench_portal", "bench_small", "bench_large")
OFFICERS = 2  # of each unit; the bulk dossiers are spread over them


@contextlib.contextmanager
def using(name: str) -> Iterator[None]:
    """Let Django work on that database of the same server."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    forget_areas()
    calendars.invalidate()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def url_of(name: str) -> str:
    """The address of that database for another process, as DATABASE_URL writes it."""
    given = settings.DATABASES["default"]
    host = given["HOST"] or given["OPTIONS"].get("host", "")
    password = f":{given['PASSWORD']}" if given["PASSWORD"] else ""
    if host.startswith("/"):
        return f"postgresql://{given['USER']}{password}@:{given['PORT'] or 5432}/{name}?host={host}"
    return f"postgresql://{given['USER']}{password}@{host}:{given['PORT'] or 5432}/{name}"


def dsn_of(name: str) -> str:
    """The same for a bare psycopg2."""
    given = connection.get_connection_params() | {"dbname": name}
    kept = ("dbname", "user", "password", "host", "port")
    return psycopg2.extensions.make_dsn(**{key: given[key] for key in kept if given.get(key)})


def drop_all() -> None:
    for name in reversed(NAMES):
        _maintain(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def make_template() -> None:
    _maintain(
        f"""CREATE DATABASE "{TEMPLATE}" TEMPLATE template0 ENCODING 'UTF8'
            LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"""
    )
    with using(TEMPLATE):
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_catalogue", str(settings.CATALOGUE_DIR), verbosity=0)
        hire()


def copy(name: str) -> None:
    _maintain(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" STRATEGY file_copy')


def hire() -> None:
    """Clerks and a head in every branch, a leader and officers in every unit, one monitor of the city."""
    places = [(role, branch, None) for branch in Branch.objects.order_by("number")
              for role in (Role.CLERK, Role.CLERK, Role.BRANCH_HEAD)]  # fmt: skip
    places += [(role, None, unit) for unit in CompetentUnit.objects.order_by("pk")
               for role in (Role.LEADER, *[Role.OFFICER] * OFFICERS)]  # fmt: skip
    places.append((Role.MONITOR, None, None))
    people = User.objects.bulk_create(
        User(username=f"bench{n}", full_name=f"{Role(role).label} {n}", password="!")
        for n, (role, _branch, _unit) in enumerate(places)
    )
    Posting.objects.bulk_create(
        Posting(user=user, role=role, branch=branch, unit=unit, starts_on=date(2025, 1, 1))
        for user, (role, branch, unit) in zip(people, places, strict=True)
    )


def _maintain(sql: str) -> None:
    server = psycopg2.connect(dsn_of("postgres"))
    server.autocommit = True
    try:
        with server.cursor() as cursor:
            cursor.execute(sql)
    finally:
        server.close()

import os

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from psycopg2 import sql

# What is only ever added to. Whoever has the program's password can neither change nor remove a row of these.
APPEND_ONLY = ("audit_auditentry", "audit_dailyroot")


class Command(BaseCommand):
    """Run by the owner of the tables (whom DATABASE_URL names then), after every `migrate`."""

    help = "Make (or bring up to date) the database role of the running program, which owns no table."

    def add_arguments(self, parser):
        parser.add_argument("role", nargs="?", default="psc_app", help="its name (psc_app)")

    def handle(self, *, role, **options):
        password = os.environ.get("APP_DATABASE_PASSWORD", "")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            if cursor.fetchone()[0] == role:
                raise CommandError(f"{role} cannot be given rights by itself: connect as the owner of the tables.")
            made = make_role(cursor, role, password)
            grant(cursor, role)
            problems = owned(cursor, role)
        if problems:
            raise CommandError(f"{role} owns {', '.join(problems)}: give these to the owner first.", returncode=1)
        self.stdout.write(f"{role}: {'made' if made else 'there already'}, rights up to date")


def make_role(cursor, role: str, password: str) -> bool:
    """Make the role where there is none, and set its password when one is given. It may do nothing besides."""
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    new = cursor.fetchone() is None
    verb = "CREATE" if new else "ALTER"
    cursor.execute(
        sql.SQL(f"{verb} ROLE {{}} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS").format(
            sql.Identifier(role)
        )
    )
    if password:
        cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
    return new


def grant(cursor, role: str) -> None:
    """Rows of every table, adding to the record, and no more; what later migrations make is like the rest."""
    cursor.execute("SELECT current_database()")
    names = {"role": sql.Identifier(role), "database": sql.Identifier(cursor.fetchone()[0])}
    for statement in (
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {database} TO {role}",
        "GRANT USAGE ON SCHEMA public TO {role}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
        "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
    ):
        cursor.execute(sql.SQL(statement).format(**names))
    for table in APPEND_ONLY:
        cursor.execute(
            sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {table} FROM {role}, PUBLIC").format(
                table=sql.Identifier(table), **names
            )
        )


def owned(cursor, role: str) -> list[str]:
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner = %s", [role])
    return [name for (name,) in cursor.fetchall()]

"""The running program's database role: all of a dossier's life works with it, and the record stays out of its hands."""

from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from audit.sealing import seal_finished_days
from audit.verification import verify
from tests.audit.support import write
from tests.world import act, clerk, submitted

ROLE = "psc_app_test"
pytestmark = pytest.mark.django_db


@pytest.fixture
def role(db):
    """Made in the test's own transaction, and gone with it."""
    out = StringIO()
    call_command("database_roles", ROLE, stdout=out)
    return out.getvalue()


@contextmanager
def as_the_program():
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {ROLE}")
        try:
            yield cursor
        finally:
            cursor.execute("RESET ROLE")


def refused(statement: str) -> str:
    with pytest.raises(ProgrammingError) as raised, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return str(raised.value)


def test_a_dossier_goes_its_way_with_the_programs_rights(catalogue, role):
    with as_the_program():
        dossier = submitted()
        done = act(dossier, "ask_supplement", clerk(dossier.branch), reason="Ảnh chụp bị mờ, xin chụp lại")
        assert done.status == "SUPPLEMENT_REQUIRED"
        assert verify().entries >= 2 and seal_finished_days() == []


@pytest.mark.parametrize("table", ["audit_auditentry", "audit_dailyroot"])
def test_the_record_is_only_added_to(table, role):
    write()
    with as_the_program():
        assert "permission denied" in refused(f"UPDATE {table} SET {'note' if 'entry' in table else 'root'} = ''")
        assert "permission denied" in refused(f"DELETE FROM {table}")
        assert "permission denied" in refused(f"TRUNCATE {table}")
        # Neither does the way past the triggers help: the rights come first.
        assert "permission denied" in refused(f"SET LOCAL pgtrigger.ignore = '{{no_change}}'; DELETE FROM {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit_auditentry ADD COLUMN x int",
        "ALTER TABLE audit_auditentry DISABLE TRIGGER ALL",
        "ALTER TABLE audit_auditentry DISABLE TRIGGER USER",
        "DROP TABLE audit_auditentry",
        "DROP TRIGGER IF EXISTS pgtrigger_no_change_ae5e1 ON audit_auditentry",
        "CREATE TRIGGER x BEFORE INSERT ON audit_auditentry EXECUTE FUNCTION pgtrigger_chain_entry_21519()",
        "CREATE OR REPLACE FUNCTION pgtrigger_no_change_ae5e1() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "SET session_replication_role = replica",
        "CREATE TABLE public.mine (x int)",
        "DROP TABLE dossiers_dossier",
        "ALTER TABLE dossiers_dossier DISABLE TRIGGER USER",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('audit', 'x', now())",
        "CREATE ROLE somebody",
        "ALTER ROLE current_user SUPERUSER",
    ],
)  # fmt: skip
def test_nothing_that_belongs_to_the_owner_can_be_changed(statement, role):
    with as_the_program():
        said = refused(statement)
        assert "permission denied" in said or "must be owner" in said, said


def test_the_command_can_be_run_again_and_refuses_a_role_that_owns_tables(role):
    assert role == f"{ROLE}: made, rights up to date\n"
    out = StringIO()
    call_command("database_roles", ROLE, stdout=out)
    assert out.getvalue() == f"{ROLE}: there already, rights up to date\n"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE audit_personkey OWNER TO {ROLE}")
        with pytest.raises(CommandError, match="owns audit_personkey"):
            call_command("database_roles", ROLE, stdout=out)

"""What every test stands on: the real database."""

import pgtrigger
import pytest


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests that commit are cleaned up by TRUNCATE, which the record refuses: in the test database alone, that one
    trigger sleeps. tests/audit wakes it to prove that it works."""
    with django_db_blocker.unblock():
        pgtrigger.disable("audit.AuditEntry:no_truncate", "audit.DailyRoot:no_truncate")

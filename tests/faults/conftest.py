"""One portal for the whole module: starting five parts takes longer than most faults."""

import subprocess
import sys

import pytest
from django.conf import settings

from tests.faults.rig import Portal


@pytest.fixture(scope="module")
def running_portal():
    portal = Portal()
    try:
        portal.start()
        yield portal
    finally:
        portal.stop()


@pytest.fixture
def portal(running_portal):
    """The portal, well before the fault; after it, well again by itself and with a whole record."""
    running_portal.wait_until_well()
    yield running_portal
    running_portal.wait_until_well()
    command = [sys.executable, "manage.py", "verify_audit"]
    checked = subprocess.run(command, cwd=settings.BASE_DIR, env=running_portal.env, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr

"""Directories for real servers."""

import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def server_path():
    """A directory outside pytest's own: pytest closes its root to others, and root's PostgreSQL is another user."""
    path = Path(tempfile.mkdtemp(prefix="psc-test-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)

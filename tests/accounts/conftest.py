import json

import pytest


@pytest.fixture(autouse=True)
def no_limits(settings):
    """Limits are counted in the cache, which outlives a test; the test of the limits sets its own."""
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def texts(settings, tmp_path):
    """Return `texts()`: the text messages that left, oldest first, as {"to", "text", "at"}."""
    settings.SMS_URL, settings.SMS_DIR = "", tmp_path / "sms"

    def read():
        paths = sorted(settings.SMS_DIR.iterdir()) if settings.SMS_DIR.exists() else []
        return [json.loads(path.read_text()) for path in paths]

    return read

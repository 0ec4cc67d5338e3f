import pytest


@pytest.fixture(autouse=True)
def no_limits(settings):
    """Limits are counted in the cache, which outlives a test; the test of the limits sets its own."""
    settings.ACCOUNT_RATE_LIMITS = False

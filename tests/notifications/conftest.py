import pytest
from django.contrib.auth import get_user_model


@pytest.fixture
def citizen(db):
    return get_user_model().objects.create_user("duc", full_name="Trần Văn Đức", email="duc@example.org")


@pytest.fixture
def knocks(monkeypatch):
    """Count the wakings instead of knocking at the broker."""
    calls = []
    monkeypatch.setattr("notifications.services.wake", lambda: calls.append(1))
    return calls

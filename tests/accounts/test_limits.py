"""Nobody tries passwords, or makes accounts, as fast as a machine can."""

import pytest
from django.urls import reverse
from django.utils.crypto import get_random_string

pytestmark = pytest.mark.django_db


def test_too_many_sign_ups_are_a_page_in_vietnamese(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "1/m/ip"}
    client.post(reverse("account_signup"), {})
    response = client.post(reverse("account_signup"), {})
    assert response.status_code == 429 and "Xin chờ một lát" in response.content.decode()


def test_too_many_wrong_passwords_for_one_name_are_stopped(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "2/m/key"}
    name = get_random_string(12)
    for _attempt in range(3):
        response = client.post(reverse("account_login"), {"login": name, "password": "sai"})
    assert "Nhập sai quá nhiều lần" in response.content.decode()

"""Nobody makes accounts as fast as a machine can."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_too_many_sign_ups_are_a_page_in_vietnamese(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "1/m/ip"}
    client.post(reverse("account_signup"), {})
    response = client.post(reverse("account_signup"), {})
    assert response.status_code == 429 and "Xin chờ một lát" in response.content.decode()

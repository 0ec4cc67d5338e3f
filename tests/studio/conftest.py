"""What the studio's browser tests share."""

import pytest
from django.conf import settings
from django.test import Client


@pytest.fixture
def signed_in(page_factory, live_server):
    """Return `open(user, viewport, **options)`: a page of this person's own session, as after the login page."""

    def open_page(user, viewport, **options):
        client = Client()
        client.force_login(user)
        page = page_factory(viewport, **options)
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page.user = user
        return page

    return open_page

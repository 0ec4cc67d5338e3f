"""Getting into a browser's page without the login page, which has tests of its own."""

from django.conf import settings

from tests.dossiers.citizen_steps import logged_in


def enter(page, user) -> None:
    """From now on `page` (of `page_factory`) is this person's, whoever's it was before."""
    cookie = logged_in(user).cookies[settings.SESSION_COOKIE_NAME]
    page.context.clear_cookies()
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": page.base}])

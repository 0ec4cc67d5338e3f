"""What every test stands on: the real database, a Valkey of its own, and a real browser."""

import os

import pgtrigger
import pytest
from django.conf import settings
from django.utils import translation

from procedures import loading
from tests import chromium, keeping, signing_in
from tests.entering import enter

# Playwright's synchronous API keeps an event loop in this thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1366, "height": 768}


def pytest_configure(config):
    """Settings that only tests want: each xdist worker its own Valkey database, plain static files, quick passwords."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    base, number = settings.REDIS_URL.rsplit("/", 1)
    settings.REDIS_URL = settings.CELERY_BROKER_URL = f"{base}/{(int(number) + int(worker)) % 16}"
    settings.CACHES["default"]["LOCATION"] = settings.REDIS_URL
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.RATE_FACTOR = 0  # tests ask faster than people; those of the limits count
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def private_files(tmp_path_factory):
    """Uploads of the tests go to a directory of the session, not to var/files."""
    settings.PRIVATE_FILES_DIR = tmp_path_factory.mktemp("files")
    settings.STORAGES["default"]["OPTIONS"]["location"] = settings.PRIVATE_FILES_DIR


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests that commit are cleaned up by TRUNCATE, which the record refuses: in the test database alone, that one
    trigger sleeps. tests/audit wakes it to prove that it works."""
    with django_db_blocker.unblock():
        pgtrigger.disable("audit.AuditEntry:no_truncate", "audit.DailyRoot:no_truncate")
    keeping.install()
    signing_in.install()


@pytest.fixture(scope="session")
def _catalogue(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        loading.load(settings.CATALOGUE_DIR)


@pytest.fixture
def catalogue(_catalogue, db):
    """The real catalogue of Hanoi, loaded once a session; tests that commit leave it in place (tests/keeping.py)."""


@pytest.fixture
def catalogue_as_it_was(transactional_db, catalogue):
    """For a test that commits changes to the catalogue, which would outlive it."""
    with keeping.catalogue_as_it_was():
        yield


@pytest.fixture(autouse=True)
def vietnamese_first():
    """A request leaves its language behind in the thread; the next test begins in Vietnamese all the same."""
    translation.activate("vi")


@pytest.fixture(scope="session")
def browser():
    """A real Chromium for the session; without one, CI fails and a developer's machine skips with a sentence."""
    from playwright.sync_api import sync_playwright

    path = chromium.get()
    if path is None:
        pytest.fail(chromium.MISSING) if os.environ.get("CI") else pytest.skip(chromium.MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page_factory(browser, live_server):
    """Return `open(viewport, **context_options)` that makes a page of its own session on the live server.

    When the test ends, a script error or a broken Content-Security-Policy on any of its pages fails it.
    """
    contexts, errors = [], []

    def note(message):
        if message.type == "error" and "Failed to load resource" not in message.text:
            errors.append(message.text)

    def open_page(viewport=DESK, **options):
        options = {"locale": "vi-VN", "base_url": live_server.url, "viewport": viewport} | options
        context = browser.new_context(**options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.base = live_server.url
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", note)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def signed_in(page_factory):
    """Return `open(user, viewport, **options)`: a page of this person's own session, as after the login page."""

    def open_page(user, viewport, **options):
        page = page_factory(viewport, **options)
        enter(page, user)
        page.user = user
        return page

    return open_page


@pytest.fixture
def phone_page(page_factory):
    """A page as on a telephone: 390 by 844, touch."""
    return page_factory(PHONE, has_touch=True, is_mobile=True)


@pytest.fixture
def desk_page(page_factory):
    """A page as on an office screen: 1366 by 768."""
    return page_factory(DESK)

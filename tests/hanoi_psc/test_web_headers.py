"""What browsers are told with every answer, and cookies that no other host can plant."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests import world

pytestmark = pytest.mark.django_db
PAGES = ["/", "/tai-khoan/dang-nhap/", "/khong-co-trang-nay/", "/api/v1/procedures/", "/alive", "/admin/login/"]
# Settings as on a server, asked in a process of their own: this one runs as a demo.
ON_A_SERVER = """
import json, django
django.setup()
from django.conf import settings
settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
from django.test import Client
page = Client().get("/tai-khoan/dang-nhap/", secure=True, headers={"host": "dichvucong.example"})
plain = Client().get("/tai-khoan/dang-nhap/", headers={"host": "dichvucong.example"})
said = Client().post("/ngon-ngu/", {"language": "en"}, secure=True, headers={"host": "dichvucong.example"})
cookies = {**page.cookies, **said.cookies}
print(json.dumps({
    "headers": {k.lower(): v for k, v in page.headers.items()},
    "cookies": {k: {**m, "value": ""} for k, m in cookies.items()},
    "names": [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME],
    "session": [settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY, settings.SESSION_COOKIE_SAMESITE],
    "plain": [plain.status_code, plain.headers.get("Location")],
}))
"""


@pytest.fixture(scope="module")
def server():
    lines = (settings.BASE_DIR / "tools" / "production.env").read_text().splitlines()
    env = {key: value for key, value in os.environ.items() if key not in ("DEMO", "DEBUG")}
    env |= dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    env |= {"BEHIND_PROXY": "0", "DJANGO_SETTINGS_MODULE": "hanoi_psc.settings", "LOG_LEVEL": "ERROR"}
    done = subprocess.run(
        [sys.executable, "-c", ON_A_SERVER], env=env, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_server_speaks_https_only_and_says_so_for_a_year(server):
    assert server["plain"] == [301, "https://dichvucong.example/tai-khoan/dang-nhap/"]
    assert server["headers"]["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
    assert "upgrade-insecure-requests" in server["headers"]["content-security-policy"]


def test_a_servers_cookies_belong_to_this_host_alone(server):
    assert all(name.startswith("__Host-") for name in server["names"])
    assert server["session"] == [True, True, "Lax"]
    assert set(server["cookies"]) == {"__Host-csrftoken", "__Host-django_language"}
    for cookie in server["cookies"].values():
        assert cookie["secure"] and cookie["path"] == "/" and not cookie["domain"] and cookie["samesite"] == "Lax"


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_headers(client, path):
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    for power in ("camera", "microphone", "geolocation", "payment", "usb"):
        assert f"{power}=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_says_what_may_run(client, path):
    policy = client.get(path).headers["Content-Security-Policy"]
    said = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert said["default-src"] == said["object-src"] == said["base-uri"] == "'none'"
    assert said["frame-ancestors"] == said["form-action"] == "'self'"
    assert "unsafe" not in policy and "*" not in policy and "http" not in policy
    assert re.fullmatch(r"'self'( 'nonce-[\w+/=-]{16,}')?", said["script-src"])


def test_a_nonce_is_good_for_one_page(client):
    found = {re.search(r"nonce-([^']+)", client.get("/").headers["Content-Security-Policy"])[1] for _ in range(3)}
    assert len(found) == 3


def test_what_a_known_person_was_shown_is_kept_nowhere(client):
    client.force_login(world.person())
    for path in ("/", reverse("accounts:profile"), reverse("dossiers:mine"), reverse("notifications:inbox")):
        assert "no-store" in client.get(path).headers["Cache-Control"], path


def test_what_a_token_was_answered_is_kept_nowhere():
    answer = Client().get("/api/v1/dossiers/", headers={"authorization": "Bearer khong-co"})
    assert answer.status_code == 401 and "no-store" in answer.headers["Cache-Control"]


def test_pages_without_a_person_may_be_kept(client):
    assert "Cache-Control" not in client.get("/").headers


def test_static_files_are_for_our_own_pages(client):
    headers = client.get("/static/js/portal.js").headers
    assert "Access-Control-Allow-Origin" not in headers
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"

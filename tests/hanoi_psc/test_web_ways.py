"""No address of ours sends a person elsewhere, no letter names a forged host, no form is pressed from outside."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.exceptions import DisallowedHost
from django.test import Client, RequestFactory, override_settings
from django.urls import get_resolver, reverse

from accounts.models import User
from tests import world

pytestmark = pytest.mark.django_db
PASSWORD = "sen-hong-ho-tay-9"
ELSEWHERE = [
    "https://evil.example/", "//evil.example/", "///evil.example", "\\\\evil.example", "/\\evil.example",
    "https:evil.example",
    "https:///evil.example", "http:/evil.example", "javascript:alert(1)", "data:text/html,x", "%2f%2fevil.example",
    "/%09/evil.example", "\t//evil.example", "//evil.example%2f..", "https://testserver@evil.example/",
    "https://testserver.evil.example/", "http:\\\\evil.example", "/../..//evil.example", "ftp://evil.example",
    "//%5cevil.example",
]  # fmt: skip


def leaves(location: str) -> bool:
    """Whether a browser that reads this Location ends on another host. It takes \\ for / and drops tabs and breaks."""
    tidy = re.sub(r"[\t\r\n]", "", location).strip().replace("\\", "/")
    parts = urlsplit(tidy)
    if parts.scheme and not tidy.startswith(("http://testserver/", "https://testserver/")):
        return True
    return tidy.startswith("//") or bool(parts.netloc and parts.netloc != "testserver")


@pytest.fixture
def person(db):
    return User.objects.create_user("anh", "anh@example.com", PASSWORD, full_name="Lê Thị Ánh")


@pytest.mark.parametrize("url", ELSEWHERE)
def test_no_way_back_leads_elsewhere(url, person):
    ways = [
        (reverse("display"), {"switch": "large", "next": url}),
        (reverse("set_language"), {"language": "vi", "next": url}),
        (reverse("account_login"), {"login": "anh", "password": PASSWORD, "next": url}),
        (reverse("account_logout"), {"next": url}),
    ]
    for address, data in ways:
        client = Client()
        if address == reverse("account_logout"):
            client.force_login(person)
        answer = client.post(address, data)
        assert answer.status_code == 302, address
        assert not leaves(answer["Location"]), (address, answer["Location"])


@pytest.mark.parametrize("url", ELSEWHERE)
def test_the_admins_door_leads_nowhere_else_either(url):
    client = Client()
    client.force_login(world.staff("ADMIN"))
    answer = client.get("/admin/login/", {"next": url})
    assert answer.status_code != 302 or not leaves(answer["Location"])


def test_the_judge_of_these_tests_knows_a_way_out():
    """`leaves` itself: what browsers follow outside, and what they do not."""
    assert all(leaves(url) for url in ("//evil.example", "/\\evil.example", "https://evil.example/", "javascript:1"))
    assert not any(leaves(url) for url in ("/", "/a?next=//evil", "http://testserver/a", "%2f%2fevil.example"))


# --- hosts ----------------------------------------------------------------------------------------------------------
def test_a_forged_host_gets_no_page(client):
    page = client.get("/", headers={"host": "evil.example"})
    assert page.status_code == 400 and "evil.example" not in page.content.decode()
    assert client.get("/api/v1/procedures/", headers={"host": "evil.example"}).status_code == 400


def test_a_host_that_a_proxy_claims_is_not_believed():
    request = RequestFactory().get("/", headers={"host": "evil.example", "x-forwarded-host": "testserver"})
    with pytest.raises(DisallowedHost):
        request.get_host()


@override_settings(ALLOWED_HOSTS=["*"], SITE_URL="https://dichvucong.example")
def test_a_letter_to_set_a_password_names_the_portal_and_not_the_host_that_asked(client, person):
    answer = client.post(
        reverse("account_reset_password"),
        {"email": person.email},
        headers={"host": "evil.example", "x-forwarded-host": "evil.example"},
    )
    assert answer.status_code in (200, 302)
    (letter,) = mail.outbox
    assert "evil.example" not in letter.body + letter.subject
    links = re.findall(r"https?://[^\s]+", letter.body)
    assert links and all(link.startswith("https://dichvucong.example/") for link in links)


# --- forms ----------------------------------------------------------------------------------------------------------
class Forms(HTMLParser):
    """The POST forms of a page, each with the names of its hidden inputs."""

    def __init__(self, html):
        super().__init__()
        self.forms, self.inside = [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.inside = {
                "action": attrs.get("action") or "",
                "names": set(),
                "post": "post" in (attrs.get("method") or "").lower(),
            }
            self.forms.append(self.inside)
        elif tag == "input" and self.inside is not None:
            self.inside["names"].add(attrs.get("name"))

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = None


def pages_of(client, starts, most=150):
    """Walk the links of pages from `starts`, one page of each route, and give (address, html)."""
    waiting, seen, routes = list(starts), set(), {}
    while waiting and len(routes) < most:
        url = waiting.pop(0)
        if url in seen:
            continue
        seen.add(url)
        try:
            match = get_resolver().resolve(urlsplit(url).path)
        except Exception:
            continue
        key = match.route
        if routes.get(key, 0) >= 2 or "logout" in (match.view_name or ""):
            continue
        routes[key] = routes.get(key, 0) + 1
        answer = client.get(url)
        if answer.status_code != 200 or "html" not in answer.get("Content-Type", ""):
            continue
        html = answer.content.decode()
        yield url, answer, html
        waiting += [link for link in re.findall(r'href="(/[^"#]*)', html) if not link.startswith("//")]


@pytest.fixture
def walkers(catalogue):
    """A client of each kind of person, with the pages they begin at."""
    dossier = world.submitted()
    found = [(Client(), ["/", "/tai-khoan/dang-nhap/", "/tai-khoan/dang-ky/", "/tra-cuu/", "/thu-tuc/"])]
    for user, starts in (
        (dossier.owner, ["/", "/ho-so/", f"/ho-so/{dossier.code}/", "/tai-khoan/ho-so-ca-nhan/", "/thu-tuc/1.001193/"]),
        (world.clerk(dossier.branch), ["/can-bo/", f"/can-bo/ho-so/{dossier.code}/", "/can-bo/tai-quay/"]),
        (world.staff("ADMIN"), ["/admin/", "/thiet-ke/", "/can-bo/"]),
    ):
        client = Client()
        client.force_login(user)
        found.append((client, starts))
    return found


INLINE = re.compile(r"<[^>]+\s(?:on[a-z]+|style)\s*=", re.I)
ACTIVE = re.compile(r"<(script|style)\b([^>]*)>", re.I)


def test_every_page_runs_under_the_policy_and_every_form_carries_its_token(walkers):
    """One walk for both: no inline handler, style or script without the page's nonce, no POST form without a token."""
    wrong, walked = [], 0
    for client, starts in walkers:
        for url, answer, html in pages_of(client, starts):
            walked += 1
            nonce = re.search(r"nonce-([^']+)'", answer["Content-Security-Policy"])
            body = re.sub(r"<!--.*?-->|<(script|style|textarea)\b[^>]*>.*?</\1>", "", html, flags=re.S)
            wrong += [(url, found[:120]) for found in INLINE.findall(body)]
            for tag, attrs in ACTIVE.findall(html):
                own = "src=" in attrs or "application/json" in attrs or (nonce and f'nonce="{nonce[1]}"' in attrs)
                if not own:
                    wrong.append((url, tag, attrs))
            wrong += [
                (url, form["action"])
                for form in Forms(html).forms
                if form["post"] and "csrfmiddlewaretoken" not in form["names"]
            ]
            wrong += [(url, link) for link in re.findall(r'(?:href|src|action)="\s*(javascript:[^"]*)', html, re.I)]
    assert wrong == []
    assert walked > 60


def test_a_session_of_a_browser_presses_nothing_in_the_api_without_the_token():
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.person())
    answer = client.post("/api/v1/dossiers/", {}, content_type="application/json")
    assert answer.status_code == 403 and "CSRF" in answer.json()["detail"]


def test_no_view_is_free_of_the_token_but_those_that_take_no_cookie():
    """Exempt are the API's views (their session login checks the token itself) and nothing else."""
    exempt = []

    def walk(patterns, before=""):
        for one in patterns:
            route = before + str(one.pattern)
            if hasattr(one, "url_patterns"):
                walk(one.url_patterns, route)
            elif getattr(one.callback, "csrf_exempt", False):
                exempt.append(route)

    walk(get_resolver().url_patterns)
    assert exempt and all(route.startswith("api/") for route in exempt), exempt


def test_a_form_sent_from_another_site_is_refused(person):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    for name in ("display", "set_language", "account_logout", "accounts:profile"):
        assert client.post(reverse(name), {}, headers={"origin": "https://evil.example"}).status_code == 403, name


def test_no_page_may_be_framed_elsewhere(client):
    headers = client.get(reverse("account_login")).headers
    assert headers["X-Frame-Options"] == "SAMEORIGIN" and "frame-ancestors 'self'" in headers["Content-Security-Policy"]

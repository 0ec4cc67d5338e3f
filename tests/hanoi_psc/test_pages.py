"""The front door and what every page has."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse

from accounts.models import User
from hanoi_psc.templatetags.portal import icon, vnd, vndate, vndatetime, vnday
from procedures.models import LifeEvent
from worktime import now

pytestmark = pytest.mark.django_db


def test_home_asks_what_is_needed_and_searches_without_a_script(client):
    html = client.get("/").content.decode()
    assert "cần làm thủ tục gì" in html
    assert re.search(r'<form class="search" action="/thu-tuc/"', html)


def test_home_shows_life_events_in_their_order(client):
    LifeEvent.objects.create(key="x-second", name="Việc thứ hai", text="x", icon="heart", position=202)
    LifeEvent.objects.create(key="x-first", name="Việc thứ nhất", text="y", icon="no-such-icon", position=201)
    html = client.get("/").content.decode()
    assert html.index("Việc thứ nhất") < html.index("Việc thứ hai")


def test_figures_are_not_claimed_when_nothing_was_counted(client):
    assert "Lời hứa và việc làm" not in client.get("/").content.decode()


def test_home_is_cheap_for_a_visitor(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        client.get("/")


@pytest.mark.parametrize("name", ["accessibility", "account_login", "account_signup", "account_reset_password"])
def test_a_page_costs_an_anonymous_visitor_no_query(client, name, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get(reverse(name)).status_code == 200


def test_every_page_has_language_title_skip_link_and_one_main(client):
    html = client.get("/").content.decode()
    assert '<html lang="vi"' in html and "<title>Trang chủ | " in html
    assert 'class="skip" href="#main"' in html and html.count("<main") == 1 and html.count("<h1") == 1


def test_no_page_has_inline_style_or_an_inline_script(client):
    html = client.get(reverse("account_signup")).content.decode()
    assert " style=" not in html and " onclick=" not in html
    assert all("src=" in tag and "nonce=" in tag for tag in re.findall(r"<script[^>]*>", html))


def test_the_policy_of_the_page_allows_its_own_scripts_only(client):
    policy = client.get("/")["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy and "'unsafe-eval'" not in policy and "nonce-" in policy


def test_vietnamese_comes_first_whatever_the_browser_was_made_for(client):
    html = client.get("/", headers={"accept-language": "en-US,en;q=0.9"}).content.decode()
    assert '<html lang="vi"' in html


def test_english_is_one_press_away_and_stays(client):
    response = client.post(reverse("set_language"), {"language": "en", "next": "/tro-nang/"})
    assert response["Location"] == "/tro-nang/"
    assert '<html lang="en"' in client.get("/").content.decode()


def test_a_language_chosen_is_kept_for_letters_too(client):
    person = User.objects.create(username="anh")
    client.force_login(person)
    client.post(reverse("set_language"), {"language": "en"})
    person.refresh_from_db()
    assert person.language == "en"


def test_large_print_and_plain_mode_are_switched_on_and_off(client):
    client.post(reverse("display"), {"switch": "large", "next": "/"})
    client.post(reverse("display"), {"switch": "plain"})
    assert '<html lang="vi" class="large plain">' in client.get("/").content.decode()
    client.post(reverse("display"), {"switch": "large"})
    assert '<html lang="vi" class="plain">' in client.get("/").content.decode()


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_a_switch_never_leads_off_the_portal(client, wanted):
    assert client.post(reverse("display"), {"switch": "large", "next": wanted})["Location"] == "/"


def test_first_load_is_small_enough_for_a_slow_line(client):
    import gzip

    html = client.get("/").content.decode()
    total = len(gzip.compress(html.encode()))
    assets = set(re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js|svg))"', html))
    fonts = [f"fonts/be-vietnam-pro-{weight}.woff2" for weight in ("regular", "medium", "semibold", "bold")]
    for name in [*assets, *fonts]:
        with open(finders.find(name), "rb") as asset:
            body = asset.read()
        total += len(body) if name.endswith("woff2") else len(gzip.compress(body))
    assert len(assets) >= 5
    assert total <= 150 * 1024, f"{total / 1024:.0f} kB"


def test_numbers_and_dates_are_written_as_people_write_them():
    moment = now().replace(year=2026, month=11, day=24, hour=8, minute=30)
    assert vnd(1234567) == "1.234.567\u00a0₫" and vnd(None) == ""
    assert vndatetime(moment) == "15:30, 24/11/2026" and vndate(moment) == "24/11/2026"
    assert vnday(moment) == "Thứ Ba, 24/11/2026"
    assert vndate(moment + timedelta(hours=9)) == "25/11/2026"


def test_icons_are_silent_unless_they_have_a_label():
    assert 'aria-hidden="true"' in icon("search") and "<svg" in icon("search")
    assert 'aria-label="Tìm &amp; mở"' in icon("search", 20, "Tìm & mở")


def test_the_stack_of_settings_needs_nothing_from_elsewhere(client):
    html = client.get("/").content.decode()
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)
    assert settings.LANGUAGE_CODE == "vi"


def test_every_icon_named_in_a_template_exists():
    named = set()
    for path in (settings.BASE_DIR / "templates").rglob("*.html"):
        named |= set(re.findall(r'{% icon "([\w-]+)"', path.read_text(encoding="utf-8")))
    circle = icon("circle")
    assert len(named) > 20
    assert [name for name in named if name != "circle" and icon(name) == circle] == []

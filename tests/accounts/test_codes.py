"""Coming in by a one-time code: by text message or letter, for who has an account and for who makes one."""

import logging
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.tasks import forget_unfinished
from audit.models import AuditEntry
from notifications.models import Message
from tests import world
from worktime import now

pytestmark = pytest.mark.django_db
PHONE, NUMBER = "+84912345678", "0912 345 678"
ASK, SHOW = "account_request_login_code", "account_confirm_login_code"


@pytest.fixture
def person():
    user = User(username="anh", full_name="Lê Thị Ánh", email="anh@example.com", phone=PHONE, phone_verified=True)
    user.set_unusable_password()
    user.save()
    return user


def ask(client, login):
    return client.post(reverse(ASK), {"login": login})


def show(client, code, name=SHOW, **more):
    return client.post(reverse(name), {"code": code, "action": "verify"} | more)


def code_in(text):
    return re.search(r"\b\d{6}\b", text).group()


def is_in(client, user):
    return client.session.get("_auth_user_id") == str(user.pk)


def test_a_number_and_the_code_sent_to_it_are_enough(client, person, texts):
    assert ask(client, NUMBER)["Location"] == reverse(SHOW)
    (message,) = texts()
    assert message["to"] == PHONE
    assert show(client, code_in(message["text"])).status_code == 302
    assert is_in(client, person)


def test_a_letter_serves_as_well(client, person, mailoutbox):
    ask(client, "ANH@example.com")
    assert mailoutbox[0].subject == "Mã đăng nhập"
    show(client, code_in(mailoutbox[0].body))
    assert is_in(client, person)


def test_one_comes_out_where_one_wanted_to_go(client, person, texts):
    client.post(reverse(ASK), {"login": NUMBER, "next": reverse("accounts:profile")})
    answer = show(client, code_in(texts()[0]["text"]), next=reverse("accounts:profile"))
    assert answer["Location"] == reverse("accounts:profile")


def test_a_code_serves_once(client, person, texts):
    ask(client, NUMBER)
    code = code_in(texts()[0]["text"])
    show(client, code)
    client.logout()
    assert show(client, code)["Location"].startswith(reverse(ASK))
    assert not is_in(client, person)


def test_a_code_of_another_browser_does_not_serve(client, person, texts):
    ask(client, NUMBER)
    other = type(client)()
    ask(other, NUMBER)
    first, second = (code_in(message["text"]) for message in texts())
    assert first != second
    assert "Mã chưa đúng" in str(show(other, first).context["form"].errors)


def test_after_three_wrong_codes_a_new_one_must_be_asked_for(client, person, texts):
    ask(client, NUMBER)
    code = code_in(texts()[0]["text"])
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _try in range(3):
        answer = show(client, wrong)
    assert answer.status_code == 302
    show(client, code)
    assert not is_in(client, person)


def test_a_code_too_old_does_not_serve(client, person, texts, settings):
    settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = -1
    ask(client, NUMBER)
    show(client, code_in(texts()[0]["text"]))
    assert not is_in(client, person)


@pytest.mark.parametrize("unknown", ["0987 654 321", "ai@example.com"])
def test_a_known_and_an_unknown_name_get_the_same_pages_and_one_message_each(
    client, person, texts, mailoutbox, unknown
):
    known = NUMBER if unknown[0] == "0" else "anh@example.com"
    pages = []
    for login in (known, unknown):
        browser = type(client)()
        answer = ask(browser, login)
        page = browser.get(answer["Location"]).content.decode()
        pages.append((answer["Location"], re.sub(r'nonce="\S+"|[A-Za-z0-9]{64}', "", page)))
    (first, known_page), (second, unknown_page) = pages
    assert first == second
    assert _without_name(known_page) == _without_name(unknown_page)
    assert len(texts()) + len(mailoutbox) == 2


def _without_name(page):
    return re.sub(r"0912 345 678|0987 654 321|anh@example.com|ai@example.com|req-\w+|[0-9a-f]{32}", "X", page)


def test_a_number_that_nobody_proved_gets_no_code(client, texts):
    User.objects.create(username="b", phone=PHONE)
    ask(client, NUMBER)
    assert "chưa có tài khoản" in texts()[0]["text"]


@pytest.mark.parametrize("bad", ["", "abc", "\x00", "a" * 10_000, "12345", "🙂"])
def test_what_is_neither_number_nor_address_is_told_beside_the_field(client, bad):
    response = ask(client, bad)
    assert response.status_code == 200 and response.context["form"].errors["login"]


def test_codes_and_numbers_are_in_no_log_and_no_record(client, person, texts, caplog):
    with caplog.at_level(logging.DEBUG):
        ask(client, NUMBER)
        code = code_in(texts()[0]["text"])
        show(client, "000000")
        show(client, code)
    kept = caplog.text + str(list(AuditEntry.objects.values()))
    assert code not in kept and "912345678" not in kept and "912 345" not in kept


def test_a_gateway_that_is_away_is_said_and_breaks_nothing(client, person, settings):
    settings.SMS_URL = "http://127.0.0.1:9/"
    page = client.get(ask(client, NUMBER)["Location"]).content.decode()
    assert "Chưa gửi được tin nhắn" in page


# --- Making an account ------------------------------------------------------------------------------------------------
def sign_up(client, **fields):
    given = {"full_name": "Nguyễn Văn An", "phone": "", "email": "", "password1": "", "password2": ""}
    return client.post(reverse("account_signup"), given | fields)


def test_a_new_account_proves_its_number_and_needs_no_password(client, texts):
    assert sign_up(client, phone=NUMBER)["Location"] == reverse("account_verify_phone")
    show(client, code_in(texts()[0]["text"]), "account_verify_phone")
    user = User.objects.get()
    assert is_in(client, user) and (user.phone, user.phone_verified) == (PHONE, True)
    assert not user.has_usable_password()


def test_a_new_account_proves_its_address(client, mailoutbox):
    assert sign_up(client, email="an@example.com")["Location"] == reverse("account_email_verification_sent")
    show(client, code_in(mailoutbox[0].body), "account_email_verification_sent")
    user = User.objects.get()
    assert is_in(client, user) and user.emailaddress_set.get().verified


def test_whoever_proves_a_number_has_it_and_whoever_only_wrote_it_down_is_told(client, texts):
    squatter = User.objects.create(username="b", full_name="Kẻ Giữ Chỗ", phone=PHONE)
    sign_up(client, phone=NUMBER)
    squatter.refresh_from_db()
    assert squatter.phone == PHONE  # nothing is proved yet
    show(client, code_in(texts()[0]["text"]), "account_verify_phone")
    squatter.refresh_from_db()
    owner = User.objects.get(full_name="Nguyễn Văn An")
    assert (owner.phone, owner.phone_verified, squatter.phone) == (PHONE, True, "")
    assert Message.objects.filter(recipient=squatter, template="account_phone_released").exists()


def test_an_account_never_finished_is_forgotten_after_a_week_and_no_other(client, texts):
    sign_up(client, phone=NUMBER)
    kept = [world.person(), User.objects.create(username="cdabcdefghjkmn", last_login=now())]
    assert forget_unfinished() == 0
    User.objects.update(date_joined=now() - timedelta(days=8))
    assert forget_unfinished() == 1
    assert set(User.objects.all()) == set(kept)


def test_a_number_is_changed_only_by_the_code_sent_to_the_new_one(client, person, texts):
    client.force_login(person)
    client.post(reverse("account_change_phone"), {"phone": "0987 654 321"})
    person.refresh_from_db()
    assert person.phone == PHONE
    (message,) = texts()
    assert message["to"] == "+84987654321"
    show(client, code_in(message["text"]), "account_verify_phone")
    person.refresh_from_db()
    assert (person.phone, person.phone_verified) == ("+84987654321", True)


@pytest.mark.parametrize("name", [ASK, "account_login"])
def test_the_pages_have_no_english(client, name):
    html = client.get(reverse(name)).content.decode()
    for word in ("Password", "Phone", "Sign In", "Code<"):
        assert word not in html

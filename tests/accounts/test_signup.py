"""Making an account with a telephone number, an e-mail address, or both."""

import pytest
from django.core.mail import EmailMessage
from django.urls import reverse

from accounts.models import User
from notifications.models import Message

pytestmark = pytest.mark.django_db
PASSWORD = "sen-hong-ho-tay-9"


def sign_up(client, **fields):
    given = {"full_name": "Nguyễn Thị Hồng Ánh", "phone": "", "email": ""}
    return client.post(reverse("account_signup"), given | {"password1": PASSWORD, "password2": PASSWORD} | fields)


def errors(response, field):
    return response.context["form"].errors.get(field, [])


def test_a_phone_number_is_enough(client):
    response = sign_up(client, phone="0912 345 678")
    assert response["Location"] == reverse("account_verify_phone")
    user = User.objects.get()
    assert (user.phone, user.full_name, user.email) == ("+84912345678", "Nguyễn Thị Hồng Ánh", "")
    assert "_auth_user_id" not in client.session


def test_an_e_mail_address_is_enough(client):
    assert sign_up(client, email="Anh@Example.com").status_code == 302
    assert User.objects.get().email == "anh@example.com"


def test_the_user_name_tells_nothing_about_the_person(client):
    sign_up(client, email="hong.anh@example.com")
    username = User.objects.get().username
    assert username.startswith("cd") and "anh" not in username[2:6]


def test_neither_phone_nor_e_mail_is_told_in_plain_words(client):
    response = sign_up(client)
    assert "để đăng nhập sau này" in errors(response, "phone")[0]
    assert not User.objects.exists()


@pytest.mark.parametrize("again", ["0912345678", "+84 912 345 678", "(+84) 0912-345-678"])
def test_one_account_per_phone_however_it_is_written(client, texts, again):
    User.objects.create(username="a", phone="+84912345678", phone_verified=True)
    assert sign_up(client, phone=again)["Location"] == reverse("account_verify_phone")  # as for a new number
    assert "đã có tài khoản" in texts()[-1]["text"]
    assert User.objects.count() == 1


def test_one_account_per_e_mail_whatever_its_case(client, mailoutbox):
    User.objects.create(username="a", email="anh@example.com")
    response = sign_up(client, email="ANH@example.com")
    assert response["Location"] == reverse("account_email_verification_sent")  # as for a new address
    assert "đã có tài khoản" in mailoutbox[0].body and User.objects.count() == 1


@pytest.mark.parametrize("bad", ["12345", "không có", "0912 345 67", "+1 555"])
def test_a_number_that_cannot_be_is_refused_with_an_example(client, bad):
    assert "0912 345 678" in errors(sign_up(client, phone=bad), "phone")[0]


def test_what_was_typed_is_still_there_after_an_error(client):
    html = sign_up(client, phone="123").content.decode()
    assert "Nguyễn Thị Hồng Ánh" in html and 'value="123"' in html


def test_a_name_is_cleaned_and_must_have_letters(client):
    assert errors(sign_up(client, phone="0912345678", full_name="\u202e\u200b 123"), "full_name")
    sign_up(client, phone="0912345678", full_name="  Lê\u200b  Thị  Ánh ")
    assert User.objects.get().full_name == "Lê Thị Ánh"


@pytest.mark.parametrize("bad", ["a" * 10_000, "Lê\x00Ánh"])
def test_a_name_too_long_or_with_nul_is_an_error_and_not_a_crash(client, bad):
    response = sign_up(client, phone="0912345678", full_name=bad)
    assert response.status_code == 200 and errors(response, "full_name")


def test_the_page_has_no_english(client):
    html = client.get(reverse("account_signup")).content.decode()
    for word in ("Password", "Phone", "Sign Up", "optional"):
        assert word not in html.replace('autocomplete="new-password"', "").replace('class="optional"', "")


def test_the_welcome_waits_in_the_inbox(client):
    sign_up(client, phone="0912345678")
    message = Message.objects.get()
    assert (message.template, message.channel, message.recipient) == ("account_welcome", "inbox", User.objects.get())


def test_of_two_presses_at_once_the_second_is_led_to_login_and_leaves_nothing(client, monkeypatch):
    User.objects.create(username="a", phone="+84912345678")
    monkeypatch.setattr("accounts.adapter.holder_of_phone", lambda phone: None)  # looked before the other was made
    response = sign_up(client, phone="0912345678")
    assert response["Location"] == reverse("account_login")
    assert User.objects.count() == 1


def test_a_mail_server_that_is_away_does_not_stop_anybody(client, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailMessage, "send", refuse)
    assert sign_up(client, email="anh@example.com").status_code == 302
    page = client.get("/")
    assert "Chưa gửi được thư" in page.content.decode()
    assert User.objects.get().email == "anh@example.com"

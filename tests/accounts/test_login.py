"""Logging in by e-mail, telephone or user name, and where one comes out."""

import pytest
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "sen-hong-ho-tay-9"


@pytest.fixture
def person():
    user = User(username="anh", full_name="Lê Thị Ánh", email="anh@example.com", phone="+84912345678")
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client, login, password=PASSWORD, **more):
    return client.post(reverse("account_login"), {"login": login, "password": password} | more)


@pytest.mark.parametrize("login", ["anh", "anh@example.com", "ANH@example.com", "0912345678", "+84 912 345 678"])
def test_any_of_the_three_names_logs_in(client, person, login):
    response = log_in(client, login)
    assert (response.status_code, response["Location"]) == (302, reverse("home"))


@pytest.mark.parametrize("login", ["anh", "anh@example.com", "0912345678", "khong-co", "0987654321"])
def test_a_wrong_password_is_told_in_vietnamese_and_keeps_the_login(client, person, login):
    response = log_in(client, login, "sai")
    assert response.status_code == 200
    assert "chưa đúng" in str(response.context["form"].errors)
    assert f'value="{login}"' in response.content.decode()


@pytest.mark.parametrize("login", ["a" * 10_000, "\x00", "🙂", "anh\u202e"])
def test_nonsense_is_an_error_and_not_a_crash(client, person, login):
    assert log_in(client, login).status_code == 200


def test_a_page_that_needs_login_is_where_one_comes_back_to(client, person):
    asked = client.get(reverse("accounts:profile"))
    assert asked["Location"] == f"{reverse('account_login')}?next={reverse('accounts:profile')}"
    page = client.get(asked["Location"])
    assert "trở lại đúng trang" in page.content.decode()
    response = log_in(client, "anh", next=reverse("accounts:profile"))
    assert response["Location"] == reverse("accounts:profile")


def test_next_never_leads_to_another_site(client, person):
    assert log_in(client, "anh", next="https://example.com/")["Location"] == reverse("home")


def test_a_locked_account_is_told_so(client, person):
    User.objects.update(is_active=False)
    response = client.post(reverse("account_login"), {"login": "anh", "password": PASSWORD}, follow=True)
    assert "đang bị khóa" in response.content.decode()


def test_logout_asks_first_and_then_does_it(client, person):
    client.force_login(person)
    assert client.get(reverse("account_logout")).status_code == 200
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_a_forgotten_password_is_set_anew_by_the_letter(client, person, mailoutbox):
    client.post(reverse("account_reset_password"), {"email": "anh@example.com"})
    letter = mailoutbox[0]
    assert letter.subject == "Đặt lại mật khẩu" and "Kính gửi Lê Thị Ánh" in letter.body
    link = next(line for line in letter.body.splitlines() if line.startswith("http"))
    page = client.get(link.removeprefix("http://testserver"), follow=True)
    form_at = page.redirect_chain[-1][0]
    client.post(form_at, {"password1": "sen-trang-ho-tay-8", "password2": "sen-trang-ho-tay-8"})
    person.refresh_from_db()
    assert person.check_password("sen-trang-ho-tay-8")


def test_a_known_and_an_unknown_address_get_the_same_page_and_one_letter_each(client, person, mailoutbox):
    pages = []
    for email in ("anh@example.com", "ai@example.com"):
        response = client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        pages.append((response.redirect_chain, response.status_code))
    assert pages[0] == pages[1]
    assert [letter.to for letter in mailoutbox] == [["anh@example.com"], ["ai@example.com"]]
    assert "Chưa có tài khoản nào" in mailoutbox[1].body

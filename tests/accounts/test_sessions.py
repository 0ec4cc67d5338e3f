"""Sessions: listed and ended, ended by themselves when left alone, new devices told about, typed forms not lost."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.sessions import DEVICE_COOKIE, SEEN, TYPED, described
from notifications.models import Message
from tests import world
from tests.signing_in import code_of, secret_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
PASSWORD = "mat-khau-dung"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1"
LIST = "/tai-khoan/phien-dang-nhap/"


def log_in(user, agent=WINDOWS, client=None, **more):
    client = client or Client(headers={"User-Agent": agent})
    client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD} | more)
    return client


def left_alone(client, minutes):
    session = client.session
    session[SEEN] = session[SEEN] | {"at": session[SEEN]["at"] - minutes * 60}
    session.save()


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (WINDOWS, "Chrome trên Windows"),
        (PHONE, "Safari trên iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox trên Linux"),
        (WINDOWS + " Edg/126.0", "Edge trên Windows"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile", "Chrome trên Android"),
        ("curl/8.7", "Thiết bị không rõ"),
        ("", "Thiết bị không rõ"),
    ],
)
def test_a_browser_is_named_in_plain_words(agent, said):
    assert described(agent) == said


def test_a_person_sees_their_sessions_and_ends_one(client):
    user = world.person()
    here, there, stranger = log_in(user), log_in(user, PHONE), log_in(world.person())
    page = here.get(LIST)
    assert [row[1] for row in page.context["rows"]] == ["Chrome trên Windows", "Safari trên iPhone"]
    assert "127.0.0.1" in page.content.decode()
    other = page.context["rows"][1][0]
    stranger.post(LIST, {"end": other.pk})
    assert there.get(LIST).status_code == 200
    here.post(LIST, {"end": other.pk})
    assert there.get(LIST)["Location"].startswith(reverse("account_login"))
    assert here.get(LIST).status_code == 200


def test_all_other_sessions_end_at_once():
    user = world.person()
    here, *others = [log_in(user) for _ in range(3)]
    here.post(LIST)
    assert [c.get(LIST).status_code for c in (here, *others)] == [200, 302, 302]


@pytest.mark.parametrize("junk", ["x", "-1", "9" * 30, "²"])
def test_junk_ends_nothing(junk):
    here = log_in(world.person())
    here.post(LIST, {"end": junk})
    assert here.get(LIST).status_code == 200


@pytest.mark.parametrize(("role", "stays", "ends"), [("staff", 29, 31), ("citizen", 479, 481)])
def test_a_session_left_alone_ends_by_role(client, role, stays, ends):
    client.force_login(world.clerk() if role == "staff" else world.person())
    left_alone(client, stays)
    assert client.get(LIST).status_code == 200
    left_alone(client, ends)
    assert client.get(LIST)["Location"].startswith(reverse("account_login"))
    assert client.get(LIST).status_code == 302  # and stays ended


def test_whoever_goes_on_working_stays_in(client):
    client.force_login(world.clerk())
    for _ in range(4):
        left_alone(client, 20)
        assert client.get(LIST).status_code == 200


# --- devices ---------------------------------------------------------------------------------------------------------
def told(user):
    return Message.objects.filter(recipient=user, template="new_device", channel="inbox")


def test_a_new_device_is_told_and_a_known_one_is_not():
    user = world.person()
    first = log_in(user)
    first.get("/")
    assert not told(user).exists()  # the first of an account is no news
    cookie = first.cookies[DEVICE_COOKIE]
    assert cookie["httponly"] and cookie.value not in str(list(user.devices.values()))
    first.post(reverse("account_logout"))
    log_in(user, client=first).get("/")
    assert not told(user).exists()
    log_in(user, PHONE).get("/")
    message = told(user).get()
    assert "Safari trên iPhone" in message.body and message.link == LIST


# --- typed forms -----------------------------------------------------------------------------------------------------
NEW_NAME = {"full_name": "Trần Thị Giữ Lại", "language": "vi"}
PROFILE = "/tai-khoan/ho-so-ca-nhan/"


def test_what_was_typed_when_the_session_ended_is_sent_after_the_next_login():
    user = world.person()
    client = log_in(user)
    client.get("/")
    left_alone(client, 500)
    ended = client.post(PROFILE, NEW_NAME)
    assert ended["Location"] == f"{reverse('account_login')}?next={PROFILE}"
    assert "Giữ Lại" not in str(dict(client.session)) and "Gi%E1" not in str(dict(client.session))
    log_in(user, client=client, next=PROFILE)
    page = client.get(PROFILE)
    assert page.templates[0].name == "usersessions/typed.html" and "Trần Thị Giữ Lại" in page.content.decode()
    client.post(page.context["path"], dict(page.context["fields"]))
    user.refresh_from_db()
    assert user.full_name == "Trần Thị Giữ Lại"
    assert client.get(PROFILE).templates[0].name == "account/profile.html"  # once


def test_a_member_of_staff_finds_it_after_the_code():
    user = world.clerk()
    secret_of(user)
    client = log_in(user)
    client.post(reverse("mfa_authenticate"), {"code": code_of(user)})
    client.get("/")
    left_alone(client, 31)
    client.post(PROFILE, NEW_NAME)
    log_in(user, client=client, next=PROFILE)
    assert client.post(reverse("mfa_authenticate"), {"code": code_of(user)})["Location"] == PROFILE
    assert "Trần Thị Giữ Lại" in client.get(PROFILE).content.decode()


def test_somebody_else_never_sees_it():
    client = log_in(world.person())
    client.get("/")
    left_alone(client, 500)
    client.post(PROFILE, NEW_NAME)
    log_in(world.person(), client=client, next=PROFILE)
    page = client.get(PROFILE)
    assert page.templates[0].name == "account/profile.html" and "Giữ Lại" not in page.content.decode()
    assert TYPED not in client.session


def test_passwords_are_not_kept(client):
    client.force_login(world.person())
    left_alone(client, 500)
    client.post(reverse("account_change_password"), {"oldpassword": "a", "password1": "b", "password2": "b"})
    assert TYPED not in client.session

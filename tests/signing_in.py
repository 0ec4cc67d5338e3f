"""Coming in as tests do: what a finished login leaves in a session, and second factors of people made by tests."""

import time

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from django.test import Client

from accounts.models import UsedCode
from accounts.second_factor import code_now, is_required
from accounts.sessions import SEEN

_force_login = Client.force_login


def force_login(self, user, backend=None):
    """Django's, and the login is finished: passed by its second factor a moment ago, looked at, no new device."""
    _force_login(self, user, backend)
    finish(self, user)


def finish(client: Client, user) -> None:
    at, session = time.time(), client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": at}, {"method": "mfa", "at": at}]
    session["account_authentication_methods_user"] = str(user.pk)
    session[SEEN] = {"at": at, "staff": is_required(user)}
    session.save()


def install() -> None:
    """`client.force_login` stands for a finished login in every test; those of the login itself use its page."""
    Client.force_login = force_login


def secret_of(user) -> str:
    """The secret of the person's authenticator app, which is made when there is none."""
    made = {"data": {"secret": encrypt(generate_totp_secret())}}
    found, _ = Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults=made)
    return decrypt(found.data["secret"])


def code_of(user) -> str:
    """What the person's app shows now, as if no code had been used before: a test does not wait thirty seconds."""
    UsedCode.objects.filter(user=user).delete()
    return code_now(secret_of(user))


def log_in(page, user, password: str, to: str = "") -> None:
    """Through the login page of a real browser, with the code where one is asked for."""
    if is_required(user):
        secret_of(user)
    page.goto(f"/tai-khoan/dang-nhap/{f'?next={to}' if to else ''}")
    page.fill("[name=login]", user.username)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: not url.split("?")[0].endswith("/tai-khoan/dang-nhap/"))
    if "xac-minh-hai-lop" in page.url:
        page.fill("[name=code]", code_of(user))
        page.press("[name=code]", "Enter")
        page.wait_for_url(lambda url: "xac-minh-hai-lop" not in url)

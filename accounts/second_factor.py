"""The second factor: who must have one, whether this login has passed it, and asking for it again (step-up).

Codes are TOTP (RFC 6238), 30 seconds long; one step before and after the present one count too (RFC 6238 5.2). A code
that was accepted belongs to whoever used it first: another login or token is refused with it (RFC 6238 5.2, one-time).
Ages are measured on the machine's clock, as allauth does: what a test or a demo says the time is changes no login.
"""

import base64
import copy
import hmac
import json
import secrets
import time
from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode, urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import stash_and_reauthenticate
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import resolve, reverse

from accounts.models import UsedCode
from keys.ring import hide, show

TYPED = "accounts.second_factor.typed"  # what a kept form is bound to
DEMO_USE = "demo"
KEPT_STEPS = 20  # ten minutes of used codes: many times longer than any of them is good for
Main = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


# --- who must have one -----------------------------------------------------------------------------------------------
def is_required(user) -> bool:
    """Everybody with a posting in force, and whoever enters Django admin. At most one query."""
    return user.is_staff or user.is_superuser or user.postings.in_force().exists()


def has_one(user) -> bool:
    """Recovery codes alone are none: they stand in for a factor that is lost."""
    return Authenticator.objects.filter(user=user, type__in=Main).exists()


# --- codes -----------------------------------------------------------------------------------------------------------
def accepts(user, code: str, *, used_by: str) -> bool:
    """Whether `code` is good for `user` now and was used by nobody but `used_by`, to whom it belongs from now on."""
    totp = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    counter = _counter(decrypt(totp.data["secret"]), code) if totp else None
    if counter is None:
        return False
    UsedCode.objects.filter(user=user, counter__lt=counter - KEPT_STEPS).delete()
    used, made = UsedCode.objects.get_or_create(user=user, counter=counter, defaults={"used_by": used_by})
    return made or used.used_by == used_by


def accepts_in_browser(user, code: str) -> bool:
    """As `accepts`, for one login or one confirmation. A demo account's code is on the page, and may be used again."""
    demo = settings.DEMO and user.is_demo
    return accepts(user, code, used_by=DEMO_USE if demo else f"browser:{secrets.token_hex(8)}")


def _counter(secret: str, code: str) -> int | None:
    """The step whose code this is. Every step is compared, so that time tells nothing."""
    typed = "".join(code.split()).encode()
    steps = list(yield_hotp_counters_from_time())
    same = [hmac.compare_digest(format_hotp_value(hotp_value(secret, step)).encode(), typed) for step in steps]
    return steps[same.index(True)] if True in same else None


# --- accounts of the demo --------------------------------------------------------------------------------------------
def demo_secret(username: str) -> str:
    """The TOTP secret of a demo account, the same whenever the demo is loaded with the same SECRET_KEY."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"demo totp {username}".encode(), "sha256")
    return base64.b32encode(digest[:20]).decode()


def code_now(secret: str) -> str:
    """The code that an authenticator app with this secret shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // settings.MFA_TOTP_PERIOD))


def give_demo_factors(users) -> int:
    """A factor for each of these demo accounts that has none. Returns how many were made."""
    ready = set(Authenticator.objects.filter(user__in=users, type__in=Main).values_list("user_id", flat=True))
    made = [
        Authenticator(user=user, type=Authenticator.Type.TOTP, data={"secret": encrypt(demo_secret(user.username))})
        for user in users
        if user.is_demo and user.pk not in ready
    ]
    Authenticator.objects.bulk_create(made, batch_size=500)
    return len(made)


# --- this login ------------------------------------------------------------------------------------------------------
def is_passed(request: HttpRequest) -> bool:
    """Whether this login was confirmed by a second factor. No query."""
    return _age(request, "mfa") is not None


def is_fresh(request: HttpRequest) -> bool:
    """Whether the second factor was shown within the last minutes (STEP_UP_SECONDS). No query."""
    age = _age(request, "mfa")
    return age is not None and age < settings.STEP_UP_SECONDS


def _age(request: HttpRequest, *methods: str) -> float | None:
    """Seconds since this login was last proved by one of the methods (by any, when none is named)."""
    records = get_authentication_records(request, request.user)
    at = max((r["at"] for r in records if not methods or r["method"] in methods), default=None)
    return None if at is None else time.time() - at


# --- asking again ----------------------------------------------------------------------------------------------------
def ask_again(request: HttpRequest) -> HttpResponse:
    """Lead to the page that asks for the second factor and comes back; a form being sent is kept and then goes on."""
    types = Authenticator.objects.filter(user=request.user).values_list("type", flat=True)
    by_code = {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES} & set(types)
    name = "mfa_reauthenticate" if by_code else "mfa_reauthenticate_webauthn" if types else "mfa_index"
    path = request.get_full_path()
    if request.method == "POST" and types:
        stash_and_reauthenticate(request, {"typed": keep(request)}, "accounts.second_factor.go_on")
    target = f"{reverse(name)}?{urlencode({'next': path})}"
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Redirect": target})
    return redirect(target)


def keep(request: HttpRequest) -> str:
    """The form being sent, sealed: the table of sessions shows nothing of what somebody typed."""
    kept = {
        "user": request.user.pk,
        "path": request.get_full_path(),
        "body": request.POST.urlencode(),
        "at": time.time(),
    }
    return hide(json.dumps(kept), place=TYPED)


def kept(sealed: str, user) -> dict | None:
    """What `keep` sealed, for the same person and a while only (KEPT_FORM_SECONDS)."""
    found = json.loads(show(sealed, place=TYPED))
    same = found["user"] == user.pk and time.time() - found["at"] < settings.KEPT_FORM_SECONDS
    return found if same else None


def go_on(request: HttpRequest, state: dict) -> HttpResponse:
    """Called by allauth when the second factor was shown: send the kept form, if it is what the person came for."""
    path = get_next_redirect_url(request) or reverse("home")
    form = kept(state["typed"], request.user)
    if form is None or form["path"] != path:
        return redirect(path)
    url = urlsplit(path)
    again = copy.copy(request)
    again.method, again.path, again.path_info = "POST", url.path, url.path
    again.META = {**request.META, "REQUEST_METHOD": "POST", "PATH_INFO": url.path, "QUERY_STRING": url.query}
    again.GET, again.POST = QueryDict(url.query), QueryDict(form["body"])
    again.resolver_match = found = resolve(url.path)
    return found.func(again, *found.args, **found.kwargs)


def step_up_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For views that export or change rights: a second factor within the last minutes, or it is asked for first."""

    @login_required
    @wraps(view)
    def inner(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        return view(request, *args, **kwargs) if is_fresh(request) else ask_again(request)

    return inner


def confirmed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For changing the factors themselves: by the factor there is, or, for the first one, by a login just made."""

    @login_required
    @wraps(view)
    def inner(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if has_one(request.user):
            return view(request, *args, **kwargs) if is_fresh(request) else ask_again(request)
        age = _age(request)
        if age is not None and age < settings.STEP_UP_SECONDS:
            return view(request, *args, **kwargs)
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")

    return inner


def _asks_again(name: str):
    def view(self, request, *args, **kwargs):
        if request.method == "POST" and not is_fresh(request):
            return ask_again(request)
        return getattr(super(StepUpAdmin, self), name)(request, *args, **kwargs)

    return view


class StepUpAdmin:
    """Mixed into a ModelAdmin whose rows give rights: whatever is sent there asks for the second factor first."""

    changeform_view = _asks_again("changeform_view")
    changelist_view = _asks_again("changelist_view")
    delete_view = _asks_again("delete_view")
    user_change_password = _asks_again("user_change_password")  # Django's page for another person's password

"""Sessions: staff pass their second factor first, a session left alone ends, a new device is told about.

All of it costs nothing on most requests: what was found is noted in the session and looked at again after a minute.
Times are the machine's clock, as in accounts.second_factor.
"""

import hashlib
import secrets
import time

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts import second_factor
from accounts.models import KnownDevice
from notifications.services import Recipient, send

SEEN = "seen"  # {"at": seconds, "staff": bool}: what was found out about this session, and when
TYPED = "typed"  # the form that was being sent when the session ended
LOOK_AGAIN = 60
DEVICE_COOKIE = "thiet-bi"
DEVICE_DAYS = 400  # the longest that browsers keep a cookie
UNWATCHED = {"alive", "healthz"}
# Where somebody may go who has not passed the second factor yet.
OPEN = {"account_logout", "account_reauthenticate", "display", "set_language", "accessibility"}
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
LONGEST_TYPED = 100_000


class SessionRulesMiddleware:
    """After the session and the user are known. A request without a session is let through untouched."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if device := getattr(request, "new_device", ""):
            kept = {"max_age": DEVICE_DAYS * 86400, "secure": settings.SECURE, "httponly": True, "samesite": "Lax"}
            response.set_cookie(DEVICE_COOKIE, device, **kept)
        return response

    def process_view(self, request, view, args, kwargs) -> HttpResponse | None:
        name = request.resolver_match.url_name or ""
        if name in UNWATCHED or SESSION_KEY not in request.session:
            return None
        if _look_is_due(request) and not _look(request):
            return None
        if request.session[SEEN]["staff"] and not second_factor.is_passed(request):
            return None if name in OPEN or name.startswith("mfa_") else _to_the_factor(request)
        return _show_typed(request) if TYPED in request.session and request.method == "GET" else None


def _look_is_due(request) -> bool:
    seen = request.session.get(SEEN)
    return seen is None or time.time() - seen["at"] >= LOOK_AGAIN


def _look(request) -> bool:
    """Find out who this is and how long they were away. False when the session has ended."""
    user, before = request.user, request.session.get(SEEN)
    if not user.is_authenticated:
        return False
    staff, at = second_factor.is_required(user), time.time()
    if before is None:
        _meet_device(request, user)
    elif at - before["at"] > settings.SESSION_IDLE_MINUTES["staff" if staff else "citizen"] * 60:
        _end(request)
        return False
    request.session[SEEN] = {"at": at, "staff": staff}
    UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=timezone.now())
    return True


def _to_the_factor(request) -> HttpResponse:
    """To the page that asks for the factor, or to the one that sets it up; a program is told so."""
    if request.path.startswith("/api/"):
        detail = _("Tài khoản cán bộ phải qua xác minh hai lớp trước.")
        body = {"type": "urn:psc:problem:second_factor_required", "title": _("Không có quyền"), "status": 403}
        return JsonResponse(
            {**body, "detail": detail, "errors": []}, status=403, content_type="application/problem+json"
        )
    if second_factor.has_one(request.user):
        return second_factor.ask_again(request)
    messages.info(request, _("Tài khoản cán bộ phải có xác minh hai lớp. Hãy thiết lập một lần để vào làm việc."))
    target = reverse("mfa_index")
    return HttpResponse(headers={"HX-Redirect": target}) if request.htmx else redirect(target)


# --- a session that ended while something was typed ------------------------------------------------------------------
@sensitive_variables("typed")
def _end(request) -> None:
    """Log out; a form that was being sent is kept, sealed, in the new session until the same person logs in again."""
    typed = ""
    own = (request.resolver_match.url_name or "").startswith(("account_", "mfa_"))  # passwords and codes are not kept
    if request.method == "POST" and request.content_type in FORMS and not request.htmx and not own:
        typed = second_factor.keep(request)  # without files: those are chosen again
    logout(request)
    if typed and len(typed) < LONGEST_TYPED:
        request.session[TYPED] = typed


def _show_typed(request) -> HttpResponse | None:
    """The kept form, once, where it belongs; somebody else who logs in never sees it."""
    form = second_factor.kept(request.session[TYPED], request.user)
    if form and form["path"] != request.get_full_path():
        return None
    del request.session[TYPED]
    if form is None:
        return None
    body = QueryDict(form["body"])
    fields = [(k, v) for k, values in body.lists() if k != "csrfmiddlewaretoken" for v in values]
    texts = [v for k, v in fields if k != "seen" and len(v) > 3]
    return render(request, "usersessions/typed.html", {"path": form["path"], "fields": fields, "texts": texts})


# --- devices ---------------------------------------------------------------------------------------------------------
def _meet_device(request, user) -> None:
    """Note the browser of a login that has just come; the first of an account is no news, any other is told."""
    cookie = request.COOKIES.get(DEVICE_COOKIE, "")[:64]
    if not cookie:
        cookie = request.new_device = secrets.token_urlsafe(24)
    digest = hashlib.sha256(cookie.encode()).hexdigest()
    others = user.devices.exclude(digest=digest).exists()
    _device, new = KnownDevice.objects.get_or_create(user=user, digest=digest)
    if new and others:
        device, ip = described(request.headers.get("User-Agent", "")), request.META.get("REMOTE_ADDR", "")
        at = timezone.localtime().strftime("%H:%M %d/%m/%Y")
        context = {"device": device, "ip": ip, "at": at}
        send(template="new_device", to=Recipient.of(user), context=context, link=reverse("usersessions_list"))


BROWSERS = [
    ("coc_coc_browser", "Cốc Cốc"), ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
]  # fmt: skip
SYSTEMS = [
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
]  # fmt: skip


def described(agent: str) -> str:
    """ "Chrome trên Windows": what a browser says it is, in plain words."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    if not (browser or system):
        return _("Thiết bị không rõ")
    return _("%(browser)s trên %(system)s") % {
        "browser": browser or _("Trình duyệt khác"),
        "system": system or _("máy khác"),
    }

"""How much one caller may ask: bytes in a request, and requests in a minute by scope (settings.RATE_LIMITS).

Counts are kept in the cache by account and by address. With the cache away nothing is counted and nobody turned away.
"""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from hanoi_psc import errors
from hanoi_psc.problems import MEDIA_TYPE, body_of
from worktime import now

WINDOW = 60  # seconds
DOORS = ("account_", "mfa_", "socialaccount_", "openid_connect_", "usersessions_")
SEARCHES = {"procedures:list", "places:wards", "desk:counter", "api:queue"}
SCOPES = {
    ("GET", "dossiers:lookup"): "lookup",
    ("POST", "dossiers:review"): "submit",
    ("POST", "desk:counter_intake"): "submit",
    ("POST", "api:files"): "upload",
    ("POST", "api:dossiers"): "submit",
    ("POST", "api:action"): "act",
    ("POST", "api:validate"): "validate",
}


def scope_of(request: HttpRequest) -> str:
    """The scope that this request counts in; "" when it is not counted."""
    name, method = request.resolver_match.view_name, request.method
    if found := SCOPES.get((method, name)):
        return found if request.GET or method != "GET" else ""  # a form with nothing typed asks nothing
    if name in SEARCHES and request.GET:
        return "search"
    if method == "POST" and name.startswith(DOORS) and name != "account_logout":
        return "login"
    if "export" in name or name.endswith(("_csv", "_download")):
        return "export"
    return "upload" if method == "POST" and request.content_type == "multipart/form-data" else ""


def wait(request: HttpRequest, scope: str, user=None) -> int:
    """Count one request of `user` (None: nobody known) and its address; the seconds to wait, 0 to go on."""
    if not scope or not settings.RATE_FACTOR:
        return 0
    per_account, per_address = (int(most) * settings.RATE_FACTOR for most in settings.RATE_LIMITS[scope].split())
    moment = int(now().timestamp())
    window, left = moment // WINDOW, WINDOW - moment % WINDOW
    over = _count(f"rate:{scope}:a:{address_key(request)}:{window}") > per_address
    if user is not None and user.pk:
        over = _count(f"rate:{scope}:u:{user.pk}:{window}") > per_account or over
    return left if over else 0


def address_key(request: HttpRequest) -> str:
    """The caller's address, an IPv6 one by its /64 (one household holds all of that), as a keyed hash."""
    text = request.META.get("REMOTE_ADDR", "")
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        address = text
    else:
        mapped = getattr(address, "ipv4_mapped", None)
        if address.version == 6 and not mapped:
            address = ip_network((int(address) >> 64 << 64, 64))
        address = mapped or address
    return salted_hmac("psc.limits", str(address)).hexdigest()[:24]


def _count(key: str) -> int:
    """How often this key was counted, this time included; 0 with the cache away."""
    try:
        return cache.incr(key)
    except ValueError:
        pass
    if cache.add(key, 1, WINDOW * 2):
        return 1
    try:
        return cache.incr(key)  # another request made it in between
    except ValueError:
        return 0


class LimitsMiddleware:
    """Refuses what is too large before it is read, and what comes too often before it costs anything.

    Answers 413 and 429 (with `Retry-After`): pages for people, problem documents under /api/. Routes of the API are
    counted by throttling.ScopeThrottle, which knows the account behind a token.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs) -> HttpResponse | None:
        api = request.path_info.startswith("/api/")
        if body_length(request) > longest_body(request, api):
            return (
                _problem(413, "too_large", _("Dữ liệu gửi lên quá lớn. Tệp phải gửi riêng từng tệp."))
                if api
                else (errors.too_large(request))
            )
        if request.headers.get("Content-Encoding", "identity") != "identity":
            # Nothing here unpacks a body, so a small one cannot become a large one.
            return _problem(415, "encoded", _("Không nhận dữ liệu đã nén.")) if api else errors.bad_request(request)
        if api:
            return None
        scope = scope_of(request)
        seconds = wait(request, scope, request.user if scope else None)
        return errors.too_many_requests(request, seconds=seconds) if seconds else None


def body_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def longest_body(request: HttpRequest, api: bool) -> int:
    """A page's form may hold all files of a dossier, a call of the API one; anything else is text."""
    if request.content_type != "multipart/form-data":
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return settings.FILE_MAX_BYTES * (1 if api else settings.FILES_MAX_PER_DOSSIER) + 3 * 2**20


def _problem(status: int, code: str, detail: str) -> JsonResponse:
    return JsonResponse(body_of(status, code, detail), status=status, content_type=MEDIA_TYPE)

"""A page for a person who is logged in, that loses nothing when the login ran out while they were typing.

What was sent without a login is kept in the browser's own session (on the server) for the way to the login page and
back, and offered again on the same page; the page itself still shows only what the person may see.
"""

from functools import wraps
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from worktime import now

KEY = "typed-without-login"
SECONDS = 3600
MAX_CHARS = 100_000


def person_required(view):
    """Like login_required, keeping what was sent."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs):
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.method == "POST":
            _keep(request)
        return redirect_to_login(request.path if request.method == "POST" else request.get_full_path())

    return wrapped


def _keep(request: HttpRequest) -> None:
    pairs = [(k, v) for k, values in request.POST.lists() for v in values if k != "csrfmiddlewaretoken"]
    typed = urlencode(pairs)
    if pairs and len(typed) <= MAX_CHARS:
        request.session[KEY] = {"path": request.path, "typed": typed, "at": now().timestamp()}


def take_kept(request: HttpRequest) -> QueryDict | None:
    """What was typed on this page before the login ran out, once; None usually."""
    kept = request.session.get(KEY)
    if request.method != "GET" or not kept or kept["path"] != request.path:
        return None
    del request.session[KEY]
    if now().timestamp() - kept["at"] > SECONDS:
        return None
    messages.warning(
        request, _("Phiên làm việc đã hết hạn khi anh/chị bấm gửi. Những gì vừa nhập vẫn ở đây; xin bấm gửi lại.")
    )
    return QueryDict(kept["typed"])

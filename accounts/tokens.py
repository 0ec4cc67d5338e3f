"""`Authorization: Bearer <token>`: other systems, and people's own scripts, do what the browser does.

What a token may do is checked here, in one place, when it is read: each API view names the scope of each method in
`token_scopes`; a view that names none is for everybody, or closed to tokens. Signing needs more than a token: the
code of the owner's authenticator app in `X-Step-Up` (`step_up_refusal`).
"""

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import AllowAny

from accounts import second_factor, waits
from accounts.models import ApiToken

STEP_UP_HEADER = "X-Step-Up"
OPEN = ""  # the scope of what needs none


class TokenAuthentication(BaseAuthentication):
    """Looks a token up by its SHA-256 digest, in one query. No header: another way of logging in may answer."""

    keyword = b"bearer"

    def authenticate(self, request):
        scheme, _space, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != self.keyword:
            return None
        digest = ApiToken.digest_of(token.strip().decode("latin-1"))
        found = ApiToken.objects.in_force().select_related("user").filter(digest=digest).first()
        if found is None:
            raise AuthenticationFailed(_("Mã truy cập không đúng, đã hết hạn hoặc đã bị khóa."))
        view = (getattr(request, "parser_context", None) or {}).get("view")
        if view is not None:
            check_scope(found, scope_of(view, request.method))
        return found.user, found

    def authenticate_header(self, request) -> str:
        return 'Bearer realm="api"'


def scope_of(view, method: str) -> str | None:
    """The scope that `method` of an API view needs: OPEN for none, None where no token gets in."""
    named = getattr(view, "token_scopes", {})
    method = "GET" if method in ("HEAD", "OPTIONS") else method
    if method in named:
        return named[method]
    return OPEN if AllowAny in view.permission_classes else None


def check_scope(token: ApiToken, scope: str | None) -> None:
    if scope is None or (scope and not token.may(scope)):
        detail = _("Mã truy cập này không được cấp phạm vi “%(scope)s”.") % {"scope": scope or "-"}
        raise PermissionDenied(detail, code="scope_missing")


def step_up_refusal(request) -> str:
    """Why this API request may not sign, as a sentence; "" when it may. Ask before any transaction: tries count.

    By token: its scopes hold `sign`, and X-Step-Up is a code good now that no other token or login has used. By the
    browser's session: the second factor was shown within the last minutes.
    """
    if not isinstance(request.auth, ApiToken):
        fresh = second_factor.is_fresh(request._request)
        return "" if fresh else _("Việc ký cần xác minh hai lớp thêm một lần. Xin nhập lại mã xác minh.")
    if not request.auth.may("sign"):
        return _("Mã truy cập này không được cấp phạm vi “%(scope)s”.") % {"scope": "sign"}
    code = request.headers.get(STEP_UP_HEADER, "")[:20]
    if not code:
        return _("Việc ký cần mã 6 chữ số đang hiện trong ứng dụng xác minh, gửi ở tiêu đề X-Step-Up.")
    try:  # its own count: who holds a stolen token may not keep its owner from logging in
        taken = waits.take(request._request, what="code", name=f"token:{request.auth.pk}", user=None)
    except waits.TooSoon as wait:
        return wait.messages[0]
    if not second_factor.accepts(request.user, code, used_by=f"token:{request.auth.pk}"):
        return _("Mã ở tiêu đề X-Step-Up chưa đúng, đã hết hạn hoặc đã được dùng ở nơi khác.")
    waits.give_back(taken)
    return ""

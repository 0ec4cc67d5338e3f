"""`Authorization: Bearer <token>`: other systems, and people's own scripts, do what the browser does."""

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import ApiToken


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
        return found.user, found

    def authenticate_header(self, request) -> str:
        return 'Bearer realm="api"'

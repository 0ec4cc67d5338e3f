"""VNeID by OpenID Connect: authorization code with PKCE, and every check of the token that the standard asks for.

allauth carries the flow (state, PKCE, code for token). It neither sends a nonce nor checks the token's signature after
fetching it itself, and lets a link add parameters to the request: what is here closes that. References are to OpenID
Connect Core 1.0.
"""

import hmac
import secrets
from urllib.parse import urlsplit

import jwt
from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404
from requests import RequestException

# Signatures by a key that only the issuer has: no `none`, and no HMAC with what others know too.
ALGORITHMS = ["RS256", "PS256", "ES256"]
NEEDED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
LEEWAY = 30  # seconds between our clock and theirs


class TokenRefused(OAuth2Error):
    """Why what the provider sent is not taken. The text names no person and may be logged."""


class VneidAdapter(OpenIDConnectOAuth2Adapter):
    """Speaks with the provider. `nonce` is what was sent with this login's request."""

    nonce = ""

    @property
    def openid_config(self):
        """The discovery document, refused when it is another issuer's (Discovery 1.0, 4.3) or leaves HTTPS."""
        config = super().openid_config
        issuer = self.get_provider().app.settings["server_url"].rstrip("/")
        if str(config.get("issuer", "")).rstrip("/") != issuer:
            raise TokenRefused("the discovery document is of another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if urlsplit(str(config.get(name))).scheme != urlsplit(issuer).scheme:
                raise TokenRefused(f"{name} does not travel as the issuer does")
        return config

    def complete_login(self, request, app, token, **kwargs):
        claims = self._claims(app, kwargs["response"].get("id_token"))
        info = self._userinfo(token.token, claims["sub"])
        return self.get_provider().sociallogin_from_response(request, info | claims)

    def _claims(self, app, id_token) -> dict:
        """What the ID token says, checked by 3.1.3.7."""
        try:
            claims = jwt.decode(
                id_token,
                key=self._key(id_token),
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=LEEWAY,
                options={"require": NEEDED, "strict_aud": False},
            )
        except (jwt.PyJWTError, TypeError, ValueError, KeyError) as error:
            raise TokenRefused(f"ID token refused: {type(error).__name__}") from None
        if not self.nonce or not hmac.compare_digest(str(claims["nonce"]), self.nonce):
            raise TokenRefused("ID token refused: nonce")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != app.client_id:
            raise TokenRefused("ID token refused: azp")
        return claims

    def _key(self, id_token):
        """The issuer's key that signed, chosen by `kid` among keys of an asymmetric kind."""
        kid = jwt.get_unverified_header(id_token).get("kid")
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            keys = jwt.PyJWKSet.from_dict(answer.json()).keys
        fitting = [key for key in keys if key.key_type in ("RSA", "EC") and kid in (None, key.key_id)]
        if len(fitting) != 1:
            raise TokenRefused("ID token refused: key")
        return fitting[0].key

    def _userinfo(self, access_token: str, subject: str) -> dict:
        """More claims, if the provider has that door; only about the same person (5.3.2)."""
        if not self.openid_config.get("userinfo_endpoint"):
            return {}
        info = self._fetch_user_info(access_token)
        if not isinstance(info, dict) or info.get("sub") != subject:
            raise TokenRefused("userinfo is about somebody else")
        return info


class VneidProvider(OpenIDConnectProvider):
    oauth2_adapter_class = VneidAdapter
    pkce_enabled_default = True

    def get_default_scope(self):
        return ["openid", "profile"]

    def get_auth_params_from_request(self, request, action):
        return self.get_auth_params()  # a link adds nothing to what we ask

    def get_scope_from_request(self, request):
        return self.get_scope()

    def redirect(self, request, process, next_url=None, data=None, **kwargs):
        nonce = secrets.token_urlsafe(24)
        params = {**(kwargs.pop("auth_params", None) or self.get_auth_params()), "nonce": nonce}
        return super().redirect(request, process, next_url, data, auth_params=params, nonce=nonce, **kwargs)

    # Claims go to the person's own fields (accounts.identity); nothing of them stays in allauth's tables.
    def extract_uid(self, data):
        return str(data["sub"])

    def extract_extra_data(self, data):
        return {}

    def extract_common_fields(self, data):
        return {}

    def extract_email_addresses(self, data):
        return []

    def sociallogin_from_response(self, request, response):
        login = super().sociallogin_from_response(request, response)
        login.claims = response
        return login


class _Callback(OAuth2CallbackView):
    def _get_state(self, request, provider):
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = (state or {}).get("nonce", "")
        return state, response


@login_not_required
def login(request, provider_id):
    """Lead to the provider."""
    adapter = _adapter(request, provider_id)
    try:
        return OAuth2LoginView.adapter_view(adapter)(request)
    except (RequestException, OAuth2Error, ValueError) as error:
        return render_authentication_error(request, adapter.get_provider(), exception=error)


@login_not_required
def callback(request, provider_id):
    """Come back from the provider; whatever is wrong with what it sends is one page in Vietnamese."""
    adapter = _adapter(request, provider_id)
    try:
        return _Callback.adapter_view(adapter)(request)
    except (ValueError, KeyError) as error:
        return render_authentication_error(request, adapter.get_provider(), exception=error)


def _adapter(request, provider_id) -> VneidAdapter:
    adapter = VneidAdapter(request, provider_id)
    try:
        adapter.get_provider()
    except SocialApp.DoesNotExist:
        raise Http404 from None
    return adapter

"""What allauth asks of us about identities from outside: who is let in, and as whom."""

import json
import logging
import time
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.account.utils import perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.identity import Identity, IdentityRefused, connect, enter
from accounts.vneid import TokenRefused
from audit.services import Actor
from keys.ring import hide, show
from outgoing.sessions import session as guarded

logger = logging.getLogger(__name__)
PENDING = "vneid"
PLACE = "accounts.social.pending"
PENDING_SECONDS = 600
FRESH_SECONDS = 300


class SocialAdapter(DefaultSocialAccountAdapter):
    def list_apps(self, request, provider=None, client_id=None):
        """VNeID as the settings name it. No row of a table adds a provider: whoever may write one could be anybody."""
        if not settings.VNEID_URL or provider not in (None, "vneid", "openid_connect"):
            return []
        app = SocialApp(
            provider="openid_connect",
            provider_id="vneid",
            name="VNeID",
            client_id=settings.VNEID_CLIENT_ID,
            secret=settings.VNEID_SECRET,
            settings={"server_url": settings.VNEID_URL},
        )
        return [app] if client_id in (None, app.client_id) else []

    def get_requests_session(self):
        """Of the provider's own addresses, and of those its discovery document names: public ones only, no redirect."""
        return guarded()

    def on_authentication_error(self, request, provider, error=None, exception=None, extra_context=None) -> None:
        reason = str(exception) if isinstance(exception, TokenRefused) else type(exception).__name__
        logger.warning("login by %s refused: %s", provider.sub_id, reason if exception else error)

    def pre_social_login(self, request, sociallogin) -> None:
        """The person is proved: find or make their account, and let allauth go on with it as with one it knew."""
        try:
            identity = Identity.of(sociallogin.claims)
            if sociallogin.state.get("process") == AuthProcess.CONNECT and request.user.is_authenticated:
                raise ImmediateHttpResponse(_ask(request, identity))
            account = enter(provider="vneid", identity=identity, actor=Actor.of(request))
        except IdentityRefused as error:
            raise ImmediateHttpResponse(refused(request, str(error))) from None
        sociallogin.account, sociallogin.user = account, account.user
        sociallogin.state["process"] = AuthProcess.LOGIN


def _ask(request, identity: Identity):
    """Keep what VNeID said, sealed, until the person joins it to the account they are in."""
    kept = {"user": request.user.pk, "at": time.time(), "identity": identity.as_dict()}
    request.session[PENDING] = hide(json.dumps(kept), place=PLACE)
    return redirect("accounts:connect_vneid")


def pending(request) -> Identity | None:
    """What VNeID said a moment ago for the person who is logged in, and waits for their word."""
    sealed = request.session.get(PENDING)
    kept = json.loads(show(sealed, place=PLACE)) if sealed else None
    if not kept or kept["user"] != request.user.pk or time.time() - kept["at"] > PENDING_SECONDS:
        return None
    return Identity.from_dict(kept["identity"])


def connect_pending(request, identity: Identity):
    """Join it to the account; a merged account is left for the one that stays."""
    if not _is_fresh(request):
        target = f"{reverse('account_reauthenticate')}?{urlencode({'next': reverse('accounts:connect_vneid')})}"
        return redirect(target)
    del request.session[PENDING]
    try:
        account = connect(user=request.user, provider="vneid", identity=identity, actor=Actor.of(request))
    except IdentityRefused as error:
        return refused(request, str(error))
    messages.success(request, _("Đã xác minh danh tính theo VNeID."))
    if account.user.pk == request.user.pk:
        return redirect("accounts:profile")
    return perform_login(request, account.user, redirect_url=reverse("accounts:profile"))


def _is_fresh(request) -> bool:
    """Whether this login, or its last confirmation, is minutes old."""
    records = get_authentication_records(request, request.user)
    fresh = any(time.time() - record["at"] < FRESH_SECONDS for record in records)
    return fresh or did_recently_reauthenticate(request)


def refused(request, text: str):
    return render(request, "socialaccount/refused.html", {"text": text}, status=403)

"""Addresses at which a file is handed out: made when somebody asks for it, for their session, for five minutes.

A page links to a file's standing address (/tep/<number>/), which gives nothing out: it checks who asks and sends them
on to an address of their own. That one is signed with their session, so it is worth nothing in another browser, in a
log or in a forwarded letter. One that saves the file works once.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django.utils import timezone

from dossiers.models import SpentLink
from keys.ring import blind
from worktime import now

LASTS = timedelta(minutes=5)


class Use(StrEnum):
    LOOK = "look"
    SAVE = "save"


class Expired(Exception):
    """The link ran out, was used, or belongs to another session."""


def _signer(request: HttpRequest) -> Signer:
    return Signer(sep=".", salt=f"dossiers.file_links:{blind('file link', request.session.session_key or '')}")


def make(request: HttpRequest, attachment_id: int, use: Use) -> str:
    until = int((now() + LASTS).timestamp())
    return _signer(request).sign_object([attachment_id, str(use), until, secrets.token_urlsafe(16)])


def check(request: HttpRequest, token: str, attachment_id: int, use: Use) -> None:
    """Raises Expired. A link that saves is used up by this (but not by a HEAD, which gives nothing out)."""
    if not request.session.session_key:
        raise Expired
    try:
        number, what, until, nonce = _signer(request).unsign_object(token)
    except (BadSignature, ValueError):
        raise Expired from None
    until = datetime.fromtimestamp(until, timezone.get_default_timezone())
    if (number, what) != (attachment_id, use) or now() > until:
        raise Expired
    if use == Use.SAVE and request.method != "HEAD":
        # The primary key decides between two requests at the same moment.
        _link, first = SpentLink.objects.get_or_create(nonce=nonce, defaults={"expires_at": until})
        if not first:
            raise Expired


def forget_spent() -> int:
    """Links that have run out anyway need not be remembered."""
    return SpentLink.objects.filter(expires_at__lt=now()).delete()[0]

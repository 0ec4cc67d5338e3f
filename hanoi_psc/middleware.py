"""What happens around every request."""

import logging
import re
import time
import uuid

from django.conf import settings

from hanoi_psc.logs import request_id

logger = logging.getLogger("hanoi_psc.request")
SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET = {"healthz", "alive"}  # asked every few seconds: a line each would bury the rest


class ProxyAddressMiddleware:
    """Behind our own proxy (BEHIND_PROXY): the visitor's address is the last that the proxy wrote down.

    Limits of logins and look-ups and the record all read REMOTE_ADDR; entries before the last are the visitor's word.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if address := request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()[:45]:
            request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


# What no page of ours uses, no page and no frame in it may ask for. Passkeys are the one exception.
DENIED = (
    "accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "clipboard-read", "display-capture",
    "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts",
    "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "serial", "usb",
    "web-share", "xr-spatial-tracking",
)  # fmt: skip
PASSKEYS = ("publickey-credentials-create", "publickey-credentials-get")
HEADERS = {
    "Permissions-Policy": ", ".join([f"{name}=()" for name in DENIED] + [f"{name}=(self)" for name in PASSKEYS]),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}


class HeadersMiddleware:
    """Headers of every answer, static files and errors too; no copy is kept of what a known caller was answered.

    A view's own Cache-Control wins. HSTS, COOP, Referrer-Policy and nosniff come from Django's SecurityMiddleware,
    Content-Security-Policy from django-csp.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class RequestIdMiddleware:
    """Name each request, say the name in `X-Request-ID`, and log one line about it.

    A name that came with the request is kept when it is 8 to 64 letters, digits, dots, dashes or underscores, so that
    a proxy's log and ours can be read together; anything else is replaced. The line names the route, not the address:
    an address may hold a person's search.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if SANE.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(request.id)
        started = time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request.id
            log_request(request, response.status_code, time.monotonic() - started)
            return response
        finally:
            request_id.reset(token)


def log_request(request, status, seconds):
    """One line for a finished request: method, route, status, milliseconds."""
    route = request.resolver_match.route if request.resolver_match else ""
    if route in QUIET and status < 500:
        return
    logger.info(
        "request", extra={"method": request.method, "route": route, "status": status, "ms": round(seconds * 1000)}
    )

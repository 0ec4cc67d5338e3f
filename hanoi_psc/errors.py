"""Pages for what went wrong: each says what happened, what is safe, and the way back."""

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.http import url_has_allowed_host_and_scheme

_TOO_LARGE = (RequestDataTooBig, TooManyFilesSent, TooManyFieldsSent)


def _page(request: HttpRequest, template: str, status: int, **context) -> HttpResponse:
    return render(request, f"errors/{template}.html", {"back": _way_back(request)} | context, status=status)


def _way_back(request: HttpRequest) -> str:
    """The page the visitor came from, when it is ours; else this very address when it can be read; else home."""
    for url in (request.headers.get("referer", ""), request.get_full_path() if request.method == "GET" else ""):
        if url and url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
            return url
    return "/"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """An expired session, or a page left open overnight: what was typed is still in the page before this one."""
    return _page(request, "csrf", 403)


def bad_request(request: HttpRequest, exception=None) -> HttpResponse:
    if isinstance(exception, _TOO_LARGE):
        return too_large(request, exception)
    return _page(request, "400", 400)


def too_large(request: HttpRequest, exception=None) -> HttpResponse:
    return _page(request, "too_large", 413)


def permission_denied(request: HttpRequest, exception=None) -> HttpResponse:
    return _page(request, "403", 403, reason=str(exception or ""))


def not_found(request: HttpRequest, exception=None) -> HttpResponse:
    return _page(request, "404", 404)


def too_many_requests(request: HttpRequest, exception=None) -> HttpResponse:
    return _page(request, "429", 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """Drawn without context processors: the page must stand when the database does not."""
    return HttpResponse(get_template("errors/500.html").render({"request_id": getattr(request, "id", "")}), status=500)

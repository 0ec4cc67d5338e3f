"""Pages for what went wrong: each says what happened, what is safe, and the way back."""

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils.http import url_has_allowed_host_and_scheme

TOO_LARGE = (RequestDataTooBig, TooManyFilesSent, TooManyFieldsSent)
LAST_RESORT = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>Hệ thống gặp trục trặc</title>
<h1>Hệ thống gặp trục trặc</h1><p>Bản nháp đã lưu vẫn còn. <a href="/">Về trang chủ</a></p></html>"""


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """An expired session, or a page left open overnight: what was typed is still in the page before this one."""
    return _page(request, "csrf", 403)


def bad_request(request: HttpRequest, exception=None) -> HttpResponse:
    if isinstance(exception, TOO_LARGE):
        return too_large(request, exception)
    return _page(request, "400", 400)


def too_large(request: HttpRequest, exception=None) -> HttpResponse:
    limits = {"max_mb": settings.FILE_MAX_BYTES // 2**20, "max_files": settings.FILES_MAX_PER_DOSSIER}
    return _page(request, "too_large", 413, **limits)


def permission_denied(request: HttpRequest, exception=None) -> HttpResponse:
    return _page(request, "403", 403, reason=str(exception or ""))


def not_found(request: HttpRequest, exception=None) -> HttpResponse:
    return _page(request, "404", 404)


def too_many_requests(request: HttpRequest, exception=None, seconds: int = 60) -> HttpResponse:
    """For views that limit how often they are asked, and for allauth's own limits."""
    response = _page(request, "429", 429)
    response["Retry-After"] = str(seconds)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Drawn without context processors: the page must stand when the database, or a template, does not."""
    try:
        html = get_template("errors/500.html").render({"request_id": getattr(request, "id", "")})
    except Exception:
        html = LAST_RESORT
    return HttpResponse(html, status=500)


def _page(request: HttpRequest, template: str, status: int, **context) -> HttpResponse:
    return render(request, f"errors/{template}.html", {"back": _way_back(request)} | context, status=status)


def _way_back(request: HttpRequest) -> str:
    """The page the visitor came from, when it is ours; else this very address when it can be read; else home."""
    try:
        host = request.get_host()
    except DisallowedHost:  # a forged name: home is a way back on whatever host this is
        return "/"
    for url in (request.headers.get("referer", ""), request.get_full_path() if request.method == "GET" else ""):
        if url and url_has_allowed_host_and_scheme(url, {host}, require_https=request.is_secure()):
            return url
    return "/"

"""Errors of the API as problem documents (RFC 9457), each with `errors: [{field, code, message}]`."""

import logging
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler
from rest_framework.views import set_rollback

from dossiers.errors import Invalid, Refusal
from hanoi_psc.errors import TOO_LARGE

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5


class ProblemErrorSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="The input it belongs to; empty when it belongs to none.")
    code = serializers.CharField(help_text="Stable name of the mistake.")
    message = serializers.CharField(help_text="A sentence for the person, in the language asked for.")


class ProblemSerializer(serializers.Serializer):
    """RFC 9457."""

    type = serializers.CharField(help_text="`about:blank`, or a stable `urn:psc:problem:<code>`.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ProblemErrorSerializer(many=True)


class ProblemRenderer(JSONRenderer):
    media_type = MEDIA_TYPE


def problem(status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None, headers=None) -> Response:
    response = Response(body_of(status, code, detail, errors), status=status, headers=headers)
    response.content_type = MEDIA_TYPE
    return response


def body_of(status: int, code: str, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """The document itself, for answers that no API view gives."""
    return {
        "type": f"urn:psc:problem:{code}",
        "title": _titles().get(status, _("Lỗi")),
        "status": status,
        "detail": detail,
        "errors": errors or [],
    }


def _titles() -> dict[int, str]:
    return {
        400: _("Yêu cầu chưa đúng"),
        401: _("Cần đăng nhập"),
        403: _("Không có quyền"),
        404: _("Không tìm thấy"),
        405: _("Không hỗ trợ cách gọi này"),
        406: _("Không hỗ trợ định dạng này"),
        409: _("Hồ sơ đã thay đổi"),
        413: _("Dữ liệu quá lớn"),
        415: _("Không hỗ trợ kiểu dữ liệu này"),
        422: _("Dữ liệu cần sửa"),
        429: _("Quá nhiều yêu cầu"),
        500: _("Hệ thống gặp trục trặc"),
        503: _("Hệ thống tạm gián đoạn"),
    }


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Any error of an API view as a problem document."""
    if isinstance(error, Refusal):
        set_rollback()
        return _from_refusal(error)
    if isinstance(error, Http404):
        error = exceptions.NotFound(_("Không tìm thấy, hoặc anh/chị không được xem."))
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if _database_is_away(error):
        logger.warning("database is away: %s", type(error).__name__)
        set_rollback()
        detail = _("Hệ thống tạm gián đoạn. Xin thử lại sau ít giây.")
        return problem(503, "unavailable", detail, headers={"Retry-After": str(RETRY_SECONDS)})
    if isinstance(error, TOO_LARGE):
        return problem(413, "too_large", _("Dữ liệu gửi lên quá lớn. Tệp phải gửi riêng từng tệp."))
    if isinstance(error, SuspiciousOperation):
        return problem(400, "bad_request", _("Yêu cầu không hợp lệ."))
    if not isinstance(error, exceptions.APIException):
        logger.exception("API error", exc_info=error)
        set_rollback()
        return problem(500, "server_error", _("Đã ghi nhận lỗi. Xin thử lại sau ít phút."))
    response = drf_exception_handler(error, context)
    if isinstance(error, exceptions.Throttled):
        said = _("Quá nhiều yêu cầu. Xin thử lại sau %(seconds)s giây.") % {"seconds": response["Retry-After"]}
        return problem(429, "throttled", said, headers=_kept(response))
    errors = list(_flatten(error.detail)) if isinstance(error, exceptions.ValidationError) else []
    detail = errors[0]["message"] if errors else str(error.detail)
    code = "invalid" if errors else str(getattr(error.detail, "code", "error"))
    return problem(response.status_code, code, detail, errors, headers=_kept(response))


def _database_is_away(error: Exception) -> bool:
    """Restarting or too busy: the transaction is undone and may be tried again."""
    # psycopg2 raises the bare class when a server that crashed leaves an answer half said.
    return isinstance(error, (OperationalError, InterfaceError)) or type(error) is DatabaseError


def _kept(response: Response) -> dict[str, str]:
    return {name: response[name] for name in ("WWW-Authenticate", "Retry-After", "Allow") if name in response}


def _from_refusal(error: Refusal) -> Response:
    if isinstance(error, Invalid):
        errors = [{"field": e.field, "code": e.code, "message": e.message} for e in error.errors]
    else:
        errors = [{"field": error.field, "code": error.code, "message": error.message}] if error.field else []
    return problem(error.status, error.code, error.message, errors)


def _flatten(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested errors as a flat list; `a.b.0` names the place."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            name = "" if key == "non_field_errors" else str(key)
            yield from _flatten(value, ".".join(filter(None, (path, name))))
    elif isinstance(detail, list):
        for value in detail:
            yield from _flatten(value, path)
    else:
        yield {"field": path, "code": str(getattr(detail, "code", "invalid")), "message": str(detail)}

"""What every operation of the API has in common, said once: errors are problem documents (RFC 9457)."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from hanoi_psc.problems import MEDIA_TYPE, ProblemSerializer

METHODS = {"get", "post", "put", "patch", "delete"}


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.tokens.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class Schema(AutoSchema):
    """Collects the problem's shape once, so that the hook below can refer to it."""

    def _get_response_bodies(self, *args, **kwargs):
        self.resolve_serializer(ProblemSerializer, "response")
        return super()._get_response_bodies(*args, **kwargs)


def add_problems(result: dict[str, Any], generator, request, public) -> dict[str, Any]:
    """Any status that an operation does not name is a problem document."""
    answer = {
        "description": "A problem document (RFC 9457).",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in result["paths"].values():
        for method, operation in path.items():
            if method in METHODS:
                operation["responses"]["default"] = answer
    return result

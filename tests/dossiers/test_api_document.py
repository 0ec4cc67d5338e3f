"""The OpenAPI document and what really happens: Schemathesis finds no 500 and no answer outside the document."""

import pytest
import schemathesis
import schemathesis.specs.openapi.checks as rules
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from rest_framework.throttling import SimpleRateThrottle

from accounts.models import ApiToken
from tests import world


@pytest.fixture
def document(catalogue, client):
    answer = client.get("/api/schema/?format=json")
    assert answer.status_code == 200
    return answer.json()


def test_every_route_is_in_the_document(document):
    from hanoi_psc.api import urlpatterns

    routes = {
        "/api/" + str(p.pattern).replace("<str:", "{").replace("<int:", "{").replace(">", "}")
        for p in urlpatterns
        if str(p.pattern).startswith("v1/")
    }
    assert set(document["paths"]) == routes
    assert document["openapi"].startswith("3.1")


@pytest.mark.django_db(transaction=True)
def test_no_answer_is_outside_the_document(catalogue, live_server, monkeypatch):
    """A citizen's and a clerk's token, anonymous calls too; every operation, generated inputs and edge cases."""
    monkeypatch.setattr(SimpleRateThrottle, "allow_request", lambda self, request, view: True)
    clerk = world.clerk()
    world.submitted(branch=world.branch_number(1))
    tokens = ["", ApiToken.issue(world.person()), ApiToken.issue(clerk)]
    schema = schemathesis.openapi.from_url(f"{live_server.url}/api/schema/?format=json")
    for result in schema.get_all_operations():
        operation = result.ok()
        for token in tokens:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            attack(operation, headers)


CHECKS = [
    schemathesis.checks.not_a_server_error,
    rules.status_code_conformance,
    rules.content_type_conformance,
    rules.response_schema_conformance,
    rules.response_headers_conformance,
]


def attack(operation, headers):
    @hypothesis_settings(
        max_examples=8,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def call(case):
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS, headers=headers)

    call()

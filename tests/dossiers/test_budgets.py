"""How many queries an act may cost (issue: submit ≤ 15)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken
from audit.services import Actor
from dossiers.services.submission import Filing, file_dossier
from procedures.schema import example_answers
from tests import world
from tests.counting import steady, work

pytestmark = pytest.mark.django_db


def test_a_submit_costs_at_most_fifteen_queries(catalogue):
    owner, spec = world.person(), world.spec()
    answers = example_answers(spec)
    filing = Filing(answers, world.required_files(spec, answers, owner))
    with steady():
        world.submitted()  # what a process reads once
        with CaptureQueriesContext(connection) as queries:
            file_dossier(spec=spec, filing=filing, by=owner, actor=Actor(user_id=owner.pk), owner=owner)
    assert len(work(queries)) <= 15, "\n".join(work(queries))


def test_a_submit_by_the_api_costs_at_most_fifteen_queries(catalogue):
    owner, spec = world.person(), world.spec()
    answers = example_answers(spec)
    headers = {"Authorization": f"Bearer {ApiToken.issue(owner)}", "Idempotency-Key": "k"}
    body = {"procedure": spec.code, "branch": "CN01", "answers": answers}
    body["files"] = world.required_files(spec, answers, owner)
    with steady():
        world.submitted()
        with CaptureQueriesContext(connection) as queries:
            answer = Client().post("/api/v1/dossiers/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 201, answer.json()
    assert len(work(queries)) <= 15, "\n".join(work(queries))

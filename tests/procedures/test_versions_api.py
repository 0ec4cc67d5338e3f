"""The versions of a procedure and what they differ in, for other programs; the schema of the catalogue's files."""

from dataclasses import replace
from datetime import timedelta

import jsonschema
import pytest

from accounts.models import ApiToken
from branches.models import Role
from procedures import exchange, versions
from procedures.management.commands.catalogue_schema import FILE, as_text
from procedures.models import Procedure
from tests import world
from worktime import now

pytestmark = pytest.mark.django_db
BIRTH = "1.001193"
URL = f"/api/v1/procedures/{BIRTH}/versions/"


@pytest.fixture
def procedure(catalogue):
    return Procedure.objects.get(code=BIRTH)


@pytest.fixture
def second(procedure):
    return versions.write(replace(world.spec(), time_amount=3), procedure, note="Chậm hơn")


def admin_headers():
    return {"headers": {"Authorization": f"Bearer {ApiToken.issue(world.posted(Role.ADMIN))}"}}


def numbers(client, **more):
    return [(v["number"], v["state"]) for v in client.get(URL, **more).json()["results"]]


def test_the_public_sees_released_versions_and_admins_drafts_too(client, second):
    assert numbers(client) == [(1, "in_force")]
    assert numbers(client, **admin_headers()) == [(2, "draft"), (1, "in_force")]


def test_a_version_says_when_why_and_on_what_ground(client, second):
    versions.publish(second, reason="Luật đổi", legal_ground="Nghị định 1", changes="Thời hạn dài hơn")
    new, old = client.get(URL).json()["results"]
    assert (new["state"], new["reason"], new["legal_ground"]) == ("in_force", "Luật đổi", "Nghị định 1")
    assert new["changes"] == "Thời hạn dài hơn" and new["ends_at"] is None
    assert old["state"] == "ended" and old["ends_at"] == new["starts_at"]


def test_a_version_that_waits_for_its_day_is_scheduled(client, second):
    versions.publish(second, starts_at=now() + timedelta(days=9))
    assert numbers(client) == [(2, "scheduled"), (1, "in_force")]


def test_two_versions_are_compared_in_words_and_figures(client, second):
    versions.publish(second)
    answer = client.get(f"{URL}1/compare/2/").json()
    assert (answer["old_version"], answer["new_version"]) == (1, 2)
    assert [change["attribute"] for change in answer["changes"]] == ["time_amount"]
    assert "3" in answer["words"] and answer["gains"]
    back = client.get(f"{URL}2/compare/1/").json()
    assert back["gains"] != answer["gains"]
    assert client.get(f"{URL}1/compare/1/").json()["changes"] == []


def test_a_draft_is_compared_for_admins_only(client, second):
    assert client.get(f"{URL}1/compare/2/").status_code == 404
    assert client.get(f"{URL}1/compare/2/", **admin_headers()).status_code == 200


def test_what_is_not_there_is_a_problem_document(client, procedure):
    for address in ("/api/v1/procedures/9.999999/versions/", f"{URL}1/compare/99999999999999999999/"):
        answer = client.get(address)
        assert answer.status_code == 404 and answer["Content-Type"] == "application/problem+json"


def test_a_list_of_many_versions_costs_few_queries(client, procedure, django_assert_max_num_queries):
    for n in range(5):
        versions.publish(versions.write(replace(world.spec(), weight=n + 1, time_amount=9), procedure))
    with django_assert_max_num_queries(8):
        assert len(numbers(client)) == 6


def test_the_schema_of_the_files_is_served_and_judges_them(client, procedure):
    schema = client.get("/api/v1/catalogue-schema/").json()
    judge = jsonschema.Draft202012Validator(schema)
    data = exchange.as_data(world.spec())
    assert judge.is_valid(data)
    assert not judge.is_valid(data | {"nam": "x"})
    assert not judge.is_valid({k: v for k, v in data.items() if k != "process"})


def test_the_schema_in_the_documents_is_the_one_of_the_program():
    assert FILE.read_text(encoding="utf-8") == as_text(), "refresh it: manage.py catalogue_schema"

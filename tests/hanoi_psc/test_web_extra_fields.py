"""What a form does not ask for changes nothing, whatever names its sender knows (mass assignment)."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from dossiers.life import Status
from dossiers.models import Dossier
from tests import world
from tests.dossiers.test_api import Api, body_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
CODE = "1.001193"


def forged(other: User) -> dict:
    return {
        "id": 1, "pk": 1, "code": "H26.99-260101-9999", "owner": other.pk, "owner_id": other.pk, "user": other.pk,
        "status": "RETURNED", "step": "done", "is_scratch": True, "created_by": other.pk, "assignee": other.pk,
        "unit": 1, "unit_id": 1, "version": 1, "version_id": 1, "submitted_at": "2020-01-01T00:00:00Z",
        "received_at": "2020-01-01T00:00:00Z", "due_at": "2099-01-01T00:00:00Z", "applicant_number": "001099000001",
        "branch_id": 2, "outcome": "APPROVED", "is_staff": True, "is_superuser": True,
    }  # fmt: skip


def test_a_submit_by_the_api_takes_what_its_document_names_and_nothing_else():
    citizen, other = world.person(), world.person()
    api = Api(citizen)
    body = body_for(api, CODE)
    answer = api.post("dossiers/", forged(other) | body)
    assert answer.status_code == 201
    dossier = Dossier.objects.get(code=answer.json()["code"])
    assert dossier.owner == citizen and dossier.created_by == citizen and dossier.assignee is None
    assert dossier.status == Status.REGISTERED and not dossier.is_scratch and dossier.received_at is None
    assert dossier.submitted_at.year > 2020 and dossier.code != "H26.99-260101-9999"


def test_answers_that_the_form_does_not_ask_for_are_not_kept():
    citizen = world.person()
    api = Api(citizen)
    body = body_for(api, CODE)
    body["answers"] |= {"is_scratch": True, "__class__": "x", "status": "RETURNED"}
    answer = api.post("dossiers/", body)
    if answer.status_code == 201:
        kept = Dossier.objects.get(code=answer.json()["code"]).answers
        assert {"is_scratch", "__class__", "status"}.isdisjoint(kept)
    else:
        assert answer.status_code == 422 and not Dossier.objects.filter(owner=citizen).exists()


def test_an_act_takes_its_own_inputs_and_nothing_else():
    dossier = world.submitted(CODE)
    clerk, other = world.clerk(dossier.branch), world.person()
    answer = Api(clerk).post(f"dossiers/{dossier.code}/actions/receive/", forged(other))
    fresh = Dossier.objects.get(pk=dossier.pk)
    assert fresh.owner == dossier.owner and fresh.code == dossier.code and not fresh.is_scratch
    assert fresh.version_id == dossier.version_id and fresh.status != Status.RETURNED
    assert answer.status_code in (200, 422)


def test_a_profile_makes_nobody_staff_or_verified():
    person = world.person()
    client = Client()
    client.force_login(person)
    sent = {"full_name": "Lê Thị Ánh", "language": "vi", "username": "khac", "email_verified": "on", "password": "x"}
    powers = {"is_staff": "on", "is_superuser": "on", "is_active": "", "phone_verified": "on", "groups": "1"}
    before = User.objects.filter(pk=person.pk).values().get()
    client.post(reverse("accounts:profile"), sent | powers)
    after = User.objects.filter(pk=person.pk).values().get()
    assert after["full_name"] == "Lê Thị Ánh", "the form itself was taken"
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"full_name", "language", "search_name", "birth_date", "gender", "address", "ward_id"}, changed


def test_a_sign_up_makes_nobody_staff(client):
    client.post(
        reverse("account_signup"),
        {"full_name": "Lê Thị Ánh", "email": "moi@example.com", "password1": "sen-hong-ho-tay-9",
         "password2": "sen-hong-ho-tay-9", "is_staff": "on", "is_superuser": "on", "phone_verified": "on"},
    )  # fmt: skip
    assert not User.objects.filter(is_staff=True).exists() and not User.objects.filter(is_superuser=True).exists()

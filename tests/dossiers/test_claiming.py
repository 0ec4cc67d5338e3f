"""A dossier filed at a counter comes into its applicant's account by the code on the slip, and by nothing else."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from audit.models import AuditEntry
from dossiers.models import Dossier
from dossiers.services.claiming import ALPHABET, claim_code, is_claimable
from notifications.models import Message
from tests import world
from tests.dossiers.citizen_steps import logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
URL = "/ho-so/nhan/"


@pytest.fixture(autouse=True)
def nobody_tried_before():
    cache.clear()


@pytest.fixture
def dossier():
    filed = world.submitted()
    Dossier.objects.filter(pk=filed.pk).update(owner=None)
    filed.refresh_from_db()
    return filed


@pytest.fixture
def person():
    return world.person()


def typed(dossier, **more):
    return {"code": dossier.code.lower(), "secret": claim_code(dossier).lower().replace("-", " "), **more}


def test_the_code_on_the_slip_brings_the_dossier_into_the_account(dossier, person):
    page = logged_in(person).post(URL, typed(dossier), follow=True)
    dossier.refresh_from_db()
    assert dossier.owner == person
    assert dossier.code in page.content.decode()
    assert AuditEntry.objects.get(act="claim", subject_id=dossier.pk).actor_id == person.pk
    assert Message.objects.filter(template="dossier_claimed", subject_id=dossier.pk).exists()


@pytest.mark.parametrize("secret", ["AAAAA-AAAAA", "", "⁂", "0" * 40])
def test_a_wrong_code_says_nothing_and_keeps_what_was_typed(dossier, person, secret):
    page = logged_in(person).post(URL, typed(dossier, secret=secret))
    assert page.status_code == 422
    assert dossier.code.lower() in page.content.decode()
    dossier.refresh_from_db()
    assert dossier.owner is None


def test_an_unknown_dossier_and_a_wrong_code_are_told_in_the_same_words(dossier, person):
    client = logged_in(person)
    wrong = client.post(URL, typed(dossier, secret="AAAAAAAAAA")).context["form"].errors
    unknown = client.post(URL, typed(dossier, code="000.00.12.H26-250101-0001")).context["form"].errors
    assert wrong == unknown


def test_a_dossier_is_claimed_once(dossier, person):
    logged_in(person).post(URL, typed(dossier))
    late = logged_in(world.person()).post(URL, typed(dossier))
    assert late.status_code == 422
    dossier.refresh_from_db()
    assert dossier.owner == person


def test_a_verified_person_cannot_claim_anothers_dossier(dossier, person):
    person.personal_number, person.verified_at, person.identity_level = "001090099999", dossier.submitted_at, 2
    person.save()
    page = logged_in(person).post(URL, typed(dossier))
    assert "số đã xác minh" in page.content.decode()
    dossier.refresh_from_db()
    assert dossier.owner is None


def test_guessing_is_slowed_down(dossier, person):
    client = logged_in(person)
    codes = [client.post(URL, typed(dossier, secret=f"AAAAAAAAA{n}")).status_code for n in range(2, 10)]
    assert codes[:6] == [422] * 6 and codes[-1] == 429


def test_the_slip_of_the_counter_shows_it_and_only_while_nobody_has_it(dossier, person):
    clerk = logged_in(world.clerk(dossier.branch))
    slip = reverse("desk:counter_done", args=[dossier.code])
    assert claim_code(dossier) in clerk.get(slip).content.decode()
    logged_in(person).post(URL, typed(dossier))
    assert claim_code(dossier) not in clerk.get(slip).content.decode()


def test_codes_are_of_letters_that_cannot_be_mistaken_and_differ(dossier):
    other = world.submitted()
    assert set(claim_code(dossier)) <= set(ALPHABET) | {"-"} and not set(ALPHABET) & set("01OIL")
    assert claim_code(dossier) != claim_code(other) and not is_claimable(other)


def test_without_a_login_one_is_asked_to_log_in(client):
    assert "dang-nhap" in client.get(URL)["Location"]

"""What an attacker with the source tried, kept as tests: each of these once worked."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.test import Client, RequestFactory
from django.urls import reverse

import worktime
from accounts.models import ApiToken
from audit.models import AuditEntry
from audit.services import entries
from branches.models import Posting, Role
from dossiers import storage
from dossiers.errors import Invalid, Refusal
from dossiers.life import Status
from dossiers.models import Attachment, StoredFile
from dossiers.sealed import path_of
from dossiers.services.drafts import put
from dossiers.services.reception import hand_over_by_system
from payments.models import Obligation
from procedures.schema import example_answers
from tests import world
from tests.dossiers.test_api import Api
from tests.dossiers.test_requests import fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def test_a_personal_number_does_not_tell_a_stranger_what_its_owner_filed():
    dossier = world.submitted("1.004873")
    stranger = Api(world.person())
    answers = {"applicant_personal_number": dossier.applicant_number}
    assert dossier.applicant_number
    told = stranger.post("procedures/1.004873/validate/", {"answers": answers}).json()
    assert told["warnings"] == []
    assert dossier.code not in str(told)


def test_the_applicant_reads_the_result_only_once_it_is_handed_over():
    dossier = world.submitted("1.004873")
    clerk = world.clerk(dossier.branch)
    officer = world.posted(Role.OFFICER, unit=dossier.unit)
    leader = world.posted(Role.LEADER, unit=dossier.unit)
    world.act(dossier, "receive", clerk)
    hand_over_by_system(dossier.pk)
    result = put(fresh(dossier), world.upload(officer, content=world.PDF + b"result"), "", Attachment.Purpose.RESULT)

    def reads(user):
        client = Client()
        client.force_login(user)
        return client.get(reverse("dossiers:file", args=[result.pk]), follow=True).status_code

    assert (reads(officer), reads(dossier.owner)) == (200, 404)
    assert str(result.file_id) not in Api(dossier.owner).get(f"dossiers/{dossier.code}/").content.decode()
    everybody = (clerk, officer, leader)
    while fresh(dossier).status != Status.RETURNED:
        assert reads(dossier.owner) == 404
        user, action = next((u, a) for u in everybody if (a := world.forward(fresh(dossier), u)))
        world.act(dossier, action.name, user, **action.input_schema()["examples"][0])
    assert reads(dossier.owner) == 200


def test_a_header_does_not_make_a_caller_somebody_else(settings):
    settings.RATE_FACTOR = 1
    cache.clear()
    api = Api()
    statuses = []
    for i in range(61):
        api.headers["X-Forwarded-For"] = f"10.0.0.{i}"
        statuses.append(api.get("lookup/000.00.00.H26-250101-0001/").status_code)
    cache.clear()
    assert statuses[-1] == 429


def test_behind_our_proxy_the_visitor_is_who_the_proxy_saw():
    from hanoi_psc.middleware import ProxyAddressMiddleware

    request = RequestFactory().get("/", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"})
    ProxyAddressMiddleware(lambda r: r)(request)
    assert request.META["REMOTE_ADDR"] == "203.0.113.9"


def test_staff_log_in_to_the_admin_by_the_door_whose_tries_are_limited(client):
    answer = client.post("/admin/login/", {"username": "quan.tri", "password": "x"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/tai-khoan/dang-nhap/")


def test_an_official_does_nothing_for_the_office_on_their_own_dossier():
    person = world.person()
    dossier = world.submitted("1.004873", owner=person)
    for role, place in (
        (Role.CLERK, {"branch": dossier.branch}), (Role.CASHIER, {"branch": dossier.branch}),
        (Role.OFFICER, {"unit": dossier.unit}), (Role.LEADER, {"unit": dossier.unit}),
    ):  # fmt: skip
        Posting.objects.create(user=person, role=role, starts_on="2025-01-01", **place)
    person = type(person).objects.get(pk=person.pk)
    applicants = {"correct", "withdraw"}
    assert set(world.names(dossier, person)) - {"note"} == applicants
    world.act(dossier, "receive", world.clerk(dossier.branch))
    hand_over_by_system(dossier.pk)
    assert fresh(dossier).assignee_id is None  # the only officer is the applicant
    assert set(world.names(dossier, person)) - {"note"} == {"withdraw"}


def owed(dossier) -> int:
    return Obligation.objects.about("dossier", dossier.pk).due().amount()


def test_answers_that_change_in_a_supplement_change_the_fees_and_what_was_declared_is_kept():
    dossier = world.submitted("2.000635", answers={"copies": 1})
    clerk, cashier = world.clerk(dossier.branch), world.posted(Role.CASHIER, branch=dossier.branch)
    one = owed(dossier)
    assert one > 0
    world.act(dossier, "settle_payment", cashier, receipt_number="BL-7")
    world.act(dossier, "ask_supplement", clerk, reason="Xin nêu rõ số bản")
    world.act(dossier, "give_supplement", dossier.owner, answers={"copies": 20})
    assert owed(dossier) == 19 * one  # what was paid counts
    former = fresh(dossier).former_answers.get()
    assert (former.submission, former.answers["copies"]) == (1, 1)
    acts = {e.act: e.after for e in entries(dossier.chain)}
    assert acts["give_supplement"]["answers"] == ["copies"]
    assert (acts["settle_payment"]["receipt_number"], acts["settle_payment"]["amount"]) == ("BL-7", one)


def test_answers_that_call_for_another_paper_need_it():
    dossier = world.submitted("1.001193")
    authorised = {"relation": "authorised"}
    needed = {d.key for d in world.spec().asks(dossier.answers | authorised) if d.required}
    assert needed - set(dossier.attachments.values_list("requirement", flat=True))
    with pytest.raises(Invalid):
        world.act(dossier, "correct", dossier.owner, answers=authorised)
    assert fresh(dossier).submission == 1


def test_uploads_that_go_nowhere_have_an_end(monkeypatch):
    person = world.person()
    monkeypatch.setattr(storage, "MAX_LOOSE_FILES", 3)
    for i in range(3):
        world.upload(person, content=world.PDF + bytes([i]))
    with pytest.raises(Refusal, match="quá nhiều tệp"):
        world.upload(person)
    world.upload(world.person())


def test_uploads_nobody_used_are_swept_and_used_ones_are_not():
    dossier = world.submitted("1.001193")
    used = dossier.attachments.get(requirement=dossier.attachments.first().requirement).file
    loose = world.upload(dossier.owner, content=world.PDF + b"nobody's")
    twin = world.upload(dossier.owner, content=world.PDF)  # the bytes of a used file
    with worktime.at(worktime.now() + timedelta(days=8)):
        assert storage.sweep_unused() == 2
    assert not default_storage.exists(path_of(loose.content_key, loose.key_version))
    assert set(StoredFile.objects.filter(pk__in=[used.pk, loose.pk, twin.pk])) == {used}
    assert storage.open_file(used).read() == world.PDF


def test_a_name_cannot_carry_an_address_into_our_letters():
    with pytest.raises(Invalid) as refused:
        world.submitted(answers={"applicant_name": "khách. Nộp phạt tại https://evil.example"})
    assert [e.field for e in refused.value.errors] == ["applicant_name"]


def test_the_api_takes_no_way_of_return_the_procedure_does_not_have():
    code = "1.000894"
    assert "online" not in world.spec(code).returns
    citizen = Api(world.person())
    body = {"procedure": code, "answers": example_answers(world.spec(code)), "return_by": "online"}
    answer = citizen.post("dossiers/", body)
    assert answer.status_code == 422
    assert "return_by" in {e["field"] for e in answer.json()["errors"]}


def test_a_right_given_in_the_admin_stands_in_the_record(client):
    boss = world.person(is_staff=True, is_superuser=True)
    client.force_login(boss)
    someone = world.person()
    client.post(
        reverse("admin:branches_posting_add"),
        {"user": someone.pk, "role": "MONITOR", "kind": "permanent", "starts_on": "01/11/2026"},
    )
    posting = Posting.objects.get(user=someone)
    entry = AuditEntry.objects.get(chain=f"branches.posting:{posting.pk}")
    assert (entry.act, entry.actor_id) == ("admin_add", boss.pk)
    assert not ApiToken.objects.exists()

"""Filing at the counter: one page, nothing lost, the right branch, received in the same act."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from audit.services import entries
from branches.models import Role
from dossiers.forms import as_typed
from dossiers.life import Status
from dossiers.models import Dossier
from procedures.schema import example_answers
from tests import world

pytestmark = pytest.mark.django_db


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def clerk(catalogue):
    return world.clerk()


def typed(code: str, **more) -> dict:
    """The examples of the form as a clerk would type them, and the required papers ticked."""
    spec = world.spec(code)
    answers = example_answers(spec)
    page = {key: as_typed(spec.fields[key], value) for key, value in answers.items()}
    page["papers"] = [d.key for d in spec.asks(answers) if d.required]
    return {**page, "return_by": spec.returns[0], **more}


def begin(client, code: str) -> str:
    return client.post(f"/can-bo/tai-quay/mo/{code}/").url


def test_only_those_who_sit_at_a_counter_file_there(clerk):
    officer = world.posted(Role.OFFICER, unit=world.unit_of_kind("WARD"))
    assert client_of(officer).get("/can-bo/tai-quay/").status_code == 404
    assert client_of(clerk).get("/can-bo/tai-quay/").status_code == 200


@pytest.mark.parametrize("words", ["khai sinh", "dang ky khai sinh", "đăng kí khai sinh", "1.001193"])
def test_the_procedure_is_found_by_typing(clerk, words):
    found = client_of(clerk).get("/can-bo/tai-quay/", {"q": words}).context["found"]
    assert "1.001193" in [p.code for p in found]


def test_one_press_files_and_receives(clerk):
    client = client_of(clerk)
    url = begin(client, "1.001193")
    answer = client.post(url, typed("1.001193", submit="1"))
    dossier = Dossier.objects.get(created_by=clerk)
    assert answer.url == f"/can-bo/tai-quay/xong/{dossier.code}/"
    assert (dossier.status, dossier.channel, dossier.received_by) == (Status.RECEIVED, "counter", clerk)
    assert [e.act for e in entries(dossier.chain)] == ["submit_at_counter"]
    slip = client.get(answer.url).content.decode()
    assert dossier.code in slip and f"{dossier.due_at.astimezone():%d/%m/%Y}" in slip
    taken = client.get(f"/can-bo/ho-so/{dossier.code}/").context["papers"]
    assert any(p.on_paper for p in taken)


def test_pressing_twice_makes_one_dossier(clerk):
    client = client_of(clerk)
    url = begin(client, "1.001193")
    first = client.post(url, typed("1.001193", submit="1")).url
    assert client.post(url, typed("1.001193", submit="1")).url == first
    assert client.get(url).url == first
    assert Dossier.objects.filter(created_by=clerk).count() == 1


def test_a_mistake_is_said_and_nothing_typed_is_lost(clerk):
    client = client_of(clerk)
    url = begin(client, "1.001193")
    wrong = typed("1.001193", submit="1", applicant_birth_date="32/13/1985", child_name="")
    page = client.post(url, wrong)
    text = page.content.decode()
    assert page.status_code == 422 and "32/13/1985" in text and "id_child_name_error" in text
    assert Dossier.objects.get(created_by=clerk).status == Status.DRAFT
    again = client.get(url).content.decode()  # the browser was closed
    assert wrong["applicant_name"] in again
    assert url in client.get("/can-bo/tai-quay/").content.decode()


def test_a_required_paper_that_is_not_in_hand_holds_it_up(clerk):
    client = client_of(clerk)
    url = begin(client, "1.001193")
    page = client.post(url, typed("1.001193", submit="1", papers=[]))
    assert page.status_code == 422 and "Còn thiếu" in page.content.decode()
    scan = {"file-birth_certificate": SimpleUploadedFile("chung-sinh.pdf", world.PDF)}
    assert client.post(url, typed("1.001193", submit="1", papers=[], **scan)).status_code == 302


def test_a_wrong_file_is_refused_and_the_answers_are_kept(clerk):
    client = client_of(clerk)
    url = begin(client, "1.001193")
    bad = {"file-identity": SimpleUploadedFile("anh.pdf", b"MZ")}
    page = client.post(url, typed("1.001193", submit="1", **bad))
    assert page.status_code == 422 and "Chỉ nhận tệp" in page.content.decode()
    assert Dossier.objects.get(created_by=clerk).answers["applicant_name"]


def territorial() -> str:
    from procedures.models import Procedure

    codes = Procedure.objects.filter(published__any_branch=False).order_by("code").values_list("code", flat=True)
    return next(c for c in codes if not any(f.fields for f in world.spec(c).fields.values()))  # `typed` types no rows


def test_a_territorial_procedure_is_refused_elsewhere_with_the_right_branch_named(clerk):
    from branches.selectors import branch_of_ward

    code = territorial()
    spec = world.spec(code)
    right = branch_of_ward(example_answers(spec)[spec.routing_field])
    wrong = world.clerk(world.branch_number(1 if right.number != 1 else 2))
    client = client_of(wrong)
    page = client.post(begin(client, code), typed(code, submit="1"))
    assert page.status_code == 409 and str(right) in page.content.decode()
    assert not Dossier.objects.filter(created_by=wrong).exclude(status=Status.DRAFT).exists()
    at_right = client_of(world.clerk(right))
    assert at_right.post(begin(at_right, code), typed(code, submit="1")).status_code == 302


@pytest.mark.parametrize("by", ["applicant_number", "phone"])
def test_a_known_person_need_not_be_typed_again(clerk, by):
    before = world.submitted("1.001193", branch=clerk.postings.get().branch)
    text = before.applicant_number if by == "applicant_number" else "0" + before.applicant_phone[3:]
    client = client_of(clerk)
    page = client.post(begin(client, "1.001193"), {"find": "1", "person": text})
    assert before.answers["applicant_address"] in page.content.decode()


def test_a_person_of_another_branch_stays_unknown(clerk):
    before = world.submitted("1.001193", branch=world.branch_number(2))
    client = client_of(clerk)
    page = client.post(begin(client, "1.001193"), {"find": "1", "person": before.applicant_number})
    assert before.answers["applicant_address"] not in page.content.decode()


def test_a_colleagues_draft_is_not_mine(clerk):
    url = begin(client_of(clerk), "1.001193")
    assert client_of(world.clerk()).get(url).status_code == 404


def test_a_change_is_kept_at_once_and_answered_with_what_it_means(clerk):
    client = client_of(clerk)
    url = begin(client, "2.000815")
    part = client.post(url, typed("2.000815"), headers={"HX-Request": "true"}).content.decode()
    assert "Đã lưu bản nháp" in part and "<html" not in part and "₫" in part
    assert Dossier.objects.get(created_by=clerk).answers["applicant_name"]


def test_a_draft_can_be_thrown_away(clerk):
    client = client_of(clerk)
    url = begin(client, "1.001193")
    client.post(url + "xoa/")
    assert not Dossier.objects.filter(created_by=clerk).exists()

"""Filing at the counter, through its one page."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dossiers.forms import as_typed
from dossiers.life import Status
from dossiers.models import Dossier
from procedures.schema import example_answers
from tests import world
from tests.dossiers.citizen_steps import logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def counter():
    return logged_in(world.clerk(world.branch_number(1)))


def page_of(counter, code="1.001193"):
    """(address, what a clerk types, keys of the required papers) of a fresh counter draft."""
    spec = world.spec(code)
    answers = example_answers(spec)
    typed = {key: as_typed(spec.fields[key], value) for key, value in answers.items()}
    papers = [d.key for d in spec.asks(answers) if d.required]
    return counter.post(f"/can-bo/tai-quay/mo/{code}/")["Location"], typed | {"return_by": "counter"}, papers


def test_the_procedure_is_found_without_accents(counter):
    assert "Chứng thực bản sao" in counter.get("/can-bo/tai-quay/", {"q": "sao y ban chinh"}).content.decode()


def test_a_clerk_files_for_the_person_at_the_counter_on_one_page(counter):
    address, typed, papers = page_of(counter)
    filed = counter.post(address, typed | {"papers": papers, "submit": "1"}, follow=True)
    dossier = Dossier.objects.get(channel="counter")
    assert dossier.status == Status.RECEIVED and dossier.due_at
    assert dossier.code in filed.content.decode()
    again = counter.post(address, typed | {"papers": papers, "submit": "1"}, follow=True)
    assert dossier.code in again.content.decode()
    assert Dossier.objects.count() == 1


def test_a_slip_is_said_next_to_its_field_and_everything_typed_is_kept(counter):
    address, typed, papers = page_of(counter)
    wrong = counter.post(address, typed | {"papers": papers, "applicant_phone": "12", "submit": "1"})
    html = wrong.content.decode()
    assert wrong.status_code == 422
    assert "Chưa đúng số điện thoại" in html and 'value="12"' in html and typed["applicant_name"] in html
    assert Dossier.objects.get().status == Status.DRAFT


def test_a_scan_comes_with_the_dossier(counter):
    address, typed, papers = page_of(counter)
    scan = SimpleUploadedFile("quet.pdf", world.PDF, content_type="application/pdf")
    counter.post(address, typed | {f"file-{papers[0]}": scan, "papers": papers, "submit": "1"})
    assert Dossier.objects.get().attachments.get().requirement == papers[0]


def test_another_clerks_draft_is_not_there(counter):
    address, typed, _papers = page_of(counter)
    other = logged_in(world.clerk(world.branch_number(1)))
    assert other.get(address).status_code == 404
    assert other.post(address, typed | {"submit": "1"}).status_code == 404


def test_a_save_that_arrives_after_the_filing_changes_nothing_and_breaks_nothing(counter, monkeypatch):
    address, typed, papers = page_of(counter)
    stale = Dossier.objects.get()
    counter.post(address, typed | {"papers": papers, "submit": "1"})
    # The late save read the draft before it was filed.
    monkeypatch.setattr("dossiers.views.counter._draft", lambda request, pk: stale)
    late = counter.post(address, typed | {"papers": papers}, headers={"HX-Request": "true"})
    assert late.status_code == 204
    assert Dossier.objects.get().status == Status.RECEIVED

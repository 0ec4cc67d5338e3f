"""A form of every kind of question, filled in by a citizen's browser without scripts, and read by staff."""

import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from PIL import Image

from branches.models import Role
from dossiers import storage
from dossiers.forms import QuestionsForm, controls
from dossiers.models import Dossier, StoredFile
from dossiers.services import drafts
from dossiers.widgets import rearranged, sent
from procedures import versions
from procedures.models import Procedure
from procedures.schema import example_answers
from procedures.versions import read
from tests import world
from tests.procedures.kinds import spec_of_all_kinds

pytestmark = pytest.mark.django_db


@pytest.fixture
def spec(catalogue):
    wanted = spec_of_all_kinds()
    version = versions.write(wanted, Procedure.objects.get(code="1.001193"))
    versions.publish(version)
    assert read(version.pk).digest == wanted.digest
    return read(version.pk)


@pytest.fixture
def draft(spec, client):
    person = world.person()
    client.force_login(person)
    return drafts.start_draft(spec=spec, by=person, owner=person)


def picture(name: str = "anh.png"):
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(content, "PNG")
    content.seek(0)
    content.name = name
    return content


def url(draft, section="details", end=""):
    return f"/ho-so/nhap/{draft.pk}/{section}/{end}"


DETAILS = {
    "children-rows": "1",
    "children-0-name": "Nguyễn Minh Khôi",
    "children-0-relation": "child",
    "children-0-birth_date": "04/05/2020",
    "costs-rows": "1",
    "costs-0-item": "Đào hố",
    "costs-0-quantity": "2",
    "costs-0-price": "1.500.000",
}


def text(response) -> str:
    return response.content.decode()


def boxes(response, name: str) -> list[str]:
    return re.findall(rf'<input[^>]* name="{name}"[^>]*>', text(response))


# --- rows without scripts -------------------------------------------------------------------------------------------
def test_a_row_is_added_with_everything_typed_kept(draft, client):
    response = client.post(url(draft), {**DETAILS, "children-0-birth_date": "sai", "change": "add children"})
    assert response.status_code == 200 and "Còn chỗ cần sửa" not in text(response)
    assert 'value="Nguyễn Minh Khôi"' in boxes(response, "children-0-name")[0]
    assert 'value="sai"' in boxes(response, "children-0-birth_date")[0]
    assert boxes(response, "children-1-name") and 'value="2"' in boxes(response, "children-rows")[0]


def test_a_dropped_row_takes_its_own_answers_and_no_others(draft, client):
    two = {**DETAILS, "children-rows": "2", "children-1-name": "Lê Bình", "children-1-relation": "spouse"}
    response = client.post(url(draft), {**two, "change": "drop children-0"})
    assert 'value="Lê Bình"' in boxes(response, "children-0-name")[0] and not boxes(response, "children-1-name")
    draft.refresh_from_db()
    assert [row["name"] for row in draft.answers["children"]] == ["Lê Bình"]


def test_no_more_rows_than_may_be(draft, client):
    five = {**DETAILS, "children-rows": "5", **{f"children-{n}-name": "An" for n in range(5)}}
    response = client.post(url(draft), {**five, "change": "add children"})
    assert "Tối đa 5 dòng." in text(response) and not boxes(response, "children-5-name")
    assert client.post(url(draft), {**five, "children-rows": "999999"}).status_code == 200


@pytest.mark.parametrize(
    "change", ["add x", "drop children-9", "drop", "add ", "drop children-", "drop csrf", "x" * 500]
)
def test_a_button_that_is_none_changes_nothing(draft, client, change):
    response = client.post(url(draft), {**DETAILS, "change": change})
    assert response.status_code == 200 and 'value="Nguyễn Minh Khôi"' in boxes(response, "children-0-name")[0]


def test_a_mistake_in_a_row_stands_at_its_box_and_in_the_summary(draft, client):
    response = client.post(url(draft), {**DETAILS, "children-0-name": ""})
    assert '<a href="#id_children-0-name">Người cùng hộ, dòng 1: Hãy điền: Họ và tên.</a>' in text(response)
    assert 'aria-invalid="true"' in boxes(response, "children-0-name")[0]
    assert 'id="id_children-0-name_error"' in text(response)


def test_a_question_that_comes_by_an_answer_of_its_row_is_no_mistake_yet(draft, client):
    page = client.get(url(draft))
    seen = re.findall(r'name="on_page" value="([^"]*)"', text(page))
    response = client.post(url(draft), {**DETAILS, "children-0-relation": "other", "on_page": seen})
    assert boxes(response, "children-0-which") and "Còn chỗ cần sửa" not in text(response)
    assert "Câu trả lời vừa rồi cần thêm" in text(response)


# --- with scripts ---------------------------------------------------------------------------------------------------
def test_the_page_asks_what_else_and_works_out_while_nothing_is_saved(draft, client):
    much = {**DETAILS, "costs-0-quantity": "100"}
    response = client.post(url(draft, end="cau-hoi/"), much)
    assert "150.000.000" in text(response) and 'name="large"' in text(response)
    draft.refresh_from_db()
    assert draft.answers.get("costs") is None


def test_only_what_others_hang_on_asks_the_server(spec):
    paths = controls(spec.fields.values())
    assert {"neighbours", "children.relation", "costs.quantity", "costs.price"} <= paths
    assert not {"title", "children.name", "owner.name"} & paths


# --- addresses ------------------------------------------------------------------------------------------------------
def test_an_address_by_a_former_name_shows_what_it_became(draft, client):
    from places.gazetteer import former_wards, ward_codes

    former = next(f for f in former_wards().values() if len(f.now) == 1)
    response = client.post(url(draft, "people"), {"home-former_ward": str(former), "home-line": "12 phố Cũ"})
    draft.refresh_from_db()
    assert draft.answers["home"] == {"ward": former.main, "line": "12 phố Cũ", "former_ward": former.code}
    assert f"nay thuộc <b>{ward_codes()[former.main]}</b>" in text(response)
    assert f'<option value="{former.main}" selected' in text(response)


def test_a_former_name_nobody_knows_is_said_and_kept(draft, client):
    response = client.post(url(draft, "people"), {"home-former_ward": "Phường Không Có", "home-line": "5"})
    assert "Không có phường, xã cũ này" in text(response)
    assert 'value="Phường Không Có"' in boxes(response, "home-former_ward")[0]


# --- files ----------------------------------------------------------------------------------------------------------
def test_a_file_is_kept_with_the_draft_even_when_something_else_is_wrong(draft, client):
    response = client.post(url(draft), {**DETAILS, "children-0-name": "", "photo-file": picture()})
    draft.refresh_from_db()
    attachment = draft.attachments.get()
    assert attachment.requirement == "photo" and draft.answers["photo"] == str(attachment.file_id)
    assert "anh.png" in text(response) and reverse("dossiers:file", args=[attachment.pk]) in text(response)
    again = client.get(url(draft))
    assert str(attachment.file_id) in boxes(again, "photo")[0]
    assert "anh.png" not in text(client.get(f"/ho-so/nhap/{draft.pk}/giay-to/"))


def test_a_file_can_be_taken_away_and_replaced(draft, client):
    client.post(url(draft), {**DETAILS, "photo-file": picture()})
    draft.refresh_from_db()
    client.post(url(draft), {**DETAILS, "photo": draft.answers["photo"], "change": "drop photo"})
    draft.refresh_from_db()
    assert "photo" not in draft.answers and not draft.attachments.exists()


def test_what_is_no_picture_is_refused_in_words(draft, client):
    pdf = io.BytesIO(world.PDF)
    pdf.name = "giay.pdf"
    response = client.post(url(draft), {**DETAILS, "photo-file": pdf})
    assert "giay.pdf: Chỗ này cần một ảnh" in text(response)
    draft.refresh_from_db()
    assert "photo" not in draft.answers


def test_another_persons_file_is_not_taken(draft, client, settings):
    strange = world.upload(world.person())
    response = client.post(url(draft), {**DETAILS, "drawing": str(strange.pk)})
    assert "Chưa có tệp này" in text(response)
    draft.refresh_from_db()
    assert "drawing" not in draft.answers and not draft.attachments.exists()


def test_a_file_that_is_an_answer_is_not_swept(draft, client):
    client.post(url(draft), {**DETAILS, "photo-file": picture()})
    StoredFile.objects.update(created_at=draft.saved_at - timedelta(days=30))
    assert storage.sweep_unused() == 0


# --- filed and read -------------------------------------------------------------------------------------------------
@pytest.fixture
def filed(spec) -> Dossier:
    owner = world.person()
    photo = StoredFile.objects.get(pk=world.upload(owner, "anh.png", picture().getvalue()).pk)
    drawing = world.upload(owner)
    return world.submitted(owner=owner, answers={"photo": str(photo.pk), "drawing": str(drawing.pk)})


def test_the_applicant_reads_all_of_it(filed, client):
    client.force_login(filed.owner)
    page = text(client.get(f"/ho-so/{filed.code}/"))
    assert "anh.png" in page and "Đào hố ủ phân" in page and "05/01/2026 – 30/06/2026" in page
    assert filed.attachments.filter(requirement__in=("photo", "drawing")).count() == 2


def test_staff_read_what_their_role_may_and_no_more(filed, client):
    clerk = world.clerk(filed.branch)
    officer = world.posted(Role.OFFICER, unit=filed.unit)
    photo = filed.attachments.get(requirement="photo")
    world.act(filed, "receive", clerk)
    client.force_login(clerk)
    page = text(client.get(f"/can-bo/ho-so/{filed.code}/"))
    assert "được xem." in page and "anh.png" not in page and "Đào hố ủ phân" in page
    assert client.get(reverse("dossiers:file", args=[photo.pk])).status_code == 404
    api = client.get(f"/api/v1/dossiers/{filed.code}/").json()
    assert "photo" not in api["answers"] and "drawing" in api["answers"]
    assert str(photo.file_id) not in str(api)
    client.force_login(officer)
    filed.refresh_from_db()
    if Dossier.objects.visible_to(officer).filter(pk=filed.pk).exists():
        assert "anh.png" in text(client.get(f"/can-bo/ho-so/{filed.code}/"))
        assert client.get(reverse("dossiers:file", args=[photo.pk]), follow=True).status_code == 200


def test_the_api_refuses_another_persons_file_and_tells_what_was_not_asked(spec, client):
    person, other = world.person(), world.person()
    client.force_login(person)
    answers = {**example_answers(spec), "drawing": str(world.upload(other).pk), "neighbours": False}
    answers.pop("photo")
    answer = client.post(
        "/api/v1/procedures/1.001193/validate/", {"answers": answers}, content_type="application/json"
    ).json()
    assert ("drawing", "not_found") in {(e["field"], e["code"]) for e in answer["errors"]}
    assert [(w["code"], w["field"]) for w in answer["warnings"]] == [("not_asked", "neighbours_agree")]


def test_review_shows_rows_files_and_what_is_dropped(draft, spec, client):
    answers = {k: v for k, v in example_answers(spec).items() if k not in ("photo", "drawing")}
    Dossier.everything.filter(pk=draft.pk).update(answers={**answers, "neighbours": False})
    page = text(client.get(f"/ho-so/nhap/{draft.pk}/xem-lai/"))
    assert "Không còn cần, sẽ không gửi" in page and "Nhà dân đã đồng ý" in page
    assert "3.000.000" in page and "Trần Thị Bình" in page


def test_a_correction_may_not_name_another_persons_file(filed):
    from dossiers.errors import Invalid

    strange = world.upload(world.person())
    with pytest.raises(Invalid):
        world.act(filed, "correct", filed.owner, answers={"drawing": str(strange.pk)})
    own = world.upload(filed.owner)
    world.act(filed, "correct", filed.owner, answers={"drawing": str(own.pk)})
    kept = filed.attachments.present().filter(requirement="drawing").values_list("file", flat=True)
    assert list(kept) == [own.pk]


# --- the counter ----------------------------------------------------------------------------------------------------
def test_the_counter_draws_every_kind_and_keeps_rows(spec, client):
    clerk = world.clerk()
    client.force_login(clerk)
    draft = drafts.start_draft(spec=spec, by=clerk, branch=world.branch_number(1))
    page = reverse("desk:counter_intake", args=[draft.pk])
    assert boxes(client.get(page), "children-0-which")  # drawn, hidden until it is asked
    response = client.post(page, {**DETAILS, "change": "add children"})
    assert boxes(response, "children-1-name") and 'value="Nguyễn Minh Khôi"' in boxes(response, "children-0-name")[0]
    told = text(client.post(page, {**DETAILS, "costs-0-quantity": "100"}, headers={"HX-Request": "true"}))
    asked = re.search(r'data-now-asked="([^"]*)"', told)[1].split()
    assert "large" in asked and "children-0-which" not in asked and "150.000.000" in told


# --- the form itself ------------------------------------------------------------------------------------------------
def test_what_is_stored_is_drawn_and_read_back_the_same(spec):
    """Every example, stored, drawn and sent again by a browser, is the same answer."""
    from procedures.answers import clean_answers

    answers, _errors = clean_answers(spec, example_answers(spec))
    form = QuestionsForm(spec.fields.values(), answers=answers)
    data = _as_browser("".join(str(form[key].as_field_group()) for key in form.fields))
    again = {key: sent(q, data, key) for key, q in spec.fields.items() if q.kind not in ("note", "computed")}
    assert clean_answers(spec, again) == (answers, [])


def _as_browser(page: str):
    """What a browser would send of the boxes on the page."""
    from html import unescape

    from django.http import QueryDict

    data = QueryDict(mutable=True)
    for tag in re.findall(r"<input[^>]*>", page):
        attrs = {k: unescape(v) for k, v in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        dot = attrs.get("type") in ("radio", "checkbox")
        if "name" in attrs and attrs.get("type") != "file" and (not dot or re.search(r"\bchecked\b", tag)):
            data.appendlist(attrs["name"], attrs.get("value", ""))
    for name, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.S):
        if chosen := re.search(r'<option value="([^"]*)" selected', body):
            data.appendlist(name, chosen[1])
    for name, body in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', page, re.S):
        data.appendlist(name, unescape(body).strip())
    return data


def test_rearranging_leaves_what_was_sent_as_it_was():
    from django.http import QueryDict

    data = QueryDict("g-rows=2&g-0-a=1&g-1-a=2&g-1-b=x&g-1-b=y&a=0")
    after = rearranged(data, "drop g-0")
    assert data["g-rows"] == "2" and after.getlist("g-0-b") == ["x", "y"] and after["g-0-a"] == "2"
    assert "g-1-a" not in after and after["g-rows"] == "1" and after["a"] == "0"

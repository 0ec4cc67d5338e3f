"""A new procedure from a template, made in the admin; and a draft whose process gives way to a template."""

import pytest
from django.test import Client
from django.urls import reverse

from audit.services import SYSTEM, entries
from branches.models import FieldOfLaw, Role
from procedures import blank, checking, drafts, loading, versions
from procedures.catalogue import city_families
from procedures.models import FieldGroup, NationalEntry, Procedure, ProcedureVersion
from tests import world
from tests.dossiers.citizen_steps import logged_in

pytestmark = pytest.mark.django_db
NEW = reverse("admin:procedures_procedure_add")
BARNS = {
    "code": "1.015020",
    "name": "Hỗ trợ chi phí về nâng cao hiệu quả chăn nuôi",
    "short_name": "Hỗ trợ xử lý chất thải chuồng trại",
    "field_of_law": "Chăn nuôi",
    "audience": "both",
    "unit_kind": "AGRICULTURE",
    "template": "blank",
}


@pytest.fixture
def admin(catalogue):
    return world.staff(Role.ADMIN)


@pytest.fixture
def page(admin) -> Client:
    return logged_in(admin)


@pytest.fixture
def draft(catalogue) -> ProcedureVersion:
    """A draft of the linked birth procedure."""
    released = ProcedureVersion.objects.get(pk=world.spec("2.000986").version_id)
    return versions.write(versions.read(released.pk), released.procedure)


def national(**more) -> NationalEntry:
    return NationalEntry.objects.create(**{
        "code": "1.015020", "name": "Tên theo danh mục quốc gia", "field": "Chăn nuôi", "issuing_body": "Bộ NN",
        "audience": "business", "kind": "TTHC", **more,
    })  # fmt: skip


# --- a new procedure ----------------------------------------------------------------------------------------------
def test_the_form_makes_an_unpublished_procedure_and_opens_its_draft(page, admin):
    answer = page.post(NEW, BARNS)
    procedure = Procedure.objects.get(code="1.015020")
    version = procedure.versions.get()
    assert answer.url == reverse("admin:procedures_procedureversion_change", args=[version.pk])
    assert procedure.published is None
    assert (version.number, version.editors) == (1, [admin.pk])
    assert FieldOfLaw.objects.get(name="Chăn nuôi") == procedure.field_of_law
    assert entries(f"procedure:{procedure.pk}").get().act == "new_procedure"


def test_citizens_do_not_find_it_before_it_is_published(page):
    page.post(NEW, BARNS)
    assert Client().get("/thu-tuc/1.015020/").status_code == 404
    assert "1.015020" not in Client().get("/thu-tuc/?q=chuồng trại").content.decode()


def test_the_draft_begins_with_the_applicant_and_a_process_without_errors(page):
    page.post(NEW, BARNS)
    spec = versions.read(ProcedureVersion.objects.get(procedure__code="1.015020").pk)
    assert (spec.sections[0].group, spec.routing_field) == ("applicant", "applicant_ward")
    assert spec.fields["applicant_name"].source == "account.full_name"
    assert [step.name for step in spec.steps] == ["Giải quyết hồ sơ", "Trả kết quả"]
    found = {p.part for p in checking.check(spec) if p.is_error}
    assert not found & {"form", "routing", "steps", "moves", "time"}


@pytest.mark.parametrize("template", [key for key in city_families()])
def test_every_family_is_a_template_with_its_own_steps_and_moves(catalogue, admin, template):
    head = blank.Head("1.999999", "Tên đầy đủ", "Tên ngắn", "Hộ tịch", "citizen", "WARD")
    version = blank.create_procedure(head, template=template, by=admin, actor=SYSTEM)
    family, spec = city_families()[template], versions.read(version.pk)
    assert [s.key for s in spec.steps] == [s["key"] for s in family["steps"]]
    assert [m.label for m in spec.moves] == [m["label"] for m in family["moves"]]
    assert (spec.family, spec.immediate) == (template, template == "at_once")
    found = {p.code for p in checking.check(spec) if p.is_error and p.part in ("steps", "moves", "form")}
    assert not found


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"code": "15020"}, "code", "1.234567"),
        ({"code": "2.000986"}, "code", "Đã có thủ tục mang mã này"),
        ({"short_name": ""}, "short_name", ""),
        ({"name": " \u200b "}, "name", ""),
        ({"unit_kind": "MOON"}, "unit_kind", ""),
        ({"template": "nothing"}, "template", ""),
        ({"short_name": "a" * 111}, "short_name", ""),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(page, changes, field, said):
    before = Procedure.objects.count()
    answer = page.post(NEW, BARNS | changes)
    assert answer.status_code == 200
    errors = answer.context["form"].errors
    assert list(errors) == [field]
    assert said in str(errors[field])
    assert Procedure.objects.count() == before


def test_two_admins_with_one_code_get_one_procedure(admin):
    head = blank.Head(**{k: v for k, v in BARNS.items() if k != "template"})
    blank.create_procedure(head, template="blank", by=admin, actor=SYSTEM)
    with pytest.raises(blank.BlankError, match="Đã có thủ tục"):
        blank.create_procedure(head, template="simple", by=admin, actor=SYSTEM)
    assert Procedure.objects.get(code=head.code).versions.count() == 1


def test_names_come_from_the_national_catalogue_and_what_was_typed_stays(page):
    national()
    form = page.post(NEW, {"code": "1.015020", "short_name": "Tên tôi gõ", "_look": "1"}).context["form"]
    assert form.initial["name"] == "Tên theo danh mục quốc gia"
    assert (form.initial["short_name"], form.initial["audience"]) == ("Tên tôi gõ", "business")
    assert "Không thấy mã này" in page.post(NEW, {"code": "9.999999", "_look": "1"}).content.decode()
    assert page.get(NEW + "?code=1.015020").context["form"].initial["ministry"] == "Bộ NN"


def test_a_field_of_law_is_found_however_it_is_written(admin, catalogue):
    assert loading.field_named("ho tich") == FieldOfLaw.objects.get(name="Hộ tịch")


# --- another process for a draft ----------------------------------------------------------------------------------
def test_the_first_answer_only_says_what_would_be_lost(page, draft):
    address = reverse("admin:procedures_change_template", args=[draft.pk])
    text = page.post(address, {"template": "council"}).content.decode()
    assert "Bước “Công an và Bảo hiểm xã hội giải quyết”" in text
    assert "Việc cho cơ quan khác “Cấp thẻ bảo hiểm y tế”" in text
    assert draft.steps.filter(key="linked_units").exists()


def test_confirmed_the_template_takes_the_place_and_the_rest_stays(page, admin, draft):
    before = versions.read(draft.pk)
    page.post(reverse("admin:procedures_change_template", args=[draft.pk]), {"template": "council", "_confirmed": "1"})
    after = versions.read(draft.pk)
    assert [s.key for s in after.steps] == ["appraise", "council", "draft", "sign", "issue", "done"]
    assert after.family == "council"
    assert not any(step.items for step in after.steps)
    assert (after.sections, after.documents, after.fees) == (before.sections, before.documents, before.fees)
    entry = entries(f"procedure:{draft.procedure_id}").last()
    assert entry.act == "replace_process" and "Đăng ký thường trú cho trẻ" in entry.note
    assert admin.pk in ProcedureVersion.objects.get(pk=draft.pk).editors


def test_a_released_version_keeps_its_process(page, admin):
    released = ProcedureVersion.objects.get(pk=world.spec("2.000986").version_id)
    assert page.get(reverse("admin:procedures_change_template", args=[released.pk])).status_code == 404
    with pytest.raises(drafts.NotADraft):
        blank.apply_template(released, "simple", by=admin, actor=SYSTEM)


# --- a section from a shared group --------------------------------------------------------------------------------
def test_the_page_adds_a_section_from_a_group(page, draft):
    address = reverse("admin:procedures_add_group", args=[draft.pk])
    assert "Anh/chị nộp hồ sơ này với tư cách nào" in page.get(address).content.decode()
    answer = page.post(address, {"group": "civil_capacity", "title": "Tư cách", "prefix": ""})
    assert answer.url == reverse("admin:procedures_procedureversion_change", args=[draft.pk])
    section = draft.sections.get(key="filing")
    assert (section.title, section.form_fields.count()) == ("Tư cách", 3)
    again = page.post(address, {"group": "civil_capacity", "title": "", "prefix": ""})
    assert "đã có phần mang khóa “filing”" in again.content.decode()


@pytest.mark.parametrize("name", ["procedures_add_group", "procedures_change_template"])
def test_only_admins_reach_these_pages(catalogue, draft, name):
    client = logged_in(world.staff(Role.MONITOR))
    assert client.get(reverse(f"admin:{name}", args=[draft.pk])).status_code == 403
    assert client.get(NEW).status_code == 403
    assert FieldGroup.objects.exists()

"""Django admin: every page opens at a small price, to those whose posting says so, and leaves alone what law keeps."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEntry
from branches.models import Posting, Role
from dossiers.life import Status
from dossiers.models import CodeCounter, Dossier, IdempotencyKey, StoredFile, Threshold
from payments.models import Obligation
from procedures import releasing, versions
from procedures.models import Procedure, ProcedureVersion
from tests import world

BUDGET = 15
BUDGET_OF_A_VERSION = 25  # its page holds all its rows, and what the checks look up around it
# Big tables need numbers that a page may show without counting every row.
BIG = [Dossier, StoredFile, Obligation]
NOT_HERE = [CodeCounter, IdempotencyKey]
KEPT = ["dossiers.dossier", "dossiers.storedfile", "dossiers.rating", "payments.obligation", "procedures.release"]


@pytest.fixture
def life(catalogue):
    """The catalogue with a dossier in every part of the house: papers, a request, money, work, an end."""
    clerk, owner = world.clerk(), world.person()
    first = world.submitted(owner=owner)
    world.act(first, "ask_supplement", clerk, reason="Bản chụp mờ")
    for _ in range(4):
        world.submitted("1.001612", owner=owner)
    return first


def staff_client(client, role: str, **place):
    user = world.staff(role, **place)
    client.force_login(user)
    return user


def pages(model, user) -> list[str]:
    """List, blank form, and the newest row's page as far as this page of admin shows rows."""
    request = RequestFactory().get("/")
    request.user = user
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    found = [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
    if (row := admin.site._registry[model].get_queryset(request).order_by("-pk").first()) is not None:
        found.append(reverse(f"{name}_change", args=[row.pk]))
    return found


MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label_lower)


def test_every_page_opens_within_the_budget(life, admin_client, admin_user):
    """One scene for all models: it takes longer to set than their pages to open."""
    wrong = []
    for model in MODELS:
        budget = BUDGET_OF_A_VERSION if model is ProcedureVersion else BUDGET
        for address in pages(model, admin_user):
            with CaptureQueriesContext(connection) as asked:
                status = admin_client.get(address).status_code
            allowed = [200, 403] if address.endswith("/add/") else [200]
            if status not in allowed or len(asked) > budget:
                wrong.append((address, status, len(asked)))
    assert wrong == []


def test_every_list_can_be_searched(life, admin_client, admin_user):
    for model in MODELS:
        response = admin_client.get(pages(model, admin_user)[0], {"q": "an"})
        assert response.status_code == 200, model
        if admin.site._registry[model].search_fields:
            assert response.context["cl"].query == "an", model


def test_a_released_version_shows_its_whole_form_within_the_budget(life, admin_client, django_assert_max_num_queries):
    """The longest of them: a page that grew by a query a row would show here."""
    longest = max(ProcedureVersion.objects.all(), key=lambda version: version.form_fields.count())
    for version in (longest, releasing.copy_to_draft(longest)):
        with django_assert_max_num_queries(BUDGET_OF_A_VERSION):
            page = admin_client.get(reverse("admin:procedures_procedureversion_change", args=[version.pk]))
        assert page.status_code == 200


def test_internal_tables_are_not_registered():
    assert not [model for model in NOT_HERE if admin.site.is_registered(model)]


def test_big_tables_are_not_counted():
    for model in BIG:
        assert admin.site._registry[model].show_full_result_count is False
        assert admin.site._registry[model].paginator.__name__ == "RecentPaginator"


# --- read only where law or history says so -----------------------------------------------------------------
@pytest.mark.parametrize("label", KEPT)
def test_what_history_keeps_cannot_be_added_changed_or_deleted(label, life, admin_client, rf, admin_user):
    request = rf.get("/")
    request.user = admin_user
    model = next(m for m in MODELS if m._meta.label_lower == label)
    page = admin.site._registry[model]
    assert page.has_view_permission(request)
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)


def test_a_dossier_is_read_with_its_work_and_leads_to_the_desk(life, admin_client):
    page = admin_client.get(reverse("admin:dossiers_dossier_change", args=[life.pk]))
    text = page.content.decode()
    assert 'name="_save"' not in text
    assert f"/ho-so/{life.code}/" in text
    assert "Bản chụp mờ" in text
    assert "giay.pdf" in text


def test_another_persons_draft_is_not_shown(life, admin_client):
    from dossiers.services.drafts import start_draft

    owner = world.person()
    draft = start_draft(spec=world.spec(), by=owner, owner=owner)
    assert draft.status == Status.DRAFT
    address = reverse("admin:dossiers_dossier_change", args=[draft.pk])
    assert admin_client.get(address).status_code == 302, "as if it were not there"


@pytest.mark.parametrize("term", ["code", "nguyen van an", "0912 345 678", "912345678"])
def test_a_dossier_is_found_by_code_name_and_telephone(term, life, admin_client):
    term = life.code if term == "code" else term
    found = admin_client.get(reverse("admin:dossiers_dossier_changelist"), {"q": term}).context["cl"].queryset
    assert life in found


def test_a_posting_ends_and_is_not_deleted(life, admin_client):
    posting = Posting.objects.first()
    assert admin_client.post(reverse("admin:branches_posting_delete", args=[posting.pk])).status_code == 403


# --- versions -----------------------------------------------------------------------------------------------
VERSIONS = "admin:procedures_procedureversion_changelist"


def act_on(client, action: str, version: ProcedureVersion):
    return client.post(reverse(VERSIONS), {"action": action, "_selected_action": [version.pk]}, follow=True)


def test_a_released_version_says_that_it_never_changes(life, admin_client):
    version = Procedure.objects.get(code="1.001193").published
    text = admin_client.get(reverse("admin:procedures_procedureversion_change", args=[version.pk])).content.decode()
    assert "không bao giờ thay đổi" in text
    assert 'name="_save"' not in text


def whole_form(page) -> dict:
    """What a browser would send back for the page of one object, unchanged."""
    data = dict(_values(page.context["adminform"].form))
    for inline in page.context["inline_admin_formsets"]:
        data |= dict(_values(inline.formset.management_form))
        for form in inline.formset.forms:
            data |= dict(_values(form))
    return data


def _values(form):
    for name in form.fields:
        value = form[name].value()
        if value is not None and value is not False:
            yield form[name].html_name, value


def test_a_draft_is_copied_edited_and_released(life, admin_client):
    procedure = Procedure.objects.get(code="1.001193")
    before = procedure.published
    act_on(admin_client, "copy_to_drafts", before)
    draft = procedure.versions.get(number=before.number + 1)
    address = reverse("admin:procedures_procedureversion_change", args=[draft.pk])
    data = whole_form(admin_client.get(address)) | {"short_name": "Khai sinh cho bé", "_save": "1"}
    answer = admin_client.post(address, data)
    assert answer.status_code == 302, answer.context["errors"]
    draft.refresh_from_db()
    assert draft.short_name == "Khai sinh cho bé"
    assert draft.digest == versions.read(draft.pk).digest != before.digest

    for role in (Role.OFFICER, Role.LEADER):
        world.posted(role, unit=world.unit_of_kind("WARD"))
    author, other = world.posted(Role.ADMIN), world.posted(Role.ADMIN)
    asked = releasing.request(draft, by=author, reason="Tên dễ hiểu", legal_ground="Luật Hộ tịch",
                              accepted_warnings="Bản dịch bổ sung sau")  # fmt: skip
    releasing.approve(asked, by=other)
    procedure.refresh_from_db()
    assert procedure.published == draft
    assert procedure.short_name == "Khai sinh cho bé"
    assert "khai sinh cho be" in procedure.search_name
    assert AuditEntry.objects.filter(chain=f"procedure:{procedure.pk}", act="release_version").exists()
    assert world.submitted().version == draft
    assert Dossier.objects.get(pk=life.pk).version == before


def test_a_draft_with_a_mistake_says_so_on_its_page_and_is_not_asked_for(life, admin_client):
    procedure = Procedure.objects.get(code="1.001193")
    draft = releasing.copy_to_draft(procedure.published)
    draft.moves.filter(source="").delete()
    page = admin_client.get(reverse("admin:procedures_procedureversion_change", args=[draft.pk]))
    assert page.context["errors_found"]
    with pytest.raises(releasing.NotReleasable):
        releasing.request(draft, by=world.posted(Role.ADMIN), reason="Vội", legal_ground="Luật", accepted_warnings="Có")


def test_new_keywords_are_searched_at_once(life, admin_client):
    procedure = Procedure.objects.get(code="1.001193")
    address = reverse("admin:procedures_procedure_change", args=[procedure.pk])
    data = whole_form(admin_client.get(address)) | {"keywords": "giấy tờ em bé"}
    assert admin_client.post(address, data).status_code == 302
    procedure.refresh_from_db()
    assert "giay to em be" in procedure.search


# --- who may ------------------------------------------------------------------------------------------------
def status(client, name: str) -> int:
    return client.get(reverse(f"admin:{name}_changelist")).status_code


def test_an_admin_of_procedures_opens_what_the_work_needs(life, client):
    staff_client(client, Role.ADMIN)
    for name in ("procedures_procedureversion", "branches_posting"):
        assert status(client, name) == 200, name
    for name in ("dossiers_dossier", "payments_obligation"):  # of people, which the work on procedures needs nothing of
        assert status(client, name) == 403, name
    assert client.get(reverse("admin:branches_posting_add")).status_code == 200
    assert client.get(reverse("admin:dossiers_threshold_add")).status_code == 200
    assert status(client, "audit_auditentry") == 403
    threshold = Threshold.objects.first()
    page = client.get(reverse("admin:dossiers_threshold_change", args=[threshold.pk])).content
    assert b'name="_save"' in page


def test_a_monitor_looks_and_changes_nothing(life, client):
    staff_client(client, Role.MONITOR)
    assert status(client, "branches_posting") == 200
    assert client.get(reverse("admin:branches_posting_add")).status_code == 403
    version = ProcedureVersion.objects.first()
    act_on(client, "copy_to_drafts", version)
    assert version.procedure.versions.count() == 1


def test_a_clerk_finds_nothing_there(life, client):
    staff_client(client, Role.CLERK, branch=world.branch_number(1))
    for name in ("dossiers_dossier", "branches_posting", "procedures_procedure"):
        assert status(client, name) == 403, name


def test_without_is_staff_the_door_is_closed(life, client):
    client.force_login(world.posted(Role.ADMIN))
    assert status(client, "procedures_procedure") == 302

"""Files out of the admin and into it: downloaded, uploaded, previewed, confirmed; nothing but what was previewed."""

import io
import zipfile
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Q
from django.urls import reverse

from audit.models import AuditEntry
from branches.models import Role
from procedures import exchange, exporting, importing, uploads, versions
from procedures.models import NationalEntry, Procedure, ProcedureVersion
from tests import world

pytestmark = pytest.mark.django_db
BIRTH = "1.001193"
IMPORT = "admin:procedures_import"


@pytest.fixture
def admin(catalogue, client):
    user = world.staff(Role.ADMIN)
    client.force_login(user)
    return user


def procedure():
    return Procedure.objects.get(code=BIRTH)


def file_of(name="a.yaml", **changes):
    spec = replace(world.spec(), **changes)
    return SimpleUploadedFile(name, exchange.dump(spec, exchange.entry_of(procedure(), spec)).encode())


def preview(client, *files):
    return client.post(reverse(IMPORT), {"files": list(files)})


# --- out ----------------------------------------------------------------------------------------------------------
def test_a_procedure_and_a_version_are_downloaded_as_their_files(admin, client):
    for address in (
        reverse("admin:procedures_export", args=[procedure().pk]),
        reverse("admin:procedures_version_export", args=[procedure().published_id]),
    ):
        answer = client.get(address)
        assert answer["Content-Type"] == "application/yaml; charset=utf-8"
        assert "attachment" in answer["Content-Disposition"] and BIRTH in answer["Content-Disposition"]
        assert exchange.read(answer.content).spec.digest == world.spec().digest


def test_many_are_downloaded_as_one_zip_that_can_be_uploaded_again(admin, client):
    chosen = Procedure.objects.filter(code__in=[BIRTH, "1.001612"])
    answer = client.post(
        reverse("admin:procedures_procedure_changelist"),
        {"action": "export_zip", "_selected_action": [p.pk for p in chosen]},
    )
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == [f"procedures/{BIRTH}.yaml", "procedures/1.001612.yaml"]
    page = preview(client, SimpleUploadedFile("x.zip", answer.content)).content.decode()
    assert "Không có gì thay đổi: 2 thủ tục" in page


def test_a_clerk_exports_and_imports_nothing(catalogue, client):
    user = world.clerk()
    user.is_staff = True
    user.save()
    client.force_login(user)
    for address in (
        reverse("admin:procedures_export", args=[procedure().pk]),
        reverse("admin:procedures_version_export", args=[procedure().published_id]),
        reverse(IMPORT),
        reverse("admin:procedures_bulk"),
        reverse("admin:procedures_national_compare"),
    ):
        assert client.get(address).status_code == 403, address


# --- in -----------------------------------------------------------------------------------------------------------
def test_an_upload_is_previewed_in_words_and_changes_nothing_before_it_is_confirmed(admin, client):
    before = ProcedureVersion.objects.count()
    answer = preview(client, file_of(time_amount=5))
    assert "5 ngày" in answer.content.decode()
    assert ProcedureVersion.objects.count() == before
    done = client.post(reverse(IMPORT), {"preview": answer.context["preview"]})
    assert done.url == reverse("admin:procedures_procedureversion_changelist")
    draft = procedure().versions.order_by("-number").first()
    assert draft.time_amount == 5 and draft.editors == [admin.pk]
    assert AuditEntry.objects.filter(act="import_procedure", actor_id=admin.pk).count() == 1


def test_a_preview_is_confirmed_once(admin, client):
    token = preview(client, file_of(time_amount=5)).context["preview"]
    client.post(reverse(IMPORT), {"preview": token})
    before = ProcedureVersion.objects.count()
    answer = client.post(reverse(IMPORT), {"preview": token}, follow=True)
    assert "hết hạn" in answer.content.decode()
    assert ProcedureVersion.objects.count() == before


def test_a_preview_of_somebody_else_cannot_be_confirmed(admin, client, django_user_model):
    token = preview(client, file_of(time_amount=5)).context["preview"]
    other = world.staff(Role.ADMIN)
    client.force_login(other)
    before = ProcedureVersion.objects.count()
    client.post(reverse(IMPORT), {"preview": token})
    assert ProcedureVersion.objects.count() == before


def test_a_catalogue_that_moved_since_is_previewed_again(admin, client):
    token = preview(client, file_of(time_amount=5)).context["preview"]
    versions.publish(versions.write(replace(world.spec(), time_amount=4), procedure()))
    before = ProcedureVersion.objects.count()
    answer = client.post(reverse(IMPORT), {"preview": token})
    assert "đã thay đổi sau khi xem trước" in answer.content.decode()
    assert ProcedureVersion.objects.count() == before
    client.post(reverse(IMPORT), {"preview": answer.context["preview"]})
    assert ProcedureVersion.objects.count() == before + 1


def test_a_bad_file_is_told_with_its_line_and_offers_no_import(admin, client):
    answer = preview(client, SimpleUploadedFile("a.yaml", b"code: 5\nnam: x\n"))
    page = answer.content.decode()
    assert "a.yaml, dòng 1" in page and "không biết khóa “nam”" in page
    assert 'name="preview"' not in page


def test_a_draft_that_could_not_be_released_yet_is_told_what_to_mend(admin, client):
    page = preview(client, file_of(summary="")).content.decode()
    assert "Phải sửa trước khi ban hành" in page


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04 not a zip", b"", b"\x89PNG\r\n\x1a\n", b"a: &a [*a]", b"[" * 100_000, b"\xff\xfe"],
)
def test_a_file_that_is_no_such_thing_is_a_sentence(admin, client, content):
    answer = preview(client, SimpleUploadedFile("a.yaml", content))
    assert answer.status_code == 200 and 'name="preview"' not in answer.content.decode()


def test_a_zip_bomb_is_refused():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("procedures/1.000001.yaml", b"a" * 40_000_000)
    with pytest.raises(exchange.ExchangeError, match="quá lớn"):
        uploads.files_of([SimpleUploadedFile("x.zip", made.getvalue())])


def test_an_export_as_a_zip_changes_nothing(admin, client, tmp_path, monkeypatch):
    of, few = exporting.procedure_files, Q(code__in=[BIRTH, "1.000028", "1.001612"])
    monkeypatch.setattr(exporting, "procedure_files", lambda procedures: of(procedures.filter(few)))
    exporting.export_catalogue(tmp_path)
    pairs = [(p.relative_to(tmp_path).as_posix(), p.read_text()) for p in sorted(tmp_path.rglob("*.yaml"))]
    files = uploads.files_of([SimpleUploadedFile("x.zip", uploads.zipped(pairs))])
    assert files == importing.files_of(tmp_path)
    assert importing.plan(files).changes == []


# --- the national catalogue in the admin --------------------------------------------------------------------------
def test_the_national_catalogue_is_searched_and_filtered_in_the_admin(admin, client):
    for code, name in ((BIRTH, "Đăng ký khai sinh"), ("1.015020", "Xử lý chất thải chăn nuôi")):
        NationalEntry.objects.create(code=code, name=name, field="x", search=f"{code} xu ly chat thai chan nuoi")
    address = reverse("admin:procedures_nationalentry_changelist")
    page = client.get(address, {"q": "chat thai", "taken": "0"}).content.decode()
    assert "1.015020" in page and BIRTH not in page
    entry = NationalEntry.objects.get(code="1.015020")
    page = client.get(reverse("admin:procedures_nationalentry_change", args=[entry.pk])).content.decode()
    assert f"{reverse('admin:procedures_procedure_add')}?code=1.015020" in page


def test_the_page_of_a_procedure_warns_where_the_country_says_otherwise(admin, client):
    NationalEntry.objects.create(code=BIRTH, name="Khai sinh điện tử", field="Hộ tịch", search="x")
    page = client.get(reverse("admin:procedures_procedure_change", args=[procedure().pk])).content.decode()
    assert "Khác danh mục quốc gia" in page and "Khai sinh điện tử" in page
    page = client.get(reverse("admin:procedures_national_compare")).content.decode()
    assert BIRTH in page and "Khai sinh điện tử" in page

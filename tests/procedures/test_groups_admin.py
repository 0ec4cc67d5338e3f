"""Shared groups in the admin: what is typed becomes a new version, and drafts behind are brought up one by one."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from branches.models import Role
from procedures import groups, versions
from procedures.merging import whole
from procedures.models import FieldGroup, ProcedureVersion
from tests import world
from tests.dossiers.citizen_steps import logged_in

pytestmark = pytest.mark.django_db
LIST = reverse("admin:procedures_fieldgroup_changelist")


@pytest.fixture
def page(catalogue) -> Client:
    return logged_in(world.staff(Role.ADMIN))


@pytest.fixture
def draft(catalogue) -> ProcedureVersion:
    released = ProcedureVersion.objects.get(pk=world.spec("2.000986").version_id)
    return versions.write(versions.read(released.pk), released.procedure)


def address(key: str) -> str:
    return reverse("admin:procedures_fieldgroup_change", args=[key])


def as_sent(page: Client, where: str, **changes) -> dict:
    """The inputs of the page as a browser would send them, with some changed."""
    context = page.get(where).context
    sent = {}
    for form in (context["form"], *context["questions"]):
        for bound in form:
            value, kind = bound.value(), type(bound.field.widget).__name__
            if kind == "Tick" and value:
                sent[bound.html_name] = "on"
            elif kind == "Ticks" and value:
                sent[bound.html_name] = list(value)
            elif kind not in ("Tick", "Ticks"):
                sent[bound.html_name] = "" if value is None else value
    management = context["questions"].management_form
    sent |= {bound.html_name: bound.value() for bound in management}
    return sent | changes


def latest(key: str):
    return groups.latest(FieldGroup.objects.get(pk=key))


@pytest.mark.parametrize("key", ["applicant", "civil_capacity", "biz_job", "civil_exemption", "land_parcel"])
def test_what_the_page_shows_is_what_it_saves(page, key):
    """Opened and sent back as it is, nothing has changed: every kind of value survives being typed text."""
    number, before = latest(key).number, [whole(question) for question in latest(key).fields]
    answer = page.post(address(key), as_sent(page, address(key), note="x"))
    assert answer.status_code == 200
    assert f"Chưa có gì thay đổi so với phiên bản {number}" in answer.content.decode()
    assert latest(key).number == number
    assert [whole(question) for question in latest(key).fields] == before


def test_a_change_is_saved_as_a_new_version_and_leads_to_the_drafts_behind(page, draft):
    sent = as_sent(page, address("applicant"), note="Hỏi rõ hơn", **{"questions-3-hint": "Số đang dùng"})
    answer = page.post(address("applicant"), sent)
    assert answer.url == reverse("admin:procedures_fieldgroup_drafts", args=["applicant"])
    assert (latest("applicant").number, latest("applicant").note) == (2, "Hỏi rõ hơn")
    text = page.get(answer.url).content.decode()
    assert "Câu hỏi “Số điện thoại”: theo nhóm về gợi ý." in text
    assert draft.procedure.code in text


def test_the_button_updates_that_draft_alone(page, draft):
    other = versions.write(versions.read(draft.pk), draft.procedure)
    page.post(address("applicant"), as_sent(page, address("applicant"), note="x", **{"questions-3-hint": "Mới"}))
    where = reverse("admin:procedures_fieldgroup_drafts", args=["applicant"])
    page.post(where, {"section": draft.sections.get(group="applicant").pk})
    assert draft.form_fields.get(key="applicant_phone").hint == "Mới"
    assert other.form_fields.get(key="applicant_phone").hint != "Mới"
    assert page.post(where, {"section": "0"}).status_code == 404
    assert page.post(where, {"section": "x"}).status_code == 404


def test_the_button_names_a_section_past_the_thousandth(page):
    """People's "5.001" in the form would be no section at all."""
    with connection.cursor() as cursor:
        numbers = "pg_get_serial_sequence('procedures_formsection', 'id')"
        cursor.execute(f"SELECT setval({numbers}, GREATEST(nextval({numbers}), 5000))")
    released = ProcedureVersion.objects.get(pk=world.spec("2.000986").version_id)
    section = versions.write(versions.read(released.pk), released.procedure).sections.get(group="applicant")
    page.post(address("applicant"), as_sent(page, address("applicant"), note="x", **{"questions-3-hint": "Mới"}))
    behind = page.get(reverse("admin:procedures_fieldgroup_drafts", args=["applicant"])).content.decode()
    assert section.pk > 1000 and f'name="section" value="{section.pk}"' in behind


def test_questions_are_added_taken_out_and_put_in_order(page):
    sent = as_sent(page, address("place"), note="x")
    new = {"label": "Gần chỗ nào", "kind": "text", "position": "15", "privacy": "none", "example": "Chợ Long Biên"}
    sent |= {f"questions-2-{name}": value for name, value in new.items()}
    page.post(address("place"), sent)
    assert [q["key"] for q in latest("place").fields] == ["ward", "gan_cho_nao", "address"]
    sent = as_sent(page, address("place"), note="x", **{"questions-1-DELETE": "on"})
    page.post(address("place"), sent)
    assert [q["key"] for q in latest("place").fields] == ["ward", "address"]


def test_a_repeating_group_keeps_the_questions_inside_it(page):
    sent = as_sent(page, address("place"), note="x")
    rows = {
        2: {"label": "Các con", "key": "children", "kind": "group", "position": "90", "privacy": "none"},
        3: {
            "label": "Tên con",
            "key": "name",
            "kind": "text",
            "parent": "children",
            "privacy": "none",
            "example": "Bi",
        },
    }
    sent |= {f"questions-{at}-{name}": value for at, row in rows.items() for name, value in row.items()}
    page.post(address("place"), sent)
    group = latest("place").fields[-1]
    assert (group["key"], [q["label"] for q in group["fields"]]) == ("children", ["Tên con"])
    again = page.post(address("place"), as_sent(page, address("place"), note="x"))
    assert "Chưa có gì thay đổi" in again.content.decode()
    sent = as_sent(page, address("place"), note="x", **{"questions-2-DELETE": "on"})  # the group, not what is in it
    gone = page.post(address("place"), sent)
    assert gone.context["questions"].errors[3] == {"parent": ["Không có lựa chọn này, hãy chọn lại."]}
    assert latest("place").fields[-1] == group


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"questions-0-condition": "place_ward ="}, ""),
        ({"questions-1-key": "ward"}, "Mã trùng"),
        ({"questions-1-example": "x" * 300}, ""),
        ({"note": ""}, ""),
        ({"prefix": "Hoa Thường"}, "tiền tố"),
        ({"questions-1-condition": "không_có_đâu = 1"}, "không_có_đâu"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(page, changes, said):
    answer = page.post(address("place"), as_sent(page, address("place"), **({"note": "x"} | changes)))
    assert answer.status_code == 200
    assert "errornote" in answer.content.decode() and said in answer.content.decode()
    assert latest("place").number == 1


def test_a_group_of_ones_own(page):
    where = reverse("admin:procedures_fieldgroup_add")
    sent = as_sent(page, where, key="livestock", title="Chuồng trại", prefix="barn", note="Mới")
    sent |= {"questions-0-label": "Số con lợn", "questions-0-kind": "number", "questions-0-privacy": "none"}
    page.post(where, sent | {"questions-0-example": "20"})
    made = latest("livestock")
    assert (made.number, made.prefix, made.fields[0]["key"], made.fields[0]["example"]) == (1, "barn", "so_con_lon", 20)
    assert "Đã có nhóm mang mã này" in page.post(where, sent).content.decode()


def test_the_list_counts_drafts_in_few_queries(page, draft, django_assert_max_num_queries):
    page.post(address("applicant"), as_sent(page, address("applicant"), note="x", **{"questions-3-hint": "Mới"}))
    with django_assert_max_num_queries(12):
        text = page.get(LIST).content.decode()
    assert '<td class="field-behind">1</td>' in text


def test_only_admins_change_groups(catalogue):
    client = logged_in(world.staff(Role.MONITOR))
    assert client.get(address("place")).status_code == 200
    assert client.post(address("place"), {}).status_code == 403
    where = reverse("admin:procedures_fieldgroup_drafts", args=["place"])
    assert client.post(where, {"section": "1"}).status_code == 403

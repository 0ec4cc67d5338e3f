"""Where work waits: counted truly, in one query, for those who may see the catalogue's insides."""

from datetime import timedelta

import pgtrigger
import pytest
from django.test import Client
from django.urls import reverse

from branches.models import Role
from dossiers.models import Dossier, WorkItem
from procedures import versions
from procedures.models import ProcedureVersion
from studio.heat import heat_of, rows_of, waiting_in
from tests import world
from tests.dossiers.citizen_steps import logged_in
from worktime import now

CODE = "2.000986"  # linked: two results asked of others

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_client(catalogue) -> Client:
    return logged_in(world.staff(Role.ADMIN))


def in_process() -> Dossier:
    """Filed, received and handed over: it stands at the first step."""
    dossier = world.submitted(CODE)
    clerk = world.clerk(dossier.branch)
    world.act(dossier, "receive", clerk)
    return world.act(dossier, "hand_over", clerk)


def waiting_since(hours: list[int], *, step: str = "appraise", late: int = 0) -> int:
    """Live dossiers that have stood at `step` for so many hours, `late` of them past their time; their version."""
    at = now()
    for position, ago in enumerate(hours):
        dossier = in_process()
        items = WorkItem.objects.filter(dossier=dossier, kind="step", state="open")
        due = at + timedelta(hours=1 if position >= late else -1)
        items.update(step=step, key=step, opened_at=at - timedelta(hours=ago), due_at=due)
    return world.spec(CODE).version_id


def test_counts_the_median_the_longest_and_the_late(catalogue):
    version = waiting_since([2, 10, 30, 50], late=1)
    waiting = waiting_in([version])[version]
    assert list(waiting) == ["appraise"]
    one = waiting["appraise"]
    assert (one.count, one.late, one.with_citizen) == (4, 1, 0)
    assert round(one.heat.hours) == 20  # half way between 10 and 30
    assert round(one.longest / timedelta(hours=1)) == 50


def test_a_trial_dossier_is_not_counted(catalogue):
    version = waiting_since([5, 6])
    with pgtrigger.ignore("dossiers.Dossier:real_or_scratch_for_ever"):
        Dossier.objects.filter(pk__in=Dossier.objects.values("pk")[:1]).update(is_scratch=True)
    assert waiting_in([version])[version]["appraise"].count == 1


def test_any_number_of_versions_costs_one_query(catalogue, django_assert_num_queries):
    waiting_since([1, 2, 3])
    with django_assert_num_queries(1):
        waiting_in(list(range(1, 200)))


def test_work_asked_of_others_has_its_own_place(catalogue):
    version = waiting_since([1], step="linked_units")
    item = WorkItem.objects.get(kind="step", state="open")
    at = now()
    WorkItem.objects.create(
        dossier=item.dossier, kind="linked", state="open", step="linked_units", key="residence", name="x",
        role="OFFICER", opened_at=at - timedelta(hours=80), due_at=at - timedelta(hours=1),
    )  # fmt: skip
    waiting = waiting_in([version])[version]
    assert heat_of(waiting)["linked_units.residence"].late == 1
    rows = {row.name: row for row in rows_of(world.spec(CODE), waiting)}
    assert rows["Đăng ký thường trú cho trẻ"].is_item
    assert rows["Đăng ký thường trú cho trẻ"].waiting.usual == "3 ngày"
    assert rows["Cấp thẻ bảo hiểm y tế"].waiting is None


def test_the_page_shows_figures_in_the_table_and_on_the_drawing(admin_client, django_assert_max_num_queries):
    version = waiting_since([2, 10, 30, 50], late=1)
    procedure = world.spec(CODE).procedure_id
    address = reverse("studio:heat", args=[procedure])
    assert version
    admin_client.get(address)
    with django_assert_max_num_queries(10):
        page = admin_client.get(address).content.decode()
    assert "4 hồ sơ · thường chờ 20 giờ · 1 quá hạn" in page
    assert "4 hồ sơ đang chờ" in page
    assert 'role="img"' in page
    assert "Quy trình bằng lời" in page


def test_a_procedure_on_which_nothing_waits_says_so(admin_client):
    page = admin_client.get(reverse("studio:heat", args=[world.spec("1.000656").procedure_id])).content.decode()
    assert "Hiện không có hồ sơ nào đang chờ" in page


def test_the_drawing_is_a_page_or_a_piece_of_one(admin_client):
    version = waiting_since([3])
    address = reverse("studio:drawing", args=[version])
    whole = admin_client.get(address).content.decode()
    piece = admin_client.get(address + "?heat=1", headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole and "hồ sơ · thường chờ" not in whole
    assert "<html" not in piece and "1 hồ sơ · thường chờ 3 giờ · đúng hạn" in piece


def test_a_draft_that_cannot_be_read_says_so(admin_client):
    released = ProcedureVersion.objects.get(pk=world.spec(CODE).version_id)
    draft = versions.write(versions.read(released.pk), released.procedure)
    draft.form_fields.filter(key="applicant_name").update(options=[["one", "two", "three"]])
    page = admin_client.get(reverse("studio:drawing", args=[draft.pk]) + "?heat=1")
    assert "chưa vẽ được quy trình" in page.content.decode()


@pytest.mark.parametrize("name", ["studio:drawing", "studio:heat"])
def test_citizens_and_clerks_do_not_see_it(catalogue, name):
    spec = world.spec(CODE)
    address = reverse(name, args=[spec.version_id if name == "studio:drawing" else spec.procedure_id])
    for user in (world.person(), world.clerk()):
        user.is_staff = True  # even with the door of the admin open to them
        user.save()
        client = Client()
        client.force_login(user)
        assert client.get(address).status_code == 403
    assert Client().get(address).status_code == 302

"""One act on many procedures: previewed, confirmed, all or nothing; drafts for four eyes, retirement at once."""

from datetime import timedelta

import pytest
from django.urls import reverse

from audit.models import AuditEntry
from branches.models import FieldOfLaw, Role
from procedures import bulk, versions
from procedures.deciding import NotReleasable
from procedures.models import Procedure, ProcedureVersion
from tests import world
from worktime import now

pytestmark = pytest.mark.django_db
CODES = ["1.001193", "1.004873"]
PAGE = "admin:procedures_bulk"


@pytest.fixture
def boss(catalogue):
    return world.staff(Role.ADMIN)


def chosen(*codes):
    return list(Procedure.objects.filter(code__in=codes or CODES).select_related("published").order_by("code"))


def do(act, by, *codes, reason="Nghị quyết 5"):
    return bulk.do(chosen(*codes), act, by=by, reason=reason, previewed=bulk.plan(chosen(*codes), act).fingerprint)


def test_a_time_limit_for_many_makes_drafts_with_a_change_note(boss):
    before = {p.code: p.published_id for p in chosen()}
    made = do(bulk.time_limit(7, "WORKING_DAY"), boss)
    assert len(made.doing) == 2
    for procedure in chosen():
        draft = procedure.versions.order_by("-number").first()
        assert (draft.time_amount, draft.time_unit, draft.copied_from_id) == (7, "WORKING_DAY", before[procedure.code])
        assert draft.note.startswith("Nghị quyết 5\n") and "7 ngày làm việc" in draft.note
        assert draft.editors == [boss.pk] and not draft.releases.exists()
        assert procedure.published_id == before[procedure.code]
    assert AuditEntry.objects.filter(act="bulk_draft", actor_id=boss.pk).count() == 2


def test_nothing_else_of_a_version_changes(boss):
    do(bulk.unit_kind("LAND"), boss)
    for procedure in chosen():
        old, new = versions.read(procedure.published_id), versions.read(procedure.versions.latest("number").pk)
        differing = {k for k, v in old.as_dict().items() if new.as_dict()[k] != v}
        assert differing == {"unit_kind"}


def test_what_is_so_already_or_decided_at_once_is_left_alone(boss):
    spec = world.spec()
    plan = bulk.plan(chosen("1.001193"), bulk.time_limit(spec.time_amount, spec.time_unit))
    assert plan.doing == [] and "Đã đúng" in plan.rows[0].skipped
    at_once = Procedure.objects.filter(published__immediate=True).select_related("published")[:1]
    assert "ngay tại quầy" in bulk.plan(at_once, bulk.time_limit(9, "DAY")).rows[0].skipped
    with pytest.raises(NotReleasable):
        do(bulk.unit_kind(spec.unit_kind), boss, "1.001193")


def test_many_are_retired_from_a_day_to_come(boss):
    at = now() + timedelta(days=3)
    do(bulk.retire(at), boss)
    for procedure in chosen():
        assert procedure.published_id
        assert procedure.published.releases.get().ends_at == at


def test_many_are_retired_at_once_and_leave_the_lists(boss):
    do(bulk.retire(), boss)
    assert [procedure.published_id for procedure in chosen()] == [None, None]
    again = bulk.plan(chosen(), bulk.retire())
    assert again.doing == []


def test_an_open_draft_is_told(boss):
    versions.write(world.spec(), Procedure.objects.get(code="1.001193"))
    plan = bulk.plan(chosen("1.001193"), bulk.time_limit(7, "DAY"))
    assert plan.rows[0].draft == 2


def test_what_was_previewed_is_what_is_done_or_nothing_is(boss):
    act = bulk.time_limit(7, "DAY")
    previewed = bulk.plan(chosen(), act).fingerprint
    versions.write(world.spec(), Procedure.objects.get(code="1.001193"))
    before = ProcedureVersion.objects.count()
    with pytest.raises(bulk.PlanChanged):
        bulk.do(chosen(), act, by=boss, reason="x", previewed=previewed)
    with pytest.raises(bulk.PlanChanged):
        bulk.do(chosen(), bulk.time_limit(8, "DAY"), by=boss, reason="x", previewed=previewed)
    assert ProcedureVersion.objects.count() == before


def test_a_reason_and_an_admin_are_needed(boss):
    act = bulk.time_limit(7, "DAY")
    with pytest.raises(NotReleasable, match="lý do"):
        do(act, boss, reason="  ")
    with pytest.raises(NotReleasable, match="quản trị"):
        do(act, world.clerk())


# --- the page -----------------------------------------------------------------------------------------------------
def test_chosen_procedures_go_from_the_list_to_the_page_preview_and_drafts(boss, client):
    client.force_login(boss)
    there = client.post(
        reverse("admin:procedures_procedure_changelist"),
        {"action": "change_many", "_selected_action": [p.pk for p in chosen()]},
    ).url
    assert there.startswith(reverse(PAGE))
    said = {"act": "time", "time_amount": "7", "time_unit": "WORKING_DAY", "reason": "Nghị quyết 5"}
    before = ProcedureVersion.objects.count()
    answer = client.post(there, said)
    assert "7 ngày làm việc" in answer.content.decode()
    assert ProcedureVersion.objects.count() == before
    client.post(there, said | {"previewed": answer.context["plan"].fingerprint})
    assert ProcedureVersion.objects.count() == before + 2


def test_a_whole_field_of_law_is_chosen_by_name(boss, client):
    client.force_login(boss)
    field = FieldOfLaw.objects.get(name="Hộ tịch")
    answer = client.post(
        reverse(PAGE), {"field_of_law": field.pk, "act": "unit", "unit_kind": "LAND", "reason": "Sắp xếp lại"}
    )
    plan = answer.context["plan"]
    assert {row.procedure.field_of_law_id for row in plan.rows} == {field.pk}
    assert len(plan.rows) == Procedure.objects.filter(field_of_law=field).exclude(published=None).count()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"act": "time", "reason": "x"}, "time_amount"),
        ({"act": "unit", "reason": "x"}, "unit_kind"),
        ({"act": "unit", "unit_kind": "LAND"}, "reason"),
        ({"act": "retire", "reason": "x", "at_0": "2020-01-01", "at_1": "08:00"}, "at"),
        ({"act": "burn", "reason": "x"}, "act"),
        ({"act": "unit", "unit_kind": "LAND", "reason": "x"}, "field_of_law"),
    ],
)
def test_what_is_missing_is_said_at_its_field(boss, client, said, field):
    client.force_login(boss)
    answer = client.post(reverse(PAGE), said)
    assert field in answer.context["form"].errors and answer.context["plan"] is None


def test_strange_ids_are_no_procedures(boss, client):
    client.force_login(boss)
    answer = client.get(reverse(PAGE), {"id": ["x", "-1", "999999999999999999999"]})
    assert answer.status_code == 200 and not answer.context["chosen"]

"""Scenarios a reviewer of the services found to go wrong, kept as tests."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError

import worktime
from branches.models import Absence, Role
from dossiers.errors import NotNow
from dossiers.life import Status
from dossiers.models import WorkItem
from notifications.models import Message
from payments.models import Obligation
from procedures.models import Release
from tests import world
from tests.dossiers.test_api import Api
from tests.dossiers.test_life import force
from tests.dossiers.test_requests import Case, fire, fresh, moment
from worktime.models import Clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def test_a_unit_empty_for_days_still_gets_its_dossier_the_day_somebody_is_there():
    case = Case("1.004873")
    Absence.objects.create(user=case.officer, starts_on=date(2025, 4, 8), ends_on=date(2025, 4, 10))
    case.received("2025-04-08 10:00")
    for _ in range(4):
        clock = Clock.objects.get(kind="dossier.handover")
        if clock.next_fire_at is None:
            break
        with worktime.at(clock.next_fire_at):
            fire(clock.next_fire_at)
    assert fresh(case.dossier).assignee_id == case.officer.pk


def test_a_payment_after_a_new_promise_moves_the_promised_day_and_keeps_it():
    case = Case("1.004873")
    case.received("2025-04-08 10:00")  # due 11 April
    again = case.do("2025-04-09 09:00", "repromise", case.officer, days=5, reason="Chờ hồ sơ gốc")
    assert again.due_at == moment("2025-04-18 17:00")
    case.do("2025-04-09 10:00", "ask_payment", case.officer, payment_label="Lệ phí", payment_amount=1000)
    back = case.do("2025-04-10 10:00", "settle_payment", case.cashier, receipt_number="BL-1")
    assert back.due_at == moment("2025-04-21 17:00")
    assert back.first_due_at == moment("2025-04-14 17:00")


def test_after_the_decision_is_signed_nothing_is_asked_or_promised_any_more():
    case = Case("1.004873")
    case.received("2025-04-08 10:00")
    case.do("2025-04-08 11:00", "propose", case.officer, summary="Đủ")
    case.do("2025-04-08 11:10", "sign", case.leader)
    for name, data in (("ask_supplement", {"reason": "x"}), ("repromise", {"days": 1, "reason": "x"})):
        with pytest.raises(NotNow, match="Đã ký"):
            case.do("2025-04-08 11:20", name, case.officer, **data)


def test_after_a_forward_the_applicant_may_still_correct_their_answers():
    case = Case("1.004873")
    case.received("2025-04-08 10:00")
    other = world.unit_of_kind("WARD", "00008")
    officer = world.posted(Role.OFFICER, unit=other)
    case.do("2025-04-08 11:00", "forward", case.officer, unit=other.code, reason="Đúng địa bàn")
    case.do("2025-04-08 14:00", "ask_supplement", officer, reason="Sai tên")
    back = case.do("2025-04-08 15:00", "give_supplement", case.owner, answers={"applicant_name": "Trần Văn Đúng"})
    assert (back.applicant_name, back.unit_id) == ("Trần Văn Đúng", other.pk)


def test_a_reminder_that_failed_once_is_still_given():
    case = Case("1.004873")
    case.received("2025-04-08 10:00")
    clock = Clock.objects.get(kind="dossier.due")
    Clock.objects.filter(pk=clock.pk).update(next_fire_at=clock.next_fire_at + timedelta(minutes=7))  # its back-off
    with worktime.at(clock.next_fire_at + timedelta(minutes=7)):
        fire(clock.next_fire_at + timedelta(minutes=7))
    assert Message.objects.filter(recipient=case.officer, template="due_warning").count() == 1


def test_a_dossier_nobody_answered_reaches_the_head_even_when_the_warning_came_late():
    case = Case("1.004873")
    head = world.posted(Role.BRANCH_HEAD, branch=case.dossier.branch)
    late = case.dossier.answer_by + timedelta(hours=1)
    with worktime.at(late):
        fire(late)
    assert Message.objects.filter(recipient=head, template="dossier_overdue").exists()


def test_raw_sql_cannot_lead_a_waiting_dossier_anywhere_but_back():
    case = Case("1.004873")
    case.received("2025-04-08 10:00")
    for values in (
        {"status": "SUPPLEMENT_REQUIRED", "return_status": ""},
        {"status": "SUPPLEMENT_REQUIRED", "return_status": "REGISTERED"},
    ):
        with pytest.raises(DatabaseError):
            force(case.dossier, **values)
    force(case.dossier, status="SUPPLEMENT_REQUIRED", return_status="IN_PROCESS")
    with pytest.raises(DatabaseError):
        force(case.dossier, status="REGISTERED", return_status="")
    assert fresh(case.dossier).status == Status.SUPPLEMENT_REQUIRED


def test_of_a_release_only_its_end_can_change():
    release = Release.objects.get(version_id=world.spec().version_id)
    other = world.spec("1.004873").version_id
    with pytest.raises(DatabaseError, match="only its end"):
        Release.objects.filter(pk=release.pk).update(version_id=other)


def test_linked_work_that_waits_for_other_work_is_not_late_before_it_opens():
    case = Case("2.000986", at="2026-11-10 09:00")
    officers = {
        i.unit_kind: world.posted(Role.OFFICER, unit=world.unit_of_kind(i.unit_kind, case.dossier.ward_id))
        for s in case.spec.steps
        for i in s.items
    }
    case.received("2026-11-10 10:00")
    case.do("2026-11-10 11:00", "send_linked", case.officer)
    waiting = WorkItem.objects.get(dossier=case.dossier, state="waiting")
    assert waiting.due_at is None
    first = WorkItem.objects.asked().get(dossier=case.dossier, state="open")
    by = officers[next(i.unit_kind for s in case.spec.steps for i in s.items if i.key == first.key)]
    case.do("2026-11-16 09:00", "finish_item", by, item=str(first.pk), result="Đã đăng ký")
    waiting.refresh_from_db()
    assert waiting.state == "open" and waiting.due_at > moment("2026-11-16 09:00")
    assert Clock.objects.get(subject_type="item", subject_id=waiting.pk).next_fire_at == waiting.due_at


def test_when_the_result_is_handed_over_no_work_is_left_open():
    case = Case("1.004873")
    case.received("2025-04-08 10:00")
    everybody = (case.clerk, case.officer, case.leader, case.cashier)
    while fresh(case.dossier).status != Status.RETURNED:
        user, action = next((u, a) for u in everybody if (a := world.forward(fresh(case.dossier), u)))
        case.do("2025-04-08 14:00", action.name, user, **action.input_schema()["examples"][0])
    assert not case.dossier.items.open().exists()


def test_a_refused_dossier_owes_nothing():
    dossier = world.submitted("2.000635")
    assert Obligation.objects.about("dossier", dossier.pk).due().exists()
    world.act(dossier, "refuse", world.clerk(dossier.branch), reason="Sai cơ quan")
    assert not Obligation.objects.about("dossier", dossier.pk).due().exists()


@pytest.mark.parametrize("number", ["9" * 30, int("9" * 401), 1e308, float("-1e300")])
def test_a_number_beyond_all_bounds_is_a_mistake_and_no_crash(number):
    answer = Api().post("procedures/2.000635/validate/", {"answers": {"copies": number}})
    assert answer.status_code == 200
    assert "copies" in {e["field"] for e in answer.json()["errors"]}


def test_a_file_id_that_is_none_and_an_address_too_long_are_mistakes():
    dossier = world.submitted("1.001193")
    api = Api(dossier.owner)
    path = f"dossiers/{dossier.code}/actions/correct/"
    key = world.spec().documents[0].key
    assert api.post(path, {"files": {key: ["abc"]}}).status_code == 422
    long = {"answers": {"applicant_email": f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example.com.vn.net.org"}}
    assert api.post(path, long).status_code == 422


def test_a_pause_is_not_counted_as_time_used():
    case = Case("1.004873")
    case.received("2025-04-08 10:00")
    case.do("2025-04-08 12:00", "ask_payment", case.officer, payment_label="Lệ phí", payment_amount=1000)
    back = case.do("2025-05-06 08:00", "settle_payment", case.cashier, receipt_number="BL-1")  # four weeks later
    half = Clock.objects.get(kind="dossier.due").next_fire_at
    assert moment("2025-05-07 08:00") < half < back.due_at
    assert moment("2025-05-06 08:00") < back.items.get(kind="step", state="open").due_at <= back.due_at

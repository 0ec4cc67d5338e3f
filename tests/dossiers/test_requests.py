"""What is asked of the applicant, and what becomes of the count: supplements, payments, endings, new dates."""

from datetime import datetime

import pytest

import worktime
from audit.services import Actor
from branches.models import Role
from dossiers.errors import NotAllowed, NotNow, Refusal
from dossiers.life import Status
from dossiers.models import Dossier, Pause
from dossiers.services.reception import hand_over_by_system
from dossiers.services.submission import Filing, file_dossier
from notifications.models import Message
from payments.models import Obligation
from procedures.schema import example_answers
from tests import world
from worktime import clocks
from worktime.hours import HANOI
from worktime.models import Clock

pytestmark = pytest.mark.django_db


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


def fresh(dossier) -> Dossier:
    return Dossier.objects.select_related("branch", "unit", "version", "procedure", "owner").get(pk=dossier.pk)


@pytest.fixture
def case(catalogue):
    """A marital-status certificate (3 working days) submitted on Tuesday 8 April 2025 at 09:00, and its people."""
    return Case("1.004873")


class Case:
    def __init__(self, code, at="2025-04-08 09:00"):
        with worktime.at(moment(at)):
            self.owner = world.person()
            self.dossier = world.submitted(code, owner=self.owner)
        self.spec = world.spec(code)
        self.clerk = world.clerk(self.dossier.branch)
        self.officer = world.posted(Role.OFFICER, unit=self.dossier.unit)
        self.leader = world.posted(Role.LEADER, unit=self.dossier.unit)
        self.cashier = world.posted(Role.CASHIER, branch=self.dossier.branch)

    def do(self, at, name, user, **data):
        with worktime.at(moment(at)):
            world.act(self.dossier, name, user, **data)
        return fresh(self.dossier)

    def received(self, at="2025-04-08 10:00"):
        self.do(at, "receive", self.clerk)
        with worktime.at(moment(at)):
            hand_over_by_system(self.dossier.pk)
        return fresh(self.dossier)


def test_a_dossier_has_no_promise_before_it_is_received(case):
    assert case.dossier.due_at is None
    assert case.dossier.answer_by == moment("2025-04-09 09:00")
    received = case.received("2025-04-08 10:00")
    assert received.due_at == received.first_due_at == moment("2025-04-11 17:00")


def test_received_after_15h_counts_from_the_next_working_day(case):
    assert case.received("2025-04-08 15:30").due_at == moment("2025-04-14 17:00")


def test_the_clerk_asks_once_before_reception_and_the_time_to_answer_starts_anew(case):
    asked = case.do("2025-04-08 10:00", "ask_supplement", case.clerk, reason="Bản chụp mờ")
    assert asked.status == Status.SUPPLEMENT_REQUIRED
    assert asked.due_at is None
    with pytest.raises(NotAllowed):
        case.do("2025-04-08 10:05", "give_supplement", case.clerk, note="x")
    back = case.do("2025-04-10 09:00", "give_supplement", case.owner, note="Đã chụp lại")
    assert back.status == Status.REGISTERED
    assert back.return_status == ""
    assert back.answer_by == moment("2025-04-11 09:00")
    with pytest.raises(NotNow, match="một lần"):
        case.do("2025-04-10 10:00", "ask_supplement", case.clerk, reason="Lại nữa")


def test_the_unit_asks_once_and_the_count_restarts_from_zero(case):
    case.received("2025-04-08 10:00")
    case.do("2025-04-10 09:00", "ask_supplement", case.officer, reason="Thiếu xác nhận")
    back = case.do("2025-04-16 09:00", "give_supplement", case.owner, note="Đã bổ sung")
    assert back.status == Status.IN_PROCESS
    assert back.due_at == moment("2025-04-21 17:00")  # three working days from the 16th, not what was left


def test_the_unit_cannot_ask_later_than_three_working_days_after_reception(case):
    case.received("2025-04-08 10:00")
    with pytest.raises(NotNow, match="3 ngày"):
        case.do("2025-04-14 09:00", "ask_supplement", case.officer, reason="Muộn rồi")


def test_the_named_papers_must_come_with_the_supplement(catalogue):
    case = Case("1.001193", at="2026-11-10 09:00")
    paper = world.spec("1.001193").documents[0].key
    case.do("2026-11-10 10:00", "ask_supplement", case.clerk, reason="Mờ", documents=[paper])
    with pytest.raises(Refusal, match="Còn thiếu"):
        case.do("2026-11-10 11:00", "give_supplement", case.owner, note="quên đính kèm")
    file = world.upload(case.owner, content=world.PDF + b"sharper")
    back = case.do("2026-11-10 11:00", "give_supplement", case.owner, files={paper: [str(file.pk)]})
    assert back.status == Status.REGISTERED
    assert back.attachments.filter(file=file, purpose="supplement").exists()


def test_a_supplement_that_never_comes_is_reminded_and_then_stops_the_dossier(case):
    case.do("2025-04-08 10:00", "ask_supplement", case.clerk, reason="Thiếu")
    deadline = case.dossier.supplements.get().due_at
    assert deadline == moment("2025-04-22 17:00")  # ten working days
    reminder = Clock.objects.get(kind="dossier.supplement").next_fire_at
    assert reminder == moment("2025-04-18 17:00")
    for at in (reminder, deadline):
        with worktime.at(at):
            fire(at)
        if at == reminder:
            assert fresh(case.dossier).status == Status.SUPPLEMENT_REQUIRED
    stopped = fresh(case.dossier)
    assert stopped.status == Status.STOPPED
    assert set(Message.objects.filter(recipient=case.owner).values_list("template", flat=True)) >= {
        "supplement_reminder",
        "dossier_stopped",
    }
    assert not Clock.objects.filter(next_fire_at__isnull=False, subject_id=stopped.pk, subject_type="dossier").exists()


def fire(at):
    """Run the handlers of what is due, inside the test's transaction (the sweep itself is tested in tests/worktime)."""
    for clock in Clock.objects.due(at).order_by("next_fire_at"):
        owner = clocks._owners[clock.kind]
        clocks._move_on([clock], {clock.pk: owner.handler(clock)}, at)


def test_payment_stops_the_count_and_the_cashier_starts_it_again(case):
    received = case.received("2025-04-08 10:00")
    assert received.due_at == moment("2025-04-11 17:00")
    waiting = case.do("2025-04-09 08:00", "ask_payment", case.officer, payment_label="Lệ phí", payment_amount="150.000")
    assert waiting.status == Status.PAYMENT_REQUIRED
    assert Obligation.objects.about("dossier", waiting.pk).due().amount() == 150_000
    with pytest.raises(NotAllowed):
        case.do("2025-04-09 09:00", "settle_payment", case.clerk, receipt_number="BL-1")
    back = case.do("2025-04-10 08:00", "settle_payment", case.cashier, receipt_number="BL-1")
    assert back.status == Status.IN_PROCESS
    assert back.due_at == moment("2025-04-14 17:00")  # one working day later
    assert Obligation.objects.get(subject_id=back.pk, label="Lệ phí").receipt_number == "BL-1"
    assert Pause.objects.get(dossier=back).ended_at == moment("2025-04-10 08:00")


def test_money_that_never_comes_stops_the_dossier(case):
    case.received("2025-04-08 10:00")
    case.do("2025-04-09 08:00", "ask_payment", case.officer, payment_label="Lệ phí", payment_amount=1000)
    clock = Clock.objects.get(kind="dossier.payment")
    for _ in range(2):
        at = Clock.objects.get(pk=clock.pk).next_fire_at
        with worktime.at(at):
            fire(at)
    assert fresh(case.dossier).status == Status.STOPPED
    assert not Obligation.objects.about("dossier", case.dossier.pk).due().exists()


def test_the_applicant_may_withdraw_until_the_decision_is_signed(case):
    case.received("2025-04-08 10:00")
    assert "withdraw" in world.names(case.dossier, case.owner)
    case.do("2025-04-08 11:00", "propose", case.officer, summary="Đủ điều kiện")
    case.do("2025-04-08 11:10", "sign", case.leader)
    assert "withdraw" not in world.names(case.dossier, case.owner)
    with pytest.raises(NotNow, match="đã ký"):
        case.do("2025-04-08 11:20", "withdraw", case.owner, reason="Thôi")


def test_withdrawing_ends_clocks_work_and_fees(case):
    case.received("2025-04-08 10:00")
    gone = case.do("2025-04-08 11:00", "withdraw", case.owner, reason="Chưa cần nữa")
    assert gone.status == Status.WITHDRAWN
    assert not gone.items.open().exists()
    assert not Clock.objects.filter(subject_type="dossier", subject_id=gone.pk, next_fire_at__isnull=False).exists()
    assert [a for a in world.names(gone, case.officer) if a != "note"] == []


def test_a_new_date_is_promised_once_and_at_the_latest_the_day_before(case):
    case.received("2025-04-08 10:00")
    with pytest.raises(NotNow, match="một ngày trước"):
        case.do("2025-04-11 08:00", "repromise", case.officer, days=2, reason="Muộn")
    again = case.do("2025-04-10 16:00", "repromise", case.officer, days=2, reason="Chờ xác minh")
    assert (again.first_due_at, again.due_at) == (moment("2025-04-11 17:00"), moment("2025-04-15 17:00"))
    with pytest.raises(NotNow, match="một lần"):
        case.do("2025-04-11 09:00", "repromise", case.officer, days=2, reason="Nữa")
    assert Message.objects.filter(recipient=case.owner, template="apology_repromised").exists()


def test_a_dossier_forwarded_to_the_right_unit_keeps_its_code_and_its_clock(case):
    received = case.received("2025-04-08 10:00")
    other = world.unit_of_kind("WARD", "00008" if case.dossier.ward_id != "00008" else "00004")
    officer = world.posted(Role.OFFICER, unit=other)
    moved = case.do("2025-04-08 14:00", "forward", case.officer, unit=other.code, reason="Đúng địa bàn")
    assert (moved.unit_id, moved.code, moved.due_at) == (other.pk, received.code, received.due_at)
    assert moved.assignee_id == officer.pk
    assert world.names(moved, case.officer) == []


def test_the_leader_gives_it_to_somebody_else_with_a_reason(case):
    case.received("2025-04-08 10:00")
    second = world.posted(Role.OFFICER, unit=case.dossier.unit)
    with pytest.raises(NotAllowed):
        case.do("2025-04-08 11:00", "reassign", case.officer, officer=second.username, reason="x")
    moved = case.do("2025-04-08 11:00", "reassign", case.leader, officer=second.username, reason="Cân đối")
    assert moved.assignee_id == second.pk
    assert [a for a in world.names(moved, case.officer) if a != "note"] == []
    assert "propose" in world.names(moved, second)


def test_the_applicant_corrects_the_answers_only_before_reception(case):
    corrected = case.do("2025-04-08 09:30", "correct", case.owner, answers={"applicant_name": "Trần Văn Đúng"})
    assert (corrected.applicant_name, corrected.submission) == ("Trần Văn Đúng", 2)
    case.received("2025-04-08 10:00")
    with pytest.raises(NotNow):
        case.do("2025-04-08 11:00", "correct", case.owner, answers={"applicant_name": "Muộn"})


def test_correcting_into_another_units_ward_is_refused_kindly(case):
    routing = world.spec("1.004873").routing_field
    with pytest.raises(Refusal, match="cơ quan khác"):
        case.do("2025-04-08 09:30", "correct", case.owner, answers={routing: "00008"})


def test_refusing_says_why_to_the_applicant(case):
    refused = case.do("2025-04-08 10:00", "refuse", case.clerk, reason="Không thuộc thẩm quyền", ground="Điều 8")
    assert (refused.status, refused.outcome_note) == (Status.REFUSED, "Không thuộc thẩm quyền (Điều 8)")
    assert (
        "Không thuộc thẩm quyền"
        in Message.objects.get(recipient=case.owner, template="dossier_refused", channel="inbox").body
    )


def test_a_result_is_not_handed_over_while_a_fee_is_owed(catalogue):
    case = Case("2.000635")
    assert Obligation.objects.about("dossier", case.dossier.pk).due().exists()
    case.received("2025-04-08 10:00")
    for name, user, data in (
        ("propose", case.officer, {"summary": "Đủ"}), ("sign", case.leader, {}), ("issue", case.officer, {}),
    ):  # fmt: skip
        if name in world.names(case.dossier, user):
            case.do("2025-04-09 09:00", name, user, **data)
    assert fresh(case.dossier).status == Status.COMPLETED
    with pytest.raises(NotNow, match="chưa nộp"):
        case.do("2025-04-09 10:00", "return_result", case.clerk, way="counter")
    case.do("2025-04-09 10:00", "settle_payment", case.cashier, receipt_number="BL-2")
    returned = case.do("2025-04-09 10:05", "return_result", case.clerk, way="counter")
    assert returned.status == Status.RETURNED
    case.do("2025-04-09 11:00", "rate", case.owner, score="5", text="Nhanh")
    assert world.names(returned, case.owner) == []


def test_who_filed_at_the_counter_supplements_and_withdraws_there(catalogue):
    clerk = world.clerk()
    answers = example_answers(world.spec("1.001193"))
    actor = Actor(user_id=clerk.pk)
    filing = Filing(answers, branch=world.branch_number(1), channel="counter")
    dossier = file_dossier(spec=world.spec("1.001193"), filing=filing, by=clerk, actor=actor)
    officer = world.posted(Role.OFFICER, unit=dossier.unit)
    hand_over_by_system(dossier.pk)
    paper = world.spec("1.001193").documents[0].key
    world.act(dossier, "ask_supplement", officer, reason="Mờ", documents=[paper])
    assert {"give_supplement", "withdraw"} <= set(world.names(dossier, clerk))
    other = world.clerk(world.branch_number(2))
    assert "give_supplement" not in world.names(dossier, other)
    world.act(dossier, "give_supplement", clerk, note="Đã nhận bản giấy tại quầy")
    assert fresh(dossier).status == Status.IN_PROCESS

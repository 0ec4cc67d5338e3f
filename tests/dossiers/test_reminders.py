"""The promise's thresholds and the other clocks: who is told, when, once (DOMAIN §5)."""

from datetime import date

import pytest

import worktime
from branches.models import Absence, Role
from dossiers.life import Status
from dossiers.models import Dossier
from dossiers.services.assignment import reassign_absent
from dossiers.services.reception import hand_over_by_system
from notifications.models import Message
from tests import world
from tests.dossiers.test_requests import Case, fire, fresh, moment
from worktime.models import Clock

pytestmark = pytest.mark.django_db


def told(user) -> list[str]:
    return list(
        Message.objects.filter(recipient=user, channel="inbox").order_by("pk").values_list("template", flat=True)
    )


def fire_all_until(end):
    """Fire every clock in its own moment, as the sweep does, until `end`."""
    while clock := Clock.objects.filter(next_fire_at__lte=end).order_by("next_fire_at").first():
        with worktime.at(clock.next_fire_at):
            fire(clock.next_fire_at)


def test_a_running_dossier_warns_officer_leader_head_and_monitor_in_turn(catalogue):
    case = Case("1.004873")
    head = world.posted(Role.BRANCH_HEAD, branch=case.dossier.branch)
    monitor = world.posted(Role.MONITOR)
    case.received("2025-04-08 10:00")  # due 2025-04-11 17:00
    moments = {}
    while clock := Clock.objects.filter(kind="dossier.due", next_fire_at__isnull=False).first():
        moments[clock.next_fire_at] = clock.stage
        with worktime.at(clock.next_fire_at):
            fire(clock.next_fire_at)
    due = moment("2025-04-11 17:00")
    assert due in moments and moment("2025-04-10 17:00") in moments and moment("2025-04-14 17:00") in moments
    assert told(case.officer).count("due_warning") == 2  # at 50 % and at 80 %
    assert told(case.leader).count("due_one_day_left") == 1
    assert told(head).count("dossier_overdue") == 1
    assert told(monitor).count("dossier_overdue_monitor") == 1


def test_nothing_is_said_of_a_dossier_that_is_done_in_time(catalogue):
    case = Case("1.004873")
    head = world.posted(Role.BRANCH_HEAD, branch=case.dossier.branch)
    case.received("2025-04-08 10:00")
    for name, user, data in (("propose", case.officer, {"summary": "Đủ"}), ("sign", case.leader, {})):
        case.do("2025-04-08 11:00", name, user, **data)
    while (step := fresh(case.dossier)).status == Status.IN_PROCESS:
        name = next(a for a in world.names(step, case.officer) if a not in ("note", "repromise", "forward", "stop"))
        case.do("2025-04-08 11:30", name, case.officer)
    fire_all_until(moment("2025-05-30 17:00"))
    assert told(head) == []
    assert told(case.owner)[-1] == "result_ready_early"  # announced before its day (D61 art. 20.4)


def test_an_online_dossier_nobody_answers_goes_to_the_clerks_and_then_to_the_head(catalogue):
    case = Case("1.004873")  # to be answered by 09:00 the next day
    head = world.posted(Role.BRANCH_HEAD, branch=case.dossier.branch)
    fire_all_until(moment("2025-04-08 16:00"))
    assert told(case.clerk) == ["answer_warning"]
    fire_all_until(moment("2025-04-09 09:00"))
    assert told(head) == ["dossier_overdue"]


def test_the_sweep_hands_over_what_the_worker_missed(catalogue):
    case = Case("1.004873")
    case.do("2025-04-08 10:00", "receive", case.clerk)
    with worktime.at(moment("2025-04-08 10:01")):
        fire(moment("2025-04-08 10:01"))
    assert (fresh(case.dossier).status, fresh(case.dossier).assignee_id) == (Status.IN_PROCESS, case.officer.pk)


def test_a_unit_with_nobody_at_work_gets_it_when_somebody_is(catalogue):
    case = Case("1.004873")
    day = date(2025, 4, 8)
    absence = Absence.objects.create(user=case.officer, starts_on=day, ends_on=day, reason="Ốm")
    case.received("2025-04-08 10:00")
    assert fresh(case.dossier).assignee_id is None
    again = Clock.objects.get(kind="dossier.handover").next_fire_at
    assert moment("2025-04-09 08:00") <= again <= moment("2025-04-09 08:05")
    with worktime.at(again):
        fire(again)
    assert fresh(case.dossier).assignee_id == case.officer.pk
    assert absence.ends_on == day


def test_an_opinion_that_is_late_is_reported_to_its_leader_and_to_who_waits(catalogue):
    code = next(p for p in world.codes_of_family("consult") if world.spec(p).unit_kind == "WARD")
    case = Case(code)
    kinds = [i.unit_kind for s in case.spec.steps for i in s.items]
    leaders = [world.posted(Role.LEADER, unit=world.unit_of_kind(k, case.dossier.ward_id)) for k in kinds]
    case.received("2025-04-08 10:00")
    while not fresh(case.dossier).items.asked().exists():
        action = world.forward(fresh(case.dossier), case.officer)
        case.do("2025-04-08 11:00", action.name, case.officer, **action.input_schema()["examples"][0])
    item = fresh(case.dossier).items.asked().order_by("due_at").first()
    with worktime.at(item.due_at):
        fire(item.due_at)
    assert any("opinion_late" in told(leader) for leader in leaders)
    assert "opinion_late" in told(case.officer)


# --- who gets the work --------------------------------------------------------------------------------------------
def test_work_goes_to_the_officer_with_the_least_weighted_open_work(catalogue):
    unit = world.submitted("1.004873").unit
    busy, free = (world.posted(Role.OFFICER, unit=unit) for _ in range(2))
    Dossier.objects.filter(pk=received().pk).update(assignee=busy, weight=5)
    for _ in range(3):
        dossier = received()
        assert dossier.assignee_id == free.pk
    Dossier.objects.filter(assignee=free).update(weight=9)
    assert received().assignee_id == busy.pk


def received(code="1.004873"):
    dossier = world.submitted(code)
    world.act(dossier, "receive", world.clerk(dossier.branch))
    hand_over_by_system(dossier.pk)
    return fresh(dossier)


def test_dossiers_of_who_is_away_or_no_longer_posted_go_to_who_is_at_work(catalogue):
    unit = world.submitted("1.004873").unit
    first = world.posted(Role.OFFICER, unit=unit)
    dossiers = [received() for _ in range(3)]
    assert {d.assignee_id for d in dossiers} == {first.pk}
    second = world.posted(Role.OFFICER, unit=unit)
    assert reassign_absent() == 0
    posting = first.postings.get()
    posting.ends_on = date(2025, 6, 1)
    posting.save()
    assert reassign_absent() == 3
    assert {fresh(d).assignee_id for d in dossiers} == {second.pk}
    assert reassign_absent() == 0
    from audit.services import readable

    entry = readable(dossiers[0].chain)[-1]
    assert entry.act == "reassign" and "hết phân công" in entry.note


def test_any_branch_receives_what_does_not_depend_on_territory(catalogue):
    far = world.branch_number(12)
    dossier = world.submitted("1.001193", branch=far)
    assert dossier.branch_id == far.pk
    assert dossier.unit == world.unit_of_kind("WARD", dossier.ward_id)


def test_a_territorial_procedure_is_refused_elsewhere_with_the_right_branch_named(catalogue):
    from branches.selectors import branch_of_ward
    from dossiers.errors import Refusal
    from procedures.schema import example_answers

    spec = world.spec("2.001159")
    right = branch_of_ward(example_answers(spec)[spec.routing_field])
    wrong = world.branch_number(12 if right.number != 12 else 1)
    with pytest.raises(Refusal, match=right.name) as refusal:
        world.submitted("2.001159", branch=wrong)
    assert (refusal.value.code, refusal.value.field) == ("wrong_branch", "branch")
    assert world.submitted("2.001159").branch_id == right.pk

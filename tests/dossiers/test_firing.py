"""Reminders of the promise: a batch of clocks does what each would do alone, in a fixed number of queries."""

from datetime import datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

import worktime
from branches.models import Absence, Role
from dossiers import firing, telling, timers
from dossiers.models import Dossier, Threshold
from dossiers.services.reception import hand_over_by_system
from notifications.models import Message
from tests import world
from worktime.hours import HANOI
from worktime.models import Clock

pytestmark = pytest.mark.django_db
FILED, RECEIVED, LATE = (datetime(2025, 4, *day, tzinfo=HANOI) for day in ((8, 9), (8, 10), (14, 9)))
CITY = "1.004873"  # a marital-status certificate, 3 working days


@pytest.fixture
def clocks(catalogue):
    """Clocks of five dossiers: with an officer, without one, of another unit, withdrawn, and one at its last word."""
    for role in (Role.OFFICER, Role.LEADER):
        for ward in ("00004", "00008"):
            world.posted(role, unit=world.unit_of_kind("WARD", ward))
    away = world.posted(Role.LEADER, unit=world.unit_of_kind("WARD"))
    Absence.objects.create(user=away, starts_on=LATE.date(), ends_on=LATE.date())
    world.posted(Role.BRANCH_HEAD, branch=world.branch_number(1))
    world.posted(Role.MONITOR)
    found = [received() for _ in range(4)]
    Dossier.objects.filter(pk=found[1].pk).update(assignee=None)
    Dossier.objects.filter(pk=found[2].pk).update(unit=world.unit_of_kind("WARD", "00008"), assignee=None)
    with worktime.at(RECEIVED):
        world.act(found[3], "withdraw", found[3].owner, reason="Tôi không cần nữa.")
    found.append(received())
    rows = {clock.subject_id: clock for clock in Clock.objects.filter(kind=timers.DUE)}
    last = max(moment for moment, _t in timers.moments_of(found[4], timers.active()))
    rows[found[4].pk].next_fire_at = last
    rows[found[3].pk].next_fire_at = LATE
    return [rows[dossier.pk] for dossier in found]


def received() -> Dossier:
    with worktime.at(FILED):
        dossier = world.submitted(CITY, branch=world.branch_number(1))
    clerk = world.clerk(dossier.branch)
    with worktime.at(RECEIVED):
        world.act(dossier, "receive", clerk)
        hand_over_by_system(dossier.pk)
    return Dossier.objects.select_related("unit", "branch").get(pk=dossier.pk)


def outcome(fire) -> tuple[dict, list]:
    """What `fire` returns and stores; nothing of it stays."""
    with transaction.atomic(), worktime.at(LATE):
        known = set(Message.objects.values_list("pk", flat=True))
        nexts = fire()
        stored = Message.objects.exclude(pk__in=known).order_by("dedupe_key")
        messages = list(stored.values_list("dedupe_key", "recipient_id", "template", "subject", "body", "link"))
        transaction.set_rollback(True)
    return nexts, messages


def test_a_batch_tells_the_same_people_the_same_and_goes_on_to_the_same_moments(clocks):
    alone = outcome(lambda: {clock.pk: firing.due(clock) for clock in clocks})
    batch = outcome(lambda: {clock.pk: None for clock in clocks} | firing.due_many(clocks))
    assert batch == alone
    nexts, messages = alone
    assert {template for _key, _who, template, *_rest in messages} >= {
        "due_warning", "due_one_day_left", "dossier_overdue",
    }  # fmt: skip
    assert nexts[clocks[3].pk] is None, "a withdrawn dossier reminds nobody"
    assert not [key for key, *_rest in messages if key.startswith(f"due:{clocks[3].subject_id}:")]
    assert nexts[clocks[4].pk] is None or nexts[clocks[4].pk][0] > LATE


def test_one_more_clock_takes_no_more_queries(clocks):
    outcome(lambda: firing.due_many(clocks))  # calendars and versions are kept from here on

    def queries(some):
        with CaptureQueriesContext(connection) as seen:
            outcome(lambda: firing.due_many(some))
        return len(seen)

    assert queries(clocks[1:3]) == queries(clocks[:3])


def test_people_of_many_are_those_that_each_dossier_would_find(clocks):
    dossiers = [Dossier.objects.get(pk=clock.subject_id) for clock in clocks]
    asked = [(role, dossier) for role in Role.values for dossier in dossiers]
    with worktime.at(LATE):
        found = telling.people_of_many(asked)
        for role, dossier in asked:
            assert found[telling.post(role, dossier)] == telling.people(role, dossier)


def test_a_clock_of_a_dossier_that_is_gone_is_an_error_of_that_clock(clocks):
    clocks[0].subject_id = 0
    with pytest.raises(Dossier.DoesNotExist):
        firing.due_many(clocks)


def test_a_threshold_that_is_switched_off_is_passed_over(clocks):
    Threshold.objects.update(is_active=False)
    nexts, messages = outcome(lambda: firing.due_many(clocks))
    assert (nexts, messages) == ({}, [])

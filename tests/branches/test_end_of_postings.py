"""A posting ends by the date itself, everywhere at once; a clock then moves what was on the desk (issue 5 §2)."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client

import worktime
from accounts.models import ApiToken
from audit.models import AuditEntry
from branches.models import Posting, Role
from dossiers import leaving
from dossiers.models import Dossier
from dossiers.services.reception import hand_over_by_system
from notifications.models import Message
from tests import world
from worktime import clocks
from worktime.hours import HANOI
from worktime.models import Clock

pytestmark = pytest.mark.django_db
LAST = date(2026, 11, 24)  # a Tuesday
EVENING = datetime(2026, 11, 24, 23, 59, 59, tzinfo=HANOI)
MIDNIGHT = datetime(2026, 11, 25, 0, 0, 0, tzinfo=HANOI)


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def clock_of(posting) -> Clock:
    return Clock.objects.get(kind="posting.end", subject_type="posting", subject_id=posting.pk)


def sweep(at):
    """As the worker does it: the clocks that are due at that moment, until none is."""
    with worktime.at(at):
        return [fire(clock) for clock in Clock.objects.filter(kind="posting.end").due(at)]


def fire(clock):
    """The handler's answer, with the clock moved on as the sweep moves it."""
    following = leaving.ended(clock)
    Clock.objects.filter(pk=clock.pk, next_fire_at=clock.next_fire_at).update(next_fire_at=following)
    return following


@pytest.fixture
def dossier(catalogue):
    return world.submitted("1.001193")


@pytest.fixture
def given(dossier):
    """The dossier is on the desk of an officer whose posting ends tonight; another stays."""
    world.act(dossier, "receive", world.clerk(dossier.branch))
    leaving_one = world.posted(Role.OFFICER, unit=dossier.unit, ends_on=LAST)
    with worktime.at(EVENING - timedelta(hours=12)):
        hand_over_by_system(dossier.pk)
    assert Dossier.objects.get(pk=dossier.pk).assignee == leaving_one
    return dossier, leaving_one


# --- the right ends by the date --------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["/can-bo/", "/can-bo/ho-so/{code}/", "/can-bo/nguoi-than/"])
def test_an_open_session_loses_its_pages_at_midnight(dossier, address):
    clerk = world.posted(Role.CLERK, branch=dossier.branch, ends_on=LAST)
    client = client_of(clerk)
    address = address.format(code=dossier.code)
    with worktime.at(EVENING):
        assert client.get(address).status_code == 200
    with worktime.at(MIDNIGHT):
        assert client.get(address).status_code == 404


def test_an_act_begun_before_midnight_is_refused_after_it(dossier):
    client = client_of(world.posted(Role.CLERK, branch=dossier.branch, ends_on=LAST))
    with worktime.at(EVENING):
        assert client.get(f"/can-bo/ho-so/{dossier.code}/").status_code == 200
    with worktime.at(MIDNIGHT):
        assert client.post(f"/can-bo/ho-so/{dossier.code}/lam/receive/").status_code == 404
    assert Dossier.objects.get(pk=dossier.pk).status == "REGISTERED"


def test_the_api_ends_at_midnight_for_session_and_token(dossier):
    clerk = world.posted(Role.CLERK, branch=dossier.branch, ends_on=LAST)
    address = f"/api/v1/dossiers/{dossier.code}/"
    with worktime.at(EVENING):
        token = {"headers": {"Authorization": f"Bearer {ApiToken.issue(clerk)}"}}
        session = client_of(clerk)
        assert session.get(address).status_code == Client().get(address, **token).status_code == 200
    with worktime.at(MIDNIGHT):
        assert session.get(address).status_code == Client().get(address, **token).status_code == 404
        assert session.get("/api/v1/queue/").status_code == 404


def test_the_admin_ends_at_midnight(catalogue):
    admin = world.staff(Role.ADMIN, ends_on=LAST)
    client = client_of(admin)
    with worktime.at(EVENING):
        assert client.get("/admin/branches/branch/").status_code == 200
    with worktime.at(MIDNIGHT):
        assert client.get("/admin/branches/branch/").status_code == 403


def test_a_posting_begins_at_midnight_too(dossier):
    clerk = world.posted(Role.CLERK, branch=dossier.branch, starts_on=date(2026, 11, 25))
    client = client_of(clerk)
    with worktime.at(EVENING):
        assert client.get("/can-bo/").status_code == 404
    with worktime.at(MIDNIGHT):
        assert client.get("/can-bo/").status_code == 200


# --- the clock -------------------------------------------------------------------------------------------------------
def test_the_clock_stands_at_the_midnight_of_hanoi_after_the_last_day(catalogue):
    user = world.posted(Role.MONITOR, ends_on=LAST)
    assert clock_of(user.postings.get()).next_fire_at == MIDNIGHT


def test_a_posting_without_end_has_no_clock(catalogue):
    posting = world.posted(Role.MONITOR).postings.get()
    assert not Clock.objects.filter(subject_type="posting", subject_id=posting.pk).exists()


def test_a_changed_end_moves_the_clock_and_no_end_stops_it(catalogue):
    posting = world.posted(Role.MONITOR, ends_on=LAST).postings.get()
    posting.ends_on = LAST + timedelta(days=10)
    posting.save()
    assert clock_of(posting).next_fire_at == MIDNIGHT + timedelta(days=10)
    posting.ends_on = None
    posting.save()
    assert clock_of(posting).next_fire_at is None


def test_an_end_moved_behind_the_clocks_back_does_not_move_dossiers(given):
    dossier, officer = given
    world.posted(Role.OFFICER, unit=dossier.unit)
    Posting.objects.filter(user=officer).update(ends_on=LAST + timedelta(days=10))
    assert sweep(MIDNIGHT) == [MIDNIGHT + timedelta(days=10)]
    assert Dossier.objects.get(pk=dossier.pk).assignee == officer


# --- what it moves ---------------------------------------------------------------------------------------------------
def test_open_dossiers_go_to_who_stays_with_the_reason_written_down(given):
    dossier, _officer = given
    stays = world.posted(Role.OFFICER, unit=dossier.unit)
    assert sweep(EVENING) == []
    assert sweep(MIDNIGHT) == [None]
    now_with = Dossier.objects.get(pk=dossier.pk)
    assert now_with.assignee == stays
    assert now_with.items.get(kind="step", state="open").assignee == stays
    entry = AuditEntry.objects.filter(chain=dossier.chain).latest("seq")
    assert (entry.act, entry.actor_label) == ("reassign", "Hệ thống")
    assert entry.note
    body = Message.objects.filter(recipient=stays, channel="inbox", template="dossier_reassigned").get().body
    assert "hết phân công" in body and "24/11/2026" in body


def test_nothing_is_lost_when_the_worker_was_away_for_days(given):
    dossier, officer = given
    stays = world.posted(Role.OFFICER, unit=dossier.unit)
    late = MIDNIGHT + timedelta(days=5)
    with worktime.at(late):
        assert "propose" not in world.names(dossier, type(officer).objects.get(pk=officer.pk))
    assert sweep(late) == [None]
    assert Dossier.objects.get(pk=dossier.pk).assignee == stays
    assert sweep(late) == []


def test_with_nobody_left_it_waits_unassigned_for_the_next_morning(given):
    dossier, _officer = given
    sweep(MIDNIGHT)
    assert Dossier.objects.get(pk=dossier.pk).assignee is None
    waiting = Clock.objects.get(kind="dossier.handover", subject_id=dossier.pk)
    assert waiting.next_fire_at > MIDNIGHT
    stays = world.posted(Role.OFFICER, unit=dossier.unit)
    with worktime.at(waiting.next_fire_at):
        hand_over_by_system(dossier.pk)
    assert Dossier.objects.get(pk=dossier.pk).assignee == stays


def test_who_is_posted_there_again_keeps_them(given):
    dossier, officer = given
    world.posted(Role.OFFICER, unit=dossier.unit)
    Posting.objects.create(user=officer, role=Role.OFFICER, unit=dossier.unit, starts_on=LAST + timedelta(days=1))
    assert sweep(MIDNIGHT) == [None]
    assert Dossier.objects.get(pk=dossier.pk).assignee == officer


def test_another_units_dossiers_stay(given):
    dossier, officer = given
    elsewhere = type(dossier.unit).objects.filter(kind=dossier.unit.kind).exclude(pk=dossier.unit_id).first()
    other = Posting.objects.create(user=officer, role=Role.OFFICER, unit=elsewhere, starts_on=LAST, ends_on=LAST)
    Posting.objects.filter(user=officer, unit=dossier.unit).update(ends_on=None)
    world.posted(Role.OFFICER, unit=dossier.unit)
    assert fire_at(other, MIDNIGHT) is None
    assert Dossier.objects.get(pk=dossier.pk).assignee == officer


def fire_at(posting, at):
    with worktime.at(at):
        return fire(clock_of(posting))


def test_many_are_moved_in_batches(given, monkeypatch):
    dossier, officer = given
    stays = world.posted(Role.OFFICER, unit=dossier.unit)
    monkeypatch.setattr(leaving, "BATCH", 2)
    for _ in range(4):
        one = world.submitted("1.001193")
        world.act(one, "receive", world.clerk(one.branch))
        hand_over_by_system(one.pk)
        Dossier.objects.filter(pk=one.pk).update(assignee=officer)
    moment, firings = MIDNIGHT, 0
    while moment is not None:
        moment, firings = fire_at(officer.postings.get(), moment), firings + 1
    assert firings == 3
    assert Dossier.objects.filter(assignee=stays).count() == 5


def test_work_of_other_peoples_dossiers_goes_back_to_the_unit(given):
    dossier, officer = given
    stays = world.posted(Role.OFFICER, unit=dossier.unit)
    Dossier.objects.filter(pk=dossier.pk).update(assignee=stays)
    assert dossier.items.get(kind="step", state="open").assignee == officer
    sweep(MIDNIGHT)
    assert dossier.items.get(kind="step", state="open").assignee is None
    assert AuditEntry.objects.filter(chain=dossier.chain).latest("seq").act == "release_item"


@pytest.mark.django_db(transaction=True)
def test_the_real_sweep_fires_it(catalogue):
    dossier = world.submitted("1.001193")
    world.act(dossier, "receive", world.clerk(dossier.branch))
    officer = world.posted(Role.OFFICER, unit=dossier.unit)
    hand_over_by_system(dossier.pk)
    posting = officer.postings.get()
    stays = world.posted(Role.OFFICER, unit=dossier.unit)
    posting.ends_on = worktime.now().astimezone(HANOI).date() - timedelta(days=1)
    posting.save()
    clocks.sweep()
    assert Dossier.objects.get(pk=dossier.pk).assignee == stays
    assert clock_of(posting).next_fire_at is None
    assert clock_of(posting).attempts == 0

"""Several dossiers at once: seen beforehand, each on its own, failures told, taken back where the law allows."""

import pytest
from django.db import connection
from django.test import Client

from audit.services import entries, readable
from branches.models import Role
from dossiers.life import Status
from dossiers.models import Dossier
from tests import world

pytestmark = pytest.mark.django_db
RECEIVE, ASSIGN, UNDO = "/can-bo/hang-loat/tiep-nhan/", "/can-bo/hang-loat/giao-lai/", "/can-bo/hang-loat/hoan-tac/"


@pytest.fixture
def dossiers(catalogue):
    owner = world.person()
    return [world.submitted("1.001193", owner=owner) for _ in range(3)]


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def statuses(dossiers):
    return [Dossier.objects.get(pk=d.pk).status for d in dossiers]


def confirmed(client, url, dossiers, **data):
    """The answer to pressing the button of the preview."""
    lines = client.get(url, {"chon": [d.pk for d in dossiers]}).context["lines"]
    ready = [line for line in lines if not line.why]
    seen = {f"seen-{line.dossier.pk}": line.seen for line in ready}
    return {"chon": [line.dossier.pk for line in ready], **seen, **data}


def test_the_preview_says_what_each_will_be_promised_and_changes_nothing(dossiers):
    clerk = world.clerk(dossiers[0].branch)
    world.act(dossiers[2], "receive", clerk)
    page = client_of(clerk).get(RECEIVE, {"chon": [d.pk for d in dossiers]})
    lines = {line.dossier.pk: line for line in page.context["lines"]}
    assert lines[dossiers[0].pk].promise and not lines[dossiers[0].pk].why
    assert "Được tiếp nhận" in lines[dossiers[2].pk].why
    assert "không hoàn tác được" in page.content.decode()
    assert statuses(dossiers) == [Status.REGISTERED, Status.REGISTERED, Status.RECEIVED]


def test_a_dossier_beyond_the_thousandth_is_chosen_by_its_plain_number(catalogue):
    """Numbers on a page are written 1.234; the value of a tick box is not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('dossiers_dossier', 'id'), 1234567)")
    dossier = world.submitted("1.001193")
    client = client_of(world.clerk(dossier.branch))
    assert f'name="chon" value="{dossier.pk}"' in client.get("/can-bo/").content.decode()
    assert f'name="chon" value="{dossier.pk}"' in client.get(RECEIVE, {"chon": dossier.pk}).content.decode()


def test_all_that_can_be_received_are_and_the_promise_is_the_one_shown(dossiers):
    client = client_of(world.clerk(dossiers[0].branch))
    promise = client.get(RECEIVE, {"chon": [dossiers[0].pk]}).context["lines"][0].promise
    page = client.post(RECEIVE, confirmed(client, RECEIVE, dossiers))
    assert len(page.context["done"]) == 3 and page.context["failed"] == []
    assert statuses(dossiers) == [Status.RECEIVED] * 3
    assert Dossier.objects.get(pk=dossiers[0].pk).due_at == promise


def test_one_that_somebody_else_took_meanwhile_fails_alone(dossiers):
    clerk = world.clerk(dossiers[0].branch)
    client = client_of(clerk)
    data = confirmed(client, RECEIVE, dossiers)
    world.act(dossiers[1], "refuse", world.clerk(dossiers[0].branch), reason="Không thuộc thẩm quyền")
    page = client.post(RECEIVE, data)
    assert [o.dossier.pk for o in page.context["failed"]] == [dossiers[1].pk]
    assert "Hồ sơ đã thay đổi" in page.content.decode()
    assert statuses(dossiers) == [Status.RECEIVED, Status.REFUSED, Status.RECEIVED]


def test_sending_the_same_again_does_nothing_twice(dossiers):
    client = client_of(world.clerk(dossiers[0].branch))
    data = confirmed(client, RECEIVE, dossiers)
    client.post(RECEIVE, data)
    again = client.post(RECEIVE, data)
    assert again.context["done"] == []
    assert entries(dossiers[0].chain).filter(act="receive").count() == 1


def test_dossiers_of_another_branch_are_left_out(dossiers):
    elsewhere = world.branch_number(1 if dossiers[0].branch.number != 1 else 2)
    client = client_of(world.clerk(elsewhere))
    assert client.get(RECEIVE, {"chon": [d.pk for d in dossiers]}).status_code == 302
    client.post(RECEIVE, {"chon": [d.pk for d in dossiers]})
    assert statuses(dossiers) == [Status.REGISTERED] * 3


@pytest.mark.parametrize("junk", ["x", "", "9" * 30, "-1", "²"])
def test_junk_chosen_is_nothing_chosen(catalogue, junk):
    assert client_of(world.clerk()).get(RECEIVE, {"chon": junk}).status_code == 302


@pytest.fixture
def at_unit(dossiers):
    """The dossiers with one officer; returns (first officer, second officer, leader)."""
    clerk = world.clerk(dossiers[0].branch)
    first = world.posted(Role.OFFICER, unit=dossiers[0].unit)
    for dossier in dossiers:
        world.act(dossier, "receive", clerk)
        world.act(dossier, "hand_over", clerk)
    return first, world.posted(Role.OFFICER, unit=dossiers[0].unit), world.posted(Role.LEADER, unit=dossiers[0].unit)


def assignees(dossiers):
    return {Dossier.objects.get(pk=d.pk).assignee for d in dossiers}


def test_a_leader_gives_all_to_another_and_takes_it_back(dossiers, at_unit):
    first, second, leader = at_unit
    client = client_of(leader)
    data = confirmed(client, ASSIGN, dossiers, officer=second.username, reason="Cân đối công việc")
    page = client.post(ASSIGN, data)
    assert assignees(dossiers) == {second}
    back = {"chon": [o.dossier.pk for o in page.context["undo"]]}
    back |= {f"before-{o.dossier.pk}": o.before for o in page.context["undo"]}
    client.post(UNDO, back)
    assert assignees(dossiers) == {first}
    notes = [e.note for e in readable(dossiers[0].chain) if e.act == "reassign"]
    assert notes == ["Cân đối công việc", "Hoàn tác việc giao lại."]


def test_without_a_reason_nothing_is_given_and_the_choice_stays(dossiers, at_unit):
    first, second, leader = at_unit
    client = client_of(leader)
    page = client.post(ASSIGN, confirmed(client, ASSIGN, dossiers, officer=second.username, reason=" "))
    assert page.status_code == 422 and f'value="{second.username}" selected' in page.content.decode()
    assert assignees(dossiers) == {first}


def test_an_officer_cannot_give_work_away(dossiers, at_unit):
    first, second, _leader = at_unit
    client = client_of(first)
    assert all(line.why for line in client.get(ASSIGN, {"chon": [d.pk for d in dossiers]}).context["lines"])
    data = {"chon": [d.pk for d in dossiers], "officer": second.username, "reason": "x"}
    assert client.post(ASSIGN, data).context["done"] == []
    assert assignees(dossiers) == {first}

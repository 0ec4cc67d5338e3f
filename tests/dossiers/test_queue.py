"""The queues: who sees what, pages without loss, searching, and what it all costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from branches.models import Role
from dossiers import queue
from dossiers.models import Dossier
from tests import world
from worktime import now

pytestmark = pytest.mark.django_db


@pytest.fixture
def dossier(catalogue):
    return world.submitted("1.001193")


def keys(user):
    return [q.key for q in queue.queues_for(user)]


def codes(user, key, **filters):
    return [row.code for row in queue.page(user, key, queue.Filters.of(filters)).rows]


def set_urgent(dossier, **ago):
    Dossier.objects.filter(pk=dossier.pk).update(urgent_at=now() - timedelta(**ago), answer_by=now() - timedelta(**ago))


def in_process(dossier):
    """Received and with an officer; returns (clerk, officer, leader)."""
    people = (
        world.clerk(dossier.branch),
        world.posted(Role.OFFICER, unit=dossier.unit),
        world.posted(Role.LEADER, unit=dossier.unit),
    )
    world.act(dossier, "receive", people[0])
    world.act(dossier, "hand_over", people[0])
    return people


def test_each_role_has_its_own_queues(dossier):
    assert keys(world.clerk(dossier.branch))[:2] == ["cho-tiep-nhan", "tai-quay"]
    assert "cua-toi" in keys(world.posted(Role.OFFICER, unit=dossier.unit))
    assert "cho-ky" in keys(world.posted(Role.LEADER, unit=dossier.unit))
    assert keys(world.posted(Role.CASHIER, branch=dossier.branch)) == ["cho-nop-tien"]
    assert keys(world.posted(Role.MONITOR)) == ["sap-tre", "da-tre", "thanh-pho"]
    assert keys(world.person()) == []


def test_a_new_dossier_waits_at_its_branch_and_nowhere_else(dossier):
    assert codes(world.clerk(dossier.branch), "cho-tiep-nhan") == [dossier.code]
    elsewhere = world.branch_number(2 if dossier.branch.number != 2 else 3)
    assert codes(world.clerk(elsewhere), "cho-tiep-nhan") == []


def test_a_queue_of_another_role_is_refused(dossier):
    with pytest.raises(LookupError):
        queue.page(world.clerk(dossier.branch), "cho-ky")


def test_the_dossier_moves_from_queue_to_queue_as_it_goes(dossier):
    clerk, officer, leader = in_process(dossier)
    assert codes(clerk, "cho-tiep-nhan") == []
    assert codes(officer, "cua-toi") == [dossier.code] and codes(leader, "cho-ky") == []
    world.act(dossier, "propose", officer, summary="Đủ điều kiện")
    assert codes(leader, "cho-ky") == [dossier.code]
    world.act(dossier, "sign", leader)
    assert codes(leader, "cho-ky") == []
    world.act(dossier, "issue", officer)
    assert codes(officer, "cua-toi") == [] and codes(clerk, "cho-tra") == [dossier.code]
    world.act(dossier, "return_result", clerk, way="counter")
    assert codes(clerk, "cho-tra") == [] and codes(clerk, "chi-nhanh") == []


def test_a_dossier_without_an_officer_waits_unassigned(dossier):
    clerk = world.clerk(dossier.branch)
    world.act(dossier, "receive", clerk)
    world.act(dossier, "hand_over", clerk)
    assert codes(world.posted(Role.LEADER, unit=dossier.unit), "chua-giao") == [dossier.code]


def test_a_paper_certified_at_the_counter_is_the_clerks_work(catalogue):
    dossier = world.submitted("2.000815")
    clerk = world.clerk(dossier.branch)
    world.act(dossier, "receive", clerk)
    assert codes(clerk, "tai-quay") == [dossier.code]
    assert codes(world.posted(Role.CASHIER, branch=dossier.branch), "cho-nop-tien") == [dossier.code]


def test_another_units_opinion_is_asked_in_its_own_queue(catalogue):
    dossier = world.submitted("2.000986")
    _clerk, officer, _leader = in_process(dossier)
    for _ in range(6):
        if dossier.items.asked().open().exists():
            break
        forward = next(a for a in world.available(Dossier.objects.get(pk=dossier.pk), officer) if a.act.primary)
        world.act(dossier, forward.name, officer, **forward.input_schema()["examples"][0])
    item = dossier.items.asked().filter(state="open").first()
    assert codes(world.posted(Role.OFFICER, unit=item.unit), "xin-y-kien") == [dossier.code]


def test_late_and_about_to_be_late_are_told_apart(dossier):
    clerk = world.clerk(dossier.branch)
    set_urgent(dossier, hours=-1)
    assert codes(clerk, "sap-tre") == [dossier.code] and codes(clerk, "da-tre") == []
    set_urgent(dossier, hours=1)
    assert codes(clerk, "sap-tre") == [] and codes(clerk, "da-tre") == [dossier.code]
    assert codes(world.posted(Role.MONITOR), "da-tre") == [dossier.code]
    assert codes(world.posted(Role.OFFICER, unit=dossier.unit), "da-tre") == []


def test_filters_narrow_a_queue(dossier):
    clerk = world.clerk(dossier.branch)
    field = dossier.procedure.field_of_law.slug
    assert codes(clerk, "cho-tiep-nhan", field=field, channel="online", ward=dossier.ward_id) == [dossier.code]
    assert codes(clerk, "cho-tiep-nhan", field="khong-co") == []
    assert codes(clerk, "cho-tiep-nhan", channel="counter") == []
    set_urgent(dossier, hours=1)
    assert codes(clerk, "cho-tiep-nhan", due="late") == [dossier.code]
    assert codes(clerk, "cho-tiep-nhan", due="soon") == []


@pytest.mark.parametrize("how", ["code", "tail", "name", "name without accents", "phone", "personal number"])
def test_a_dossier_is_found_by(dossier, how):
    clerk = world.clerk(dossier.branch)
    text = {
        "code": dossier.code,
        "tail": dossier.code[-4:],
        "name": dossier.applicant_name,
        "name without accents": queue.fold(dossier.applicant_name)[:-1],
        "phone": "0" + dossier.applicant_phone[3:6] + " " + dossier.applicant_phone[6:],
        "personal number": dossier.applicant_number,
    }[how]
    assert codes(clerk, "tim", q=text) == [dossier.code]
    assert codes(clerk, "cho-tiep-nhan", q=text) == [dossier.code]
    assert codes(clerk, "tim", q="khong co ai ten nay") == []
    assert codes(world.clerk(_other_branch(dossier)), "tim", q=text) == []


def _other_branch(dossier):
    return world.branch_number(1 if dossier.branch.number != 1 else 2)


def test_pages_lose_and_repeat_nothing_while_other_rows_move(catalogue):
    owner = world.person()
    dossiers = [world.submitted("1.001193", owner=owner) for _ in range(7)]
    clerk = world.clerk(dossiers[0].branch)
    for n, dossier in enumerate(dossiers):
        set_urgent(dossier, minutes=10 - n // 2)  # pairs share their moment: the id decides
    first = queue.page(clerk, "cho-tiep-nhan", size=3)
    set_urgent(dossiers[0], minutes=-500)  # one already read moves to the end, one not yet read leaves
    world.act(dossiers[6], "receive", clerk)
    second = queue.page(clerk, "cho-tiep-nhan", cursor=first.next_cursor, size=3)
    third = queue.page(clerk, "cho-tiep-nhan", cursor=second.next_cursor, size=3)
    seen = [row.pk for page in (first, second, third) for row in page.rows]
    stayed = [d.pk for d in dossiers[1:6]]
    assert [pk for pk in seen if pk in stayed] == stayed
    assert third.next_cursor == ""


@pytest.mark.parametrize("cursor", ["", "x", "%%%", "MjAyNg", "MjAyNi0wMS0wMVQwMDowMDowMHwx", "é"])
def test_a_broken_cursor_is_the_first_page(dossier, cursor):
    assert [r.code for r in queue.page(world.clerk(dossier.branch), "cho-tiep-nhan", cursor=cursor).rows] == [
        dossier.code
    ]


def test_all_counts_come_in_one_query(dossier, monkeypatch):
    clerk = world.clerk(dossier.branch)
    queue.duties_of(clerk)
    queue.soon_until(now())  # the calendars are read and kept
    with CaptureQueriesContext(
        connection,
    ) as asked:
        numbers = queue.counts(clerk)
    assert len(asked) == 1
    assert numbers["cho-tiep-nhan"] == numbers["chi-nhanh"] == 1 and numbers["cho-tra"] == 0
    monkeypatch.setattr(queue, "MOST", 1)
    assert queue.shown_count(queue.counts(clerk)["chi-nhanh"]) == "0+"


def test_a_page_costs_one_query_whatever_its_size(catalogue):
    owner = world.person()
    dossiers = [world.submitted("1.001193", owner=owner) for _ in range(5)]
    clerk = world.clerk(dossiers[0].branch)
    queue.duties_of(clerk)
    with CaptureQueriesContext(connection) as asked:
        for row in queue.page(clerk, "cho-tiep-nhan").rows:
            assert row.version.short_name and row.ward and row.branch
    assert len(asked) == 1


def test_the_next_dossier_follows_the_one_that_is_done(catalogue):
    owner = world.person()
    first, second = (world.submitted("1.001193", owner=owner) for _ in range(2))
    clerk = world.clerk(first.branch)
    assert queue.following(clerk, "cho-tiep-nhan", first).pk == second.pk
    assert queue.following(clerk, "cho-tiep-nhan", second).pk == first.pk
    world.act(second, "receive", clerk)
    assert queue.following(clerk, "cho-tiep-nhan", first) is None


def many_like(dossier, number: int) -> None:
    """Copies of a dossier over branches, units, officers and statuses, so that the planner has something to choose."""
    spread = {
        "code": "'X-' || i",
        "branch_id": "1 + mod(i, 12)",
        "unit_id": "1 + mod(i, 200)",
        "assignee_id": f"CASE WHEN mod(i, 9) > 0 THEN {dossier.owner_id} END",
        "status": "(ARRAY['REGISTERED','RECEIVED','IN_PROCESS','COMPLETED','RETURNED','RETURNED'])[1 + mod(i, 6)]",
        "outcome": "'approved'",
        "urgent_at": "now() + i * interval '1 minute'",
    }
    columns = [f.column for f in Dossier._meta.concrete_fields if f.name != "id"]
    values = ", ".join(spread.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the triggers are tried elsewhere
        cursor.execute(
            f"INSERT INTO dossiers_dossier ({', '.join(columns)})"
            f" SELECT {values} FROM dossiers_dossier, generate_series(1, %s) AS i WHERE id = %s",
            [number, dossier.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("ANALYZE dossiers_dossier")


PLANS = [
    ("cho-tiep-nhan", Role.CLERK, "dossier_branch_"),
    ("cua-toi", Role.OFFICER, "dossier_assignee_open"),
    ("chua-giao", Role.OFFICER, "dossier_unassigned"),
    ("co-quan", Role.LEADER, "dossier_unit_open"),
    ("chi-nhanh", Role.BRANCH_HEAD, "dossier_branch_open"),
    ("thanh-pho", Role.MONITOR, "dossier_open"),
    ("cho-tra", Role.CLERK, "dossier_branch_"),
]


@pytest.mark.parametrize(("key", "role", "index"), PLANS)
def test_a_page_is_read_along_an_index_in_its_order(dossier, key, role, index):
    place = {"branch": dossier.branch} if role in queue.CLERKS else {"unit": dossier.unit} if role in queue.UNIT else {}
    user = world.posted(role, **place)
    many_like(dossier, 4000)
    with connection.cursor() as cursor:  # so few rows would be sorted; a million would not
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = queue.rows_of(user, queue.find(user, key)).order_by("urgent_at", "pk")[:51].explain()
    assert f"Index Scan using {index}" in plan and "Sort" not in plan, plan

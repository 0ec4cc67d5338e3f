"""What is read with a person's postings says what the tables' own rules say, day by day."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from branches.models import Delegation, Posting, RelativeDeclaration, Role
from branches.selectors import duties_of
from keys.ring import blind
from tests import world

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 24)
DAYS = [DAY + timedelta(days=n) for n in range(-3, 4)]


def on(user, day):
    return duties_of(User.objects.get(pk=user.pk), day)


@pytest.fixture
def unit(catalogue):
    return world.unit_of_kind("WARD")


@pytest.fixture
def deputy(unit):
    return world.posted(Role.OFFICER, unit=unit)


def delegation(unit, leader, deputy, **more):
    days = {"starts_on": DAY - timedelta(days=1), "ends_on": DAY + timedelta(days=1)}
    titles = {"leader_title": "CHỦ TỊCH", "deputy_title": "PHÓ CHỦ TỊCH", "document_number": "1/UQ"}
    return Delegation.objects.create(unit=unit, leader=leader, deputy=deputy, **titles, **days | more)


def test_declarations_are_those_in_force(deputy):
    for n, (start, end) in enumerate([(-2, None), (0, 0), (-1, 1), (2, None), (-3, -2)]):
        RelativeDeclaration.objects.create(
            user=deputy, relation="child", name="A", number=f"00119200000{n}", starts_on=DAY + timedelta(days=start),
            ends_on=None if end is None else DAY + timedelta(days=end),
        )  # fmt: skip
    RelativeDeclaration.objects.create(
        user=world.clerk(), relation="child", name="B", number="001192000009", starts_on=DAY - timedelta(days=9)
    )
    for day in DAYS:
        said = RelativeDeclaration.objects.in_force(day).filter(user=deputy).values_list("number_index", flat=True)
        assert on(deputy, day).barred == frozenset(said)


def test_ones_own_number_is_barred_too(deputy):
    deputy.personal_number = "001192000001"
    deputy.save()
    assert on(deputy, DAY).barred == {blind("number", "001192000001")}


LEADERS = [
    {},
    {"ends_on": DAY},
    {"starts_on": DAY},
    {"active": False},
    {"role": Role.OFFICER},
    {"elsewhere": True},
]


@pytest.mark.parametrize("how", LEADERS)
@pytest.mark.parametrize("ended", [None, "2026-11-24T00:00:00Z"])
def test_delegations_are_those_in_force(unit, deputy, how, ended):
    how = dict(how)
    active, elsewhere = how.pop("active", True), how.pop("elsewhere", False)
    place = world.unit_of_kind("POLICE_WARD") if elsewhere else unit
    leader = world.posted(how.pop("role", Role.LEADER), unit=place, **how)
    User.objects.filter(pk=leader.pk).update(is_active=active)
    row = delegation(unit, leader, deputy, ended_at=ended)
    for day in DAYS:
        holds = Delegation.objects.in_force(day).filter(pk=row.pk).exists()
        posting = on(deputy, day).at_unit(unit.pk, Role.LEADER)
        assert (posting is not None) is holds
        if holds:
            assert posting.label == f"KT. CHỦ TỊCH, PHÓ CHỦ TỊCH, {unit}"
            assert (posting.starts_on, posting.ends_on, posting.pk) == (row.starts_on, row.ends_on, None)


def test_one_does_not_deputise_where_one_is_not_posted(unit, deputy):
    leader = world.posted(Role.LEADER, unit=unit)
    delegation(unit, leader, deputy)
    deputy.postings.update(ends_on=DAY - timedelta(days=1))
    Posting.objects.create(user=deputy, role=Role.UNIT_ADMIN, unit=unit, starts_on=date(2025, 1, 1))
    assert not on(deputy, DAY).has(Role.LEADER)


def test_all_of_it_is_one_query(unit, deputy):
    delegation(unit, world.posted(Role.LEADER, unit=unit), deputy)
    user = User.objects.get(pk=deputy.pk)
    with CaptureQueriesContext(connection) as asked:
        assert duties_of(user, DAY).has(Role.LEADER)
        assert str(duties_of(user, DAY).postings[0].unit)
    assert len(asked) == 1

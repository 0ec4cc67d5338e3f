"""Django admin of one branch or unit: its own people, its own postings, and nobody above."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from branches.models import Absence, CompetentUnit, Posting, Role
from branches.people import StaffMember
from dossiers.models import Dossier
from tests import world
from worktime import now

POSTINGS = reverse("admin:branches_posting_changelist")
NEW_POSTING = reverse("admin:branches_posting_add")
NEW_MEMBER = reverse("admin:branches_staffmember_add")


@pytest.fixture
def unit(catalogue):
    return world.unit_of_kind("WARD")


@pytest.fixture
def elsewhere(unit):
    return CompetentUnit.objects.filter(kind="WARD").exclude(pk=unit.pk).first()


@pytest.fixture
def keeper(client, unit):
    """The unit's admin, logged in with a second factor just shown."""
    user = world.staff(Role.UNIT_ADMIN, unit=unit)
    client.force_login(user)
    return user


def today() -> date:
    return timezone.localdate(now())


def posting_data(user, role, **more) -> dict:
    data = {"user": user.pk, "role": role, "kind": "permanent", "starts_on": today().isoformat()}
    return data | {key: value.pk if hasattr(value, "pk") else value for key, value in more.items()}


def new_member(role, **more) -> dict:
    data = {"full_name": "Trần Văn Mới", "username": "tran.moi", "email": "moi@example.com", "role": role,
            "starts_on": today().isoformat()}  # fmt: skip
    return data | {key: value.pk for key, value in more.items()}


def change(posting) -> str:
    return reverse("admin:branches_posting_change", args=[posting.pk])


# --- what is seen ---------------------------------------------------------------------------------------------------
def test_only_the_units_own_postings_people_and_absences_are_listed(client, keeper, unit, elsewhere):
    ours, theirs = world.posted(Role.OFFICER, unit=unit), world.posted(Role.OFFICER, unit=elsewhere)
    for user in (ours, theirs):
        Absence.objects.create(user=user, starts_on=today(), ends_on=today())
    for table, of in (("posting", "user_id"), ("staffmember", "pk"), ("absence", "user_id")):
        page = client.get(reverse(f"admin:branches_{table}_changelist"))
        people = set(page.context["cl"].queryset.values_list(of, flat=True))
        assert ours.pk in people, table
        assert theirs.pk not in people, table


def test_another_units_posting_is_as_if_it_were_not_there(client, keeper, elsewhere):
    posting = world.posted(Role.OFFICER, unit=elsewhere).postings.get()
    assert client.get(change(posting)).headers["Location"] == reverse("admin:index")


def test_who_left_the_unit_is_no_longer_one_of_its_people(keeper, unit):
    yesterday = today() - timedelta(days=1)
    gone = world.posted(Role.OFFICER, unit=unit, ends_on=yesterday)
    assert not StaffMember.objects.visible_to(keeper).filter(pk=gone.pk).exists()


def test_no_dossier_of_the_unit_is_seen(client, keeper, unit):
    dossier = world.submitted()
    Dossier.objects.filter(pk=dossier.pk).update(unit=unit)
    assert not Dossier.objects.visible_to(keeper).exists()
    assert client.get(reverse("desk:dossier", args=[dossier.code])).status_code == 404
    assert client.get(reverse("admin:dossiers_dossier_changelist")).status_code == 403


# --- postings -------------------------------------------------------------------------------------------------------
def test_an_officer_of_the_unit_is_posted_and_it_stands_in_the_record(client, keeper, unit):
    colleague = world.posted(Role.OFFICER, unit=unit, ends_on=today())
    answer = client.post(NEW_POSTING, posting_data(colleague, Role.OFFICER, unit=unit))
    assert answer.status_code == 302, answer.context["errors"]
    made = colleague.postings.latest("pk")
    assert AuditEntry.objects.filter(chain=f"branches.posting:{made.pk}", act="admin_add").exists()


@pytest.mark.parametrize("forged", ["role", "unit", "branch", "user", "self"])
def test_a_forged_choice_is_refused(client, keeper, unit, elsewhere, forged):
    colleague, stranger = world.posted(Role.OFFICER, unit=unit), world.posted(Role.OFFICER, unit=elsewhere)
    data = {
        "role": posting_data(colleague, Role.LEADER, unit=unit),
        "unit": posting_data(colleague, Role.OFFICER, unit=elsewhere),
        "branch": posting_data(colleague, Role.CLERK, branch=world.branch_number(1)),
        "user": posting_data(stranger, Role.OFFICER, unit=unit),
        "self": posting_data(keeper, Role.OFFICER, unit=unit),
    }[forged]
    before = Posting.objects.count()
    answer = client.post(NEW_POSTING, data)
    field = "user" if forged == "self" else forged
    assert field in answer.context["adminform"].form.errors
    assert Posting.objects.count() == before


@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT_ADMIN])
def test_neither_the_leaders_posting_nor_their_own_is_changed(client, keeper, unit, role):
    leader = world.posted(Role.LEADER, unit=unit)
    posting = (leader if role == Role.LEADER else keeper).postings.get()
    assert client.get(change(posting)).status_code == 200
    answer = client.post(change(posting), posting_data(posting.user, role, unit=unit, ends_on=today().isoformat()))
    assert answer.status_code == 403
    posting.refresh_from_db()
    assert posting.ends_on is None


def test_a_posting_is_not_given_away_to_another_unit(client, keeper, unit, elsewhere):
    posting = world.posted(Role.OFFICER, unit=unit).postings.get()
    answer = client.post(change(posting), posting_data(posting.user, Role.OFFICER, unit=elsewhere))
    assert "unit" in answer.context["adminform"].form.errors


# --- new accounts ---------------------------------------------------------------------------------------------------
def test_a_new_member_gets_a_posting_and_a_letter_to_set_the_password(
    client, keeper, unit, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(NEW_MEMBER, new_member(Role.OFFICER, unit=unit))
    assert answer.status_code == 302, answer.context["errors"]
    member = User.objects.get(username="tran.moi")
    assert not member.has_usable_password()
    assert not member.is_staff
    assert member.postings.get().unit == unit
    [letter] = [m for m in mail.outbox if m.to == ["moi@example.com"]]
    assert re.search(r"/tai-khoan/quen-mat-khau/\w+-[\w-]+/", letter.body)


@pytest.mark.parametrize("forged", ["role", "unit", "branch"])
def test_no_member_is_made_above_or_elsewhere(client, keeper, unit, elsewhere, forged):
    data = {
        "role": new_member(Role.LEADER, unit=unit),
        "unit": new_member(Role.OFFICER, unit=elsewhere),
        "branch": new_member(Role.CLERK, branch=world.branch_number(1)),
    }[forged]
    answer = client.post(NEW_MEMBER, data)
    assert forged in answer.context["adminform"].form.errors
    assert not User.objects.filter(username="tran.moi").exists()


def test_fields_that_are_not_on_the_form_change_nothing(client, keeper, unit):
    client.post(NEW_MEMBER, new_member(Role.OFFICER, unit=unit) | {"is_superuser": "on", "is_staff": "on"})
    member = User.objects.get(username="tran.moi")
    assert not (member.is_superuser or member.is_staff)
    page = reverse("admin:branches_staffmember_change", args=[member.pk])
    data = {"full_name": "Trần Văn Đổi", "is_active": "on", "email": "ke.gian@example.com", "username": "khac"}
    assert client.post(page, data).status_code == 302
    member.refresh_from_db()
    assert (member.full_name, member.email, member.username) == ("Trần Văn Đổi", "moi@example.com", "tran.moi")


@pytest.mark.parametrize("above", ["leader", "posted elsewhere too"])
def test_whoever_has_more_than_the_admin_can_give_is_not_locked(client, keeper, unit, elsewhere, above):
    member = world.posted(Role.LEADER if above == "leader" else Role.OFFICER, unit=unit)
    if above != "leader":
        Posting.objects.create(user=member, role=Role.OFFICER, unit=elsewhere, starts_on=date(2025, 1, 1))
    answer = client.post(reverse("admin:branches_staffmember_change", args=[member.pk]), {"full_name": "Khác"})
    assert answer.status_code == 403
    member.refresh_from_db()
    assert member.is_active


# --- absences -------------------------------------------------------------------------------------------------------
def test_an_absence_is_written_for_ones_own_people_only(client, keeper, unit, elsewhere):
    ours, theirs = world.posted(Role.OFFICER, unit=unit), world.posted(Role.OFFICER, unit=elsewhere)
    days = {"starts_on": today().isoformat(), "ends_on": today().isoformat()}
    address = reverse("admin:branches_absence_add")
    assert client.post(address, {"user": ours.pk, **days}).status_code == 302
    assert "user" in client.post(address, {"user": theirs.pk, **days}).context["adminform"].form.errors
    assert list(Absence.objects.values_list("user_id", flat=True)) == [ours.pk]


# --- the posting itself ---------------------------------------------------------------------------------------------
def test_an_admin_of_a_unit_is_posted_at_exactly_one_place(unit):
    from django.db import IntegrityError, transaction

    user = world.person()
    for place in ({}, {"unit": unit, "branch": world.branch_number(1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Posting.objects.create(user=user, role=Role.UNIT_ADMIN, starts_on=today(), **place)
    Posting.objects.create(user=user, role=Role.UNIT_ADMIN, starts_on=today(), branch=world.branch_number(1))


def test_a_group_or_a_single_grant_gives_no_right(unit):
    from django.contrib.auth.models import Permission

    user = world.person()
    user.user_permissions.set(Permission.objects.filter(codename="change_posting"))
    assert not User.objects.get(pk=user.pk).has_perm("branches.change_posting")
    assert not User.objects.get(pk=user.pk).has_module_perms("branches")

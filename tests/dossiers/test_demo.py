"""The demo data: accounts for every role, dossiers in every state, made once however often it is loaded."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from accounts.models import User
from accounts.second_factor import accepts, code_now
from audit.models import AuditEntry
from branches.models import Branch, CompetentUnit, Posting, Role
from dossiers.demo import filing, loading, people, plots
from dossiers.demo.play import Diary, whole_time
from dossiers.errors import Refusal
from dossiers.life import Status
from dossiers.models import Attachment, Dossier, IdempotencyKey, Rating, WorkItem
from notifications.models import Message
from procedures.models import Procedure
from worktime import at, now

MONDAY_NIGHT = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


@pytest.fixture
def demo(catalogue, settings):
    settings.DEMO = True


def run(command: str, *args: str) -> str:
    out = StringIO()
    call_command(command, *args, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("command", ["load_demo", "demo_accounts"])
def test_it_is_refused_outside_demo_mode(command, db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command(command)


def test_without_a_catalogue_the_load_says_what_to_do(demo):
    Procedure.objects.update(published=None)
    with pytest.raises(CommandError, match="load_catalogue"):
        call_command("load_demo")


def test_every_plot_is_played_and_leaves_a_true_dossier(demo):
    warnings: list[str] = []
    made = loading.load(each=1, warn=warnings.append)
    assert warnings == []
    assert made["hồ sơ"] == len(plots.PLOTS) + len(plots.DRAFTS)
    statuses = set(Dossier.objects.values_list("status", flat=True))
    assert statuses == set(Status.values) - {Status.RECEIVED}
    present = now()
    filed = Dossier.objects.exclude(status=Status.DRAFT)
    assert not filed.filter(submitted_at__gt=present).exists()
    assert filed.filter(status=Status.IN_PROCESS, due_at__lt=present).exists(), "something is late"
    assert filed.filter(status=Status.REGISTERED, answer_by__lt=present).exists(), "somebody has waited too long"
    assert filed.filter(status=Status.RETURNED, completed_at__gt=F("due_at")).exists(), "one came late"
    assert not filed.filter(status=Status.IN_PROCESS, assignee=None).exists()
    assert WorkItem.objects.asked().filter(state=WorkItem.State.OPEN).exists(), "an opinion is awaited"
    assert Rating.objects.filter(dossier__status=Status.RETURNED).exists()
    assert Attachment.objects.filter(purpose=Attachment.Purpose.SUPPLEMENT).exists()


def test_the_acts_are_recorded_at_their_own_moments(demo):
    loading.load(each=1)
    dossier = Dossier.objects.filter(status=Status.RETURNED, channel="online").first()
    moments = list(AuditEntry.objects.filter(chain=dossier.chain).order_by("seq").values_list("at", "act"))
    assert [act for _, act in moments][:3] == ["submit", "receive", "hand_over"]
    assert [moment for moment, _ in moments] == sorted(moment for moment, _ in moments)
    assert moments[0][0] == dossier.submitted_at < dossier.received_at < now() - timedelta(hours=1)


def test_a_second_load_makes_nothing(demo):
    loading.load(each=1)
    dossiers, messages = Dossier.objects.count(), Message.objects.count()
    loading.load(each=1)
    assert (Dossier.objects.count(), Message.objects.count()) == (dossiers, messages)


def test_a_load_cut_in_the_middle_is_completed_by_the_next(demo, monkeypatch):
    play = loading.Play
    calls = []

    class Cut(play):
        def run(self):
            calls.append(self.story.key)
            made = super().run()
            if len(calls) == 5:
                raise KeyboardInterrupt
            return made

    monkeypatch.setattr(loading, "Play", Cut)
    with pytest.raises(KeyboardInterrupt):
        loading.load(each=1)
    assert Dossier.objects.count() == 4, "the fifth is undone whole"
    monkeypatch.setattr(loading, "Play", play)
    loading.load(each=1)
    assert IdempotencyKey.objects.filter(route=loading.ROUTE).count() == len(plots.PLOTS) + len(plots.DRAFTS)
    assert Dossier.objects.count() == len(plots.PLOTS) + len(plots.DRAFTS)


def test_a_story_the_catalogue_no_longer_allows_is_left_out_with_a_sentence(demo, monkeypatch):
    real = filing.file

    def refuse_one(story, cast, moment):
        if story.key == "refused-1":
            raise Refusal("Thủ tục đã bãi bỏ.")
        return real(story, cast, moment)

    monkeypatch.setattr(filing, "file", refuse_one)
    warnings: list[str] = []
    made = loading.load(each=1, warn=warnings.append)
    assert made["bỏ qua"] == 1
    assert warnings == ["Bỏ qua hồ sơ mẫu refused-1: Thủ tục đã bãi bỏ."]


def test_every_dossier_can_be_driven_on_by_somebody(demo):
    """Wherever a dossier may go there are a clerk, a cashier, an officer and a leader."""
    people.make_accounts()
    held = set(Posting.objects.at_work().values_list("role", "branch_id", "unit_id"))
    branches, units = Branch.objects.values_list("pk", flat=True), CompetentUnit.objects.values_list("pk", flat=True)
    wanted = {(role, pk, None) for pk in branches for role in (Role.CLERK, Role.CASHIER, Role.BRANCH_HEAD)}
    wanted |= {(role, None, pk) for pk in units for role in (Role.OFFICER, Role.LEADER)}
    wanted |= {(role, None, None) for role in (Role.MONITOR, Role.INSPECTOR, Role.ADMIN)}
    assert wanted <= held
    assert len(units) >= 295


def test_accounts_are_marked_and_hashed_once(demo, django_assert_max_num_queries):
    with django_assert_max_num_queries(30):
        made = people.make_accounts()
    assert made > 600
    assert User.objects.filter(is_demo=True).count() == made
    assert User.objects.filter(is_demo=True).values("password").distinct().count() == 1
    assert User.objects.get(username="cong.dan").check_password(people.PASSWORD)
    assert people.make_accounts() == 0


def test_the_list_for_programs_has_every_account(demo):
    people.make_accounts()
    accounts = json.loads(run("demo_accounts", "--json"))
    assert {tuple(account) for account in accounts} == {
        ("username", "password", "totp_secret", "role", "branch", "unit")
    }
    codeless = {a["role"] for a in accounts if a["totp_secret"] is None}
    assert codeless == {"CITIZEN", "BUSINESS"}
    for account in accounts[:40]:
        if account["totp_secret"]:
            user = User.objects.get(username=account["username"])
            assert accepts(user, code_now(account["totp_secret"]), used_by="t")
    assert {a["role"] for a in accounts} == {*Role.values, "CITIZEN", "BUSINESS", "SUPERUSER"}
    clerk = next(a for a in accounts if a["role"] == Role.CLERK)
    assert (clerk["username"], clerk["branch"], clerk["unit"]) == ("tiepnhan.cn01.1", "CN01", None)
    officer = next(a for a in accounts if a["role"] == Role.OFFICER)
    assert CompetentUnit.objects.filter(code=officer["unit"]).exists()
    assert officer["branch"] is None


def test_the_list_for_people_is_short(demo):
    people.make_accounts()
    lines = run("demo_accounts").splitlines()
    assert len(lines) < 25
    assert any("cong.dan" in line for line in lines)
    assert people.PASSWORD in lines[-1]
    assert len(json.loads(run("demo_accounts", "--json", "--main"))) == len(lines) - 1


def test_the_command_leaves_nothing_due_behind(demo, monkeypatch):
    monkeypatch.setattr("dossiers.management.commands.load_demo.load", lambda **more: loading.load(each=1, **more))
    assert "hồ sơ" in run("load_demo")
    assert not Message.objects.filter(status=Message.PENDING).exists()
    assert "đã đủ" in run("load_demo")


# --- time -----------------------------------------------------------------------------------------------------------
def test_time_stands_where_it_is_set_and_comes_back():
    with at(MONDAY_NIGHT):
        assert now() == MONDAY_NIGHT
        with at(MONDAY_NIGHT - timedelta(days=1)):
            assert now() == MONDAY_NIGHT - timedelta(days=1)
        assert now() == MONDAY_NIGHT
    assert now() != MONDAY_NIGHT


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"), at(datetime(2026, 11, 23)):
        pass


def test_the_set_time_is_not_seen_by_another_thread():
    from threading import Thread

    seen = []
    with at(MONDAY_NIGHT):
        thread = Thread(target=lambda: seen.append(now()))
        thread.start()
        thread.join()
    assert seen[0] != MONDAY_NIGHT


def test_the_diary_counts_working_hours_back_and_never_passes_the_present(catalogue):
    diary = Diary(MONDAY_NIGHT)  # Tuesday 03:00 in Hanoi
    assert diary.ago(0) <= MONDAY_NIGHT
    assert diary.ago(1).astimezone().timestamp() < diary.ago(0.5).timestamp()
    assert diary.after(diary.ago(2), 100) == MONDAY_NIGHT


def test_open_and_closed_stories_are_in_balance():
    goals = [plot for plot in plots.PLOTS for _ in range(plot.count)]
    assert 250 <= len(goals) <= 400
    closed = [plot for plot in goals if plot.goal in ("returned", "refused") or plot.twist in ("withdraw", "stop")]
    assert len(closed) < len(goals) / 2


def test_a_calendar_day_is_shorter_than_a_working_day(catalogue):
    specs = [spec for _, spec in plots.published()]
    by_day = next(s for s in specs if s.time_unit == "DAY")
    assert whole_time(by_day) < by_day.time_amount * 8

"""What an admin can build into a process: steps of other units, fixed times, opinions with a join, signatures."""

from dataclasses import replace
from datetime import timedelta

import pytest

from branches.models import Role
from dossiers import queue, timeline, timing
from dossiers.acts import available
from dossiers.errors import Invalid, NotAllowed, NotNow, Refusal
from dossiers.life import Status
from dossiers.models import Dossier, WorkItem
from procedures.models import Procedure
from procedures.spec import Field, Item, Move, Section, Step
from procedures.versions import publish, read, write
from tests import world
from worktime import clocks
from worktime.deadlines import add_working_time, due_at, working_time_between

pytestmark = pytest.mark.django_db
CODE = "1.001193"

STEPS = (
    Step("appraise", "Thẩm định", "OFFICER", share=40, produces="opinion"),
    Step("police", "Công an xác minh", "OFFICER", unit_kind="POLICE_WARD", amount=1, unit="WORKING_DAY",
         produces="minutes"),
    Step(
        "ask", "Lấy ý kiến", "OFFICER", share=40,
        items=(
            Item("building", "opinion", "Ý kiến về xây dựng", "CONSTRUCTION", 4, "HOUR"),
            Item("culture", "opinion", "Ý kiến về văn hóa", "CULTURE", 1, "WORKING_DAY"),
            Item("tax", "linked", "Thông báo thuế", "TAX", 1, "WORKING_DAY", after="building", procedure="2.000815",
                 result="Thông báo nộp thuế"),
        ),
    ),
    Step("sign", "Ký", "LEADER", share=20, produces="signature"),
    Step("end", "Đã có kết quả", "OFFICER", end=True),
)  # fmt: skip
OWN = Section("own", "Riêng", (Field("waits", "yes_no", "Chờ được thêm", example=False),))
MOVES = (
    Move("enter", "Bắt đầu", "", "appraise", "OFFICER"),
    Move("to_police", "Chuyển công an", "appraise", "police", "OFFICER", primary=True),
    Move("verified", "Đã xác minh", "police", "ask", "OFFICER", primary=True),
    Move("joined", "Đủ ý kiến, trình ký", "ask", "sign", "OFFICER", primary=True,
         condition={"field": "items_done", "is": True}),
    Move("without", "Trình ký khi có ý kiến trễ", "ask", "sign", "OFFICER", needs_reason=True,
         condition={"all": [{"field": "items_late", "is": True}, {"field": "waits", "is": False}]}),
    Move("sign", "Ký và ban hành", "sign", "end", "LEADER", effects=("approve", "complete"), primary=True),
)  # fmt: skip


def made(steps=STEPS, moves=MOVES, **head):
    """A version of a real procedure with this process, in force, and a dossier filed on it."""
    procedure = Procedure.objects.get(code=CODE)
    head = {"time_amount": 10, "time_unit": "WORKING_DAY"} | head
    base = world.spec(CODE)
    version = write(replace(base, sections=(*base.sections, OWN), steps=steps, moves=moves, **head), procedure)
    publish(version)
    return world.submitted(CODE)


class People:
    """Everybody that the process above may need."""

    def __init__(self, dossier):
        def of(role, kind):
            return world.posted(role, unit=world.unit_of_kind(kind, dossier.ward_id))

        self.clerk = world.clerk(dossier.branch)
        self.officer = world.posted(Role.OFFICER, unit=dossier.unit)
        self.leader = world.posted(Role.LEADER, unit=dossier.unit)
        self.police, self.chief = of(Role.OFFICER, "POLICE_WARD"), of(Role.LEADER, "POLICE_WARD")
        self.building, self.culture = of(Role.OFFICER, "CONSTRUCTION"), of(Role.OFFICER, "CULTURE")
        self.tax = of(Role.OFFICER, "TAX")


def handed_over(dossier) -> People:
    people = People(dossier)
    world.act(dossier, "receive", people.clerk)
    world.act(dossier, "hand_over", people.clerk)
    return people


def at_police(dossier) -> People:
    people = handed_over(dossier)
    world.act(dossier, "to_police", people.officer, agrees="yes", summary="Đủ giấy tờ")
    return people


def example(dossier, user, name):
    fresh = Dossier.objects.get(pk=dossier.pk)
    action = next(a for a in available(fresh, user) if a.name == name)
    return action.input_schema()["examples"][0]


def at_asking(dossier) -> People:
    people = at_police(dossier)
    world.act(dossier, "verified", people.police, **example(dossier, people.police, "verified"))
    return people


def item(dossier, key) -> WorkItem:
    return dossier.items.exclude(state="cancelled").get(key=key)


def give(dossier, user, key):
    return world.act(dossier, "finish_item", user, item=str(item(dossier, key).pk), result="Thống nhất.")


def seen_by(user):
    return set(Dossier.objects.visible_to(user).values_list("pk", flat=True))


def in_queue(user, key):
    return [row.pk for row in queue.page(user, key).rows]


# --- a step of another unit -------------------------------------------------------------------------------------------
def test_a_step_of_another_unit_is_that_units_work(catalogue):
    dossier = made()
    people = at_police(dossier)
    step = item(dossier, "police")
    assert step.unit == world.unit_of_kind("POLICE_WARD", dossier.ward_id)
    assert step.assignee is None
    assert in_queue(people.police, "xin-y-kien") == in_queue(people.chief, "xin-y-kien") == [dossier.pk]
    assert "verified" in world.names(dossier, people.police) and "verified" in world.names(dossier, people.chief)


def test_nobody_of_the_dossiers_own_unit_makes_another_units_move(catalogue):
    dossier = made()
    people = at_police(dossier)
    for user in (people.officer, people.leader, people.building, people.clerk):
        assert "verified" not in world.names(dossier, user)
        with pytest.raises(NotAllowed):
            world.act(dossier, "verified", user)


def test_another_units_people_do_the_step_and_nothing_else(catalogue):
    dossier = made()
    people = at_police(dossier)
    assert set(world.names(dossier, people.police)) == set(world.names(dossier, people.chief)) == {"verified"}


def test_before_its_step_another_unit_does_not_see_the_dossier_and_afterwards_who_did_it_does(catalogue):
    dossier = made()
    people = handed_over(dossier)
    assert dossier.pk not in seen_by(people.police)
    world.act(dossier, "to_police", people.officer, agrees="yes", summary="Đủ giấy tờ")
    assert dossier.pk in seen_by(people.police) and dossier.pk in seen_by(people.chief)
    assert dossier.pk not in seen_by(people.culture)
    world.act(dossier, "verified", people.police, **example(dossier, people.police, "verified"))
    assert dossier.pk in seen_by(people.police) and dossier.pk not in seen_by(people.chief)
    assert in_queue(people.police, "xin-y-kien") == []
    assert world.names(dossier, people.police) == []


def test_an_applicant_who_works_in_the_other_unit_does_not_decide_on_themselves(catalogue):
    dossier = made()
    at_police(dossier)
    from branches.models import Posting

    unit = world.unit_of_kind("POLICE_WARD", dossier.ward_id)
    Posting.objects.create(user=dossier.owner, role=Role.OFFICER, unit=unit, starts_on="2025-01-01")
    assert "verified" not in world.names(dossier, dossier.owner)


def test_the_own_officers_step_is_not_in_the_queue_of_what_others_ask(catalogue):
    dossier = made()
    people = handed_over(dossier)
    assert in_queue(people.officer, "xin-y-kien") == []
    assert in_queue(people.officer, "cua-toi") == [dossier.pk]


def test_a_leaders_step_of_another_unit_waits_for_that_leader_to_sign(catalogue):
    steps = tuple(replace(s, unit_kind="FINANCE") if s.key == "sign" else s for s in STEPS if s.key != "ask")
    moves = tuple(replace(m, target="sign") if m.key == "verified" else m for m in MOVES if m.source != "ask")
    dossier = made(steps, moves)
    people = at_asking(dossier)
    finance = world.posted(Role.LEADER, unit=world.unit_of_kind("FINANCE"))
    clerkish = world.posted(Role.OFFICER, unit=world.unit_of_kind("FINANCE"))
    assert in_queue(finance, "cho-ky") == [dossier.pk] and in_queue(people.leader, "cho-ky") == []
    assert "sign" not in world.names(dossier, clerkish)
    world.act(dossier, "sign", finance, decision_title="Quyết định", decision_number="1/QĐ", signed=True)
    assert Dossier.objects.get(pk=dossier.pk).status == Status.COMPLETED


def test_forwarding_leaves_another_units_step_where_it_is(catalogue):
    dossier = made()
    people = at_police(dossier)
    police = item(dossier, "police").unit_id
    other = world.unit_of_kind("WARD", "00008")
    world.act(dossier, "forward", people.officer, unit=other.code, reason="Thuộc phường khác")
    assert item(dossier, "police").unit_id == police
    assert Dossier.objects.get(pk=dossier.pk).unit == other


def test_a_step_of_a_unit_that_does_not_exist_is_refused_in_words_and_changes_nothing(catalogue):
    from branches.models import CompetentUnit, UnitArea
    from branches.selectors import forget_areas

    dossier = made()
    people = handed_over(dossier)
    UnitArea.objects.filter(kind="POLICE_WARD").delete()
    CompetentUnit.objects.filter(kind="POLICE_WARD").update(is_active=False)
    forget_areas()
    with pytest.raises(Refusal, match="Công an xác minh"):
        world.act(dossier, "to_police", people.officer, agrees="yes", summary="Đủ")
    forget_areas()
    assert Dossier.objects.get(pk=dossier.pk).step == "appraise"


# --- fixed times ------------------------------------------------------------------------------------------------------
def test_a_fixed_time_counts_from_entering_on_the_calendar_of_who_does_the_step(catalogue):
    dossier = made()
    at_police(dossier)
    step = item(dossier, "police")
    calendar = timing.unit_calendar(step.unit)
    assert step.due_at == due_at(step.opened_at, 1, "WORKING_DAY", calendar)


def test_a_fixed_time_ends_with_the_dossiers_own(catalogue):
    steps = tuple(replace(s, amount=90) if s.key == "police" else s for s in STEPS)
    dossier = made(steps)
    at_police(dossier)
    assert item(dossier, "police").due_at == Dossier.objects.get(pk=dossier.pk).due_at


def test_shares_are_of_the_time_that_fixed_times_leave(catalogue):
    dossier = made()
    handed_over(dossier)
    dossier = Dossier.objects.select_related("unit").get(pk=dossier.pk)
    spec, calendar = read(dossier.version_id), timing.unit_calendar(dossier.unit)
    whole = working_time_between(dossier.count_from, dossier.due_at, calendar)
    day = calendar.full_day_length
    rest = whole - day
    assert item(dossier, "appraise").due_at == add_working_time(dossier.count_from, rest * 40 // 100, calendar)
    expected = [timing.step_expected(dossier, spec, key) for key in ("appraise", "police", "ask", "sign")]
    used = [rest * 40 // 100, rest * 40 // 100 + day, rest * 80 // 100 + day, whole]
    assert expected == [add_working_time(dossier.count_from, time, calendar) for time in used]


def test_fixed_times_longer_than_the_whole_leave_no_share_a_moment_after_the_promise(catalogue):
    steps = tuple(replace(s, amount=400) if s.key == "police" else s for s in STEPS)
    dossier = made(steps)
    handed_over(dossier)
    dossier = Dossier.objects.select_related("unit").get(pk=dossier.pk)
    spec = read(dossier.version_id)
    assert timing.step_expected(dossier, spec, "sign") == dossier.due_at


def test_a_fixed_time_begins_anew_after_a_pause_and_the_citizen_reads_the_same_moment(catalogue):
    dossier = made()
    at_police(dossier)
    people_due = item(dossier, "police").due_at
    officer = world.posted(Role.LEADER, unit=dossier.unit)
    world.act(dossier, "ask_payment", officer, payment_label="Lệ phí", payment_amount=5000)
    dossier.pauses.update(started_at=dossier.pauses.get().started_at - timedelta(days=2))
    world.act(dossier, "settle_payment", world.posted(Role.CASHIER, branch=dossier.branch), receipt_number="BL-1")
    fresh = Dossier.objects.select_related("branch", "unit").get(pk=dossier.pk)
    spec, step = read(fresh.version_id), item(dossier, "police")
    assert step.due_at >= people_due and step.due_at <= fresh.due_at
    assert [e.due for e in timeline.timeline(fresh, spec, []) if e.state == timeline.NOW] == [step.due_at]


# --- parallel work and a join -----------------------------------------------------------------------------------------
def test_two_opinions_are_asked_at_once_each_with_its_own_deadline(catalogue):
    dossier = made()
    at_asking(dossier)
    building, culture = item(dossier, "building"), item(dossier, "culture")
    assert building.state == culture.state == "open"
    assert building.due_at == due_at(building.opened_at, 4, "HOUR", timing.unit_calendar(building.unit))
    assert culture.due_at == due_at(culture.opened_at, 1, "WORKING_DAY", timing.unit_calendar(culture.unit))
    assert (item(dossier, "tax").state, item(dossier, "tax").due_at) == ("waiting", None)


def test_linked_work_opens_after_what_it_waits_for(catalogue):
    dossier = made()
    people = at_asking(dossier)
    with pytest.raises(NotAllowed):
        give(dossier, people.tax, "tax")
    give(dossier, people.building, "building")
    assert item(dossier, "tax").state == "open" and item(dossier, "tax").due_at
    give(dossier, people.tax, "tax")
    assert item(dossier, "tax").state == "done"


def test_the_join_opens_only_when_all_required_work_is_done(catalogue):
    dossier = made()
    people = at_asking(dossier)
    for user, key in ((people.culture, "culture"), (people.building, "building"), (people.tax, "tax")):
        assert "joined" not in world.names(dossier, people.officer)
        with pytest.raises(NotNow):
            world.act(dossier, "joined", people.officer)
        give(dossier, user, key)
    assert "joined" in world.names(dossier, people.officer)


def test_a_move_reads_answers_and_facts_together(catalogue):
    dossier = made()
    people = at_asking(dossier)
    assert "without" not in world.names(dossier, people.officer)
    dossier.items.filter(key="culture").update(due_at=item(dossier, "culture").opened_at - timedelta(minutes=1))
    assert "without" in world.names(dossier, people.officer)  # an opinion is late, and (an answer) nobody waits
    world.act(dossier, "without", people.officer, reason="Sở Văn hóa chậm trả lời")
    assert Dossier.objects.get(pk=dossier.pk).step == "sign"


def test_the_desk_says_which_procedure_linked_work_goes_through(catalogue, client):
    dossier = made()
    people = at_asking(dossier)
    client.force_login(people.officer)
    page = client.get(f"/can-bo/ho-so/{dossier.code}/").content.decode()
    name = Procedure.objects.get(code="2.000815").short_name
    assert f"liên thông với thủ tục {name}" in page and "Thông báo nộp thuế" in page


# --- what a step produces ---------------------------------------------------------------------------------------------
def test_an_opinion_is_kept_with_the_step(catalogue):
    dossier = made()
    people = handed_over(dossier)
    with pytest.raises(Invalid):
        world.act(dossier, "to_police", people.officer)
    world.act(dossier, "to_police", people.officer, agrees="conditions", summary="Cần xác minh nơi ở")
    assert item(dossier, "appraise").result == {"agrees": "conditions", "summary": "Cần xác minh nơi ở"}


def test_a_leader_confirms_what_is_signed_and_the_citizen_reads_it(catalogue):
    dossier = made()
    people = at_asking(dossier)
    for user, key in ((people.building, "building"), (people.tax, "tax"), (people.culture, "culture")):
        give(dossier, user, key)
    world.act(dossier, "joined", people.officer)
    paper = {"decision_title": "Giấy khai sinh", "decision_number": "12/2026"}
    with pytest.raises(Invalid):
        world.act(dossier, "sign", people.leader, **paper)
    with pytest.raises(Refusal, match="Chưa ký"):
        world.act(dossier, "sign", people.leader, **paper, signed=False)
    world.act(dossier, "sign", people.leader, **paper, signed=True)
    dossier = Dossier.objects.get(pk=dossier.pk)
    assert (dossier.status, dossier.outcome) == (Status.COMPLETED, "approved")
    assert "Giấy khai sinh, số 12/2026" in dossier.outcome_note
    assert item(dossier, "sign").result["signed"] is True


def test_the_reminder_of_each_opinion_is_its_own_clock(catalogue):
    dossier = made()
    at_asking(dossier)
    kinds = clocks.Clock.objects.filter(subject_type="item", subject_id__in=dossier.items.values("pk"))
    assert sorted(c.subject_id for c in kinds) == sorted(item(dossier, k).pk for k in ("building", "culture"))

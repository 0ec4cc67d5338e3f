"""The desk's pages: who may enter, what each role can press, what two at once are told, what a page costs."""

import pytest
from django.test import Client
from django.urls import reverse

from audit.services import entries
from branches.models import Posting, Role
from dossiers.acts import state_of
from dossiers.life import Status
from dossiers.models import Attachment, Dossier
from tests import world
from tests.counting import cost

pytestmark = pytest.mark.django_db


@pytest.fixture
def dossier(catalogue):
    return world.submitted("1.001193")


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(dossier, name="dossier", *more) -> str:
    return reverse(f"desk:{name}", args=[dossier.code, *more])


def staff_at(dossier):
    """A clerk, an officer and a leader; the dossier is the officer's now."""
    people = (
        world.clerk(dossier.branch),
        world.posted(Role.OFFICER, unit=dossier.unit),
        world.posted(Role.LEADER, unit=dossier.unit),
    )
    world.act(dossier, "receive", people[0])
    world.act(dossier, "hand_over", people[0])
    return people


def status_of(dossier):
    return Dossier.objects.get(pk=dossier.pk).status


PAGES = ["desk:queue", "desk:overview", "desk:counter", "desk:bulk_receive", "desk:bulk_assign"]


@pytest.mark.parametrize("name", PAGES)
def test_nobody_enters_the_desk_without_a_posting_in_force(catalogue, client, name):
    assert client.get(reverse(name)).url.startswith(reverse("account_login"))
    citizen, former = world.person(), world.clerk()
    Posting.objects.filter(user=former).update(ends_on="2025-06-30")
    for user in (citizen, former):
        assert client_of(user).get(reverse(name)).status_code == 404


def test_a_dossier_of_elsewhere_is_not_there(dossier):
    stranger = client_of(world.clerk(world.branch_number(1 if dossier.branch.number != 1 else 2)))
    for path in (page_of(dossier), page_of(dossier, "preview"), page_of(dossier, "act", "receive")):
        assert stranger.get(path).status_code == 404
    assert stranger.post(page_of(dossier, "act", "receive")).status_code == 404
    assert status_of(dossier) == Status.REGISTERED


def test_even_the_owner_reads_it_among_citizens_and_not_at_the_desk(dossier):
    assert client_of(dossier.owner).get(page_of(dossier)).status_code == 404


@pytest.mark.parametrize(
    ("role", "sees", "lacks"),
    [
        (Role.CLERK, ["Chờ tiếp nhận", "Chờ trả kết quả", "Tiếp nhận tại quầy"], ["Chờ ký", "Tổng quan"]),
        (Role.BRANCH_HEAD, ["Chờ tiếp nhận", "Cả chi nhánh", "Tổng quan"], ["Chờ ký"]),
        (Role.CASHIER, ["Chờ nộp tiền"], ["Chờ tiếp nhận", "Tiếp nhận tại quầy"]),
        (Role.OFFICER, ["Của tôi", "Xin ý kiến, liên thông", "Cả cơ quan"], ["Chờ ký", "Chờ tiếp nhận"]),
        (Role.LEADER, ["Chờ ký", "Đã trễ", "Tổng quan"], ["Của tôi", "Chờ tiếp nhận"]),
        (Role.MONITOR, ["Toàn thành phố", "Đã trễ", "Tổng quan"], ["Chờ tiếp nhận", "Chờ ký"]),
    ],
)
def test_each_role_finds_its_own_desk(dossier, role, sees, lacks):
    place = {"branch": dossier.branch} if role in ("CLERK", "BRANCH_HEAD", "CASHIER") else {"unit": dossier.unit}
    page = client_of(world.posted(role, **({} if role == Role.MONITOR else place))).get(reverse("desk:queue"))
    side = [str(item["label"]) for item in page.context["desk_nav"]]
    assert page.status_code == 200
    assert set(sees) <= set(side) and not set(lacks) & set(side)


def test_a_queue_of_another_role_is_not_there(dossier):
    assert client_of(world.clerk(dossier.branch)).get("/can-bo/?hang=cho-ky").status_code == 404


def test_the_queue_shows_the_dossier_with_its_due_time_in_words(dossier):
    page = client_of(world.clerk(dossier.branch)).get("/can-bo/").content.decode()
    assert dossier.applicant_name in page and dossier.code[-11:] in page
    assert "còn 8 giờ" in page or "còn 1 ngày" in page or "còn 7 giờ" in page


def test_filters_stand_in_the_address_and_travel_to_the_dossier(dossier):
    client = client_of(world.clerk(dossier.branch))
    page = client.get("/can-bo/?hang=cho-tiep-nhan&kenh=online").content.decode()
    assert f"{page_of(dossier)}?hang=cho-tiep-nhan&amp;kenh=online" in page
    assert dossier.code not in client.get("/can-bo/?hang=cho-tiep-nhan&kenh=counter").content.decode()


def test_a_registered_dossier_says_when_it_must_be_answered_and_promises_no_day(dossier):
    page = client_of(world.clerk(dossier.branch)).get(page_of(dossier)).content.decode()
    assert "Trả lời trước" in page and "Nếu tiếp nhận bây giờ" in page and "Hẹn trả</dt>" not in page


def test_a_clerk_receives_and_the_next_dossier_opens(dossier):
    following = world.submitted("1.001193", owner=dossier.owner)
    client = client_of(world.clerk(dossier.branch))
    seen = {"seen": state_of(dossier)}
    answer = client.post(page_of(dossier, "act", "receive") + "?hang=cho-tiep-nhan", seen)
    assert answer.url == page_of(following) + "?hang=cho-tiep-nhan"
    assert status_of(dossier) == Status.RECEIVED
    answer = client.post(page_of(following, "act", "receive") + "?hang=cho-tiep-nhan", seen, follow=True)
    assert answer.redirect_chain[-1][0] == "/can-bo/?hang=cho-tiep-nhan"
    assert "không còn hồ sơ nào khác" in answer.content.decode()


def test_the_second_of_two_clerks_is_told_clearly(dossier):
    first, second = (client_of(world.clerk(dossier.branch)) for _ in range(2))
    seen = {"seen": state_of(dossier)}
    assert first.post(page_of(dossier, "act", "receive"), seen).status_code == 302
    late = second.post(page_of(dossier, "act", "receive"), seen)
    assert late.status_code == 409
    assert "Hồ sơ đã thay đổi" in late.content.decode() and "Được tiếp nhận" in late.content.decode()
    assert entries(dossier.chain).filter(act="receive").count() == 1


def test_what_the_second_one_typed_is_not_lost(dossier):
    first, second = (client_of(world.clerk(dossier.branch)) for _ in range(2))
    seen = {"seen": state_of(dossier)}
    first.post(page_of(dossier, "act", "receive"), seen)
    reason = "Giấy chứng sinh mờ, không đọc được số"
    late = second.post(page_of(dossier, "act", "refuse"), {**seen, "reason": reason})
    assert late.status_code == 409 and reason in late.content.decode()


def test_a_missing_reason_is_said_next_to_its_field(dossier):
    client = client_of(world.clerk(dossier.branch))
    answer = client.post(
        page_of(dossier, "act", "refuse"), {"seen": state_of(dossier), "reason": "", "ground": "Điều 17"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "id_reason_error" in page and "Điều 17" in page
    assert status_of(dossier) == Status.REGISTERED


def test_an_act_of_somebody_else_cannot_be_pressed(dossier):
    _clerk, officer, _leader = staff_at(dossier)
    answer = client_of(officer).post(page_of(dossier, "act", "sign"), {})
    assert answer.status_code in (403, 409)
    assert Dossier.objects.get(pk=dossier.pk).decided_at is None


def test_officer_proposes_leader_signs_clerk_returns(dossier):
    clerk, officer, leader = staff_at(dossier)

    def press(user, name, **data):
        return client_of(user).post(page_of(dossier, "act", name), data)

    assert press(officer, "propose", summary="Đủ điều kiện").status_code == 302
    assert press(leader, "sign").status_code == 302
    assert press(officer, "issue").status_code == 302
    assert press(clerk, "return_result", way="counter").status_code == 302
    assert status_of(dossier) == Status.RETURNED
    page = client_of(clerk).get(page_of(dossier)).content.decode()
    for said in ("Ký duyệt", "Trả kết quả", "Nộp trực tuyến", str(leader)):
        assert said in page


def test_a_note_stays_among_staff_and_keeps_one_on_the_page(dossier):
    client = client_of(world.clerk(dossier.branch))
    url = page_of(dossier, "act", "note")
    answer = client.post(url + "?hang=cho-tiep-nhan", {"note-text": "Đã gọi điện"})
    assert answer.url == page_of(dossier) + "?hang=cho-tiep-nhan"
    assert "Đã gọi điện" in client.get(page_of(dossier)).content.decode()


# --- files ----------------------------------------------------------------------------------------------------------
def with_paper(dossier):
    file = world.upload(dossier.owner, name="giay-chung-sinh.pdf")
    return Attachment.objects.create(dossier=dossier, file=file, requirement="identity")


def test_a_paper_is_ticked_once_recorded_and_unticked(dossier):
    paper, clerk = with_paper(dossier), world.clerk(dossier.branch)
    client = client_of(clerk)
    for _ in range(2):
        assert client.post(page_of(dossier, "check", paper.pk), {"checked": "1"}).status_code == 302
    paper.refresh_from_db()
    assert paper.checked_by == clerk
    assert entries(dossier.chain).filter(act="check_paper").count() == 1
    client.post(page_of(dossier, "check", paper.pk), {"checked": "0"})
    paper.refresh_from_db()
    assert paper.checked_at is None


def test_a_monitor_looks_and_ticks_nothing(dossier):
    paper = with_paper(dossier)
    client = client_of(world.posted(Role.MONITOR))
    page = client.get(page_of(dossier))
    assert page.status_code == 200 and page.context["actions"] == [] and not page.context["may_check"]
    client.post(page_of(dossier, "check", paper.pk), {"checked": "1"})
    paper.refresh_from_db()
    assert paper.checked_at is None


def test_a_file_of_another_dossier_is_not_ticked_here(dossier):
    other = with_paper(world.submitted("1.001193"))
    assert client_of(world.clerk(dossier.branch)).post(page_of(dossier, "check", other.pk)).status_code == 404


def test_an_officer_adds_the_result_and_takes_it_away(dossier):
    from django.core.files.uploadedfile import SimpleUploadedFile

    clerk, officer, _leader = staff_at(dossier)
    client, url = client_of(officer), page_of(dossier, "result")
    client.post(url, {"file": SimpleUploadedFile("ket-qua.pdf", world.PDF)})
    result = dossier.attachments.present().get(purpose="result")
    assert "ket-qua.pdf" in client.get(page_of(dossier)).content.decode()
    wrong = client.post(url, {"file": SimpleUploadedFile("ket-qua.pdf", b"MZ not a pdf")})
    assert wrong.status_code == 409 and "Chỉ nhận tệp" in wrong.content.decode()
    assert client_of(clerk).post(url, {"file": SimpleUploadedFile("x.pdf", world.PDF)}).status_code == 403
    client.post(url, {"remove": result.pk})
    assert not dossier.attachments.present().filter(purpose="result").exists()
    assert [e.act for e in entries(dossier.chain)][-2:] == ["add_result", "remove_result"]


# --- checks ----------------------------------------------------------------------------------------------------------
def checks(dossier, user):
    return [(c.kind, c.text) for c in client_of(user).get(page_of(dossier, "preview")).context["checks"]]


def test_the_system_says_what_it_checked(dossier):
    clerk = world.clerk(dossier.branch)
    assert ("ok", "Đủ giấy tờ bắt buộc.") in checks(dossier, clerk)
    assert ("ok", "Không có hồ sơ trùng đang mở.") in checks(dossier, clerk)
    twin = world.submitted("1.001193", owner=dossier.owner)
    assert any(kind == "wait" and twin.code in text for kind, text in checks(dossier, clerk))


def test_a_personal_number_of_another_year_of_birth_is_noticed(catalogue):
    answers = {"applicant_birth_date": "1985-05-20", "applicant_personal_number": "001085012345"}
    right = world.submitted("1.001193", answers=answers)
    wrong = world.submitted("1.001193", answers={**answers, "applicant_personal_number": "001090012345"})
    assert any("khớp năm sinh 1985" in text for _kind, text in checks(right, world.clerk(right.branch)))
    assert any(k == "wait" and "năm sinh 1990" in t for k, t in checks(wrong, world.clerk(wrong.branch)))


# --- the whole --------------------------------------------------------------------------------------------------------
def test_overviews_count_what_one_answers_for(dossier):
    head = client_of(world.posted(Role.BRANCH_HEAD, branch=dossier.branch)).get("/can-bo/tong-quan/")
    assert head.context["total"].open == 1
    elsewhere = world.branch_number(1 if dossier.branch.number != 1 else 2)
    assert (
        client_of(world.posted(Role.BRANCH_HEAD, branch=elsewhere)).get("/can-bo/tong-quan/").context["total"].open == 0
    )
    monitor = client_of(world.posted(Role.MONITOR))
    for way in ("chi-nhanh", "co-quan"):
        assert monitor.get(f"/can-bo/tong-quan/?theo={way}").context["total"].open == 1
    assert client_of(world.clerk(dossier.branch)).get("/can-bo/tong-quan/").status_code == 404


# --- what it costs -----
@pytest.mark.parametrize("role", [Role.CLERK, Role.LEADER, Role.OFFICER, Role.MONITOR, Role.CASHIER])
def test_a_queue_page_costs_at_most_twelve_queries_whatever_its_size(catalogue, role):
    owner = world.person()
    dossiers = [world.submitted("2.000815", owner=owner) for _ in range(2)]
    place = {Role.CLERK: "branch", Role.CASHIER: "branch", Role.LEADER: "unit", Role.OFFICER: "unit"}.get(role)
    client = client_of(world.posted(role, **({place: getattr(dossiers[0], place)} if place else {})))
    key = {Role.CLERK: "chi-nhanh", Role.CASHIER: "cho-nop-tien", Role.MONITOR: "thanh-pho"}.get(role, "co-quan")
    few = cost(client, f"/can-bo/?hang={key}")
    assert len(few) <= 12, "\n".join(few)
    for _ in range(6):
        world.submitted("2.000815", owner=owner)
    assert len(cost(client, f"/can-bo/?hang={key}")) == len(few)


def test_a_dossier_page_costs_at_most_twenty_queries(dossier):
    clerk, officer, leader = staff_at(dossier)
    world.act(dossier, "note", officer, text="Một")
    world.act(dossier, "note", officer, text="Hai")
    world.act(dossier, "propose", officer, summary="Đủ")
    world.submitted("1.001193", owner=dossier.owner)
    for user in (clerk, officer, leader):
        asked = cost(client_of(user), page_of(dossier))
        assert len(asked) <= 20, "\n".join(asked)

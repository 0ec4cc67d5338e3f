"""After the submit: the list, the course of one dossier, what the person may do, look-up, files."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from branches.models import Role
from dossiers.life import Status
from dossiers.models import Attachment, Dossier, StoredFile
from dossiers.selectors import open_drafts
from dossiers.views.public import tidy
from tests import world
from tests.dossiers.citizen_steps import filled, logged_in, pdf, read, started
from worktime import at as at_moment
from worktime import now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def page(user, dossier) -> str:
    return read(logged_in(user).get(f"/ho-so/{dossier.code}/"))


def staff(dossier):
    return {
        "clerk": world.posted(Role.CLERK, branch=dossier.branch, name="Cán bộ Bí Mật"),
        "officer": world.posted(Role.OFFICER, unit=dossier.unit, name="Chuyên viên Kín Đáo"),
        "leader": world.posted(Role.LEADER, unit=dossier.unit, name="Lãnh đạo Vô Danh"),
        "cashier": world.posted(Role.CASHIER, branch=dossier.branch),
    }


def first_paper(dossier) -> str:
    return next(d.key for d in world.spec(dossier.procedure.code).asks(dossier.answers) if d.required)


# --- the list -------------------------------------------------------------------------------------------------------
def test_the_list_puts_what_waits_for_the_person_first():
    me = world.person()
    asked = world.submitted(owner=me)
    world.act(asked, "ask_supplement", staff(asked)["clerk"], reason="Xin chụp lại cho rõ.")
    running, draft = world.submitted("2.000815", owner=me), started(me)
    html = read(logged_in(me).get("/ho-so/"))
    places = [html.index(w) for w in ("Đang chờ anh/chị", f"/ho-so/nhap/{draft.pk}/", running.code)]
    assert places == sorted(places)


def test_the_list_is_paged_and_stays_cheap(django_assert_max_num_queries):
    me = world.person()
    for _ in range(22):
        world.submitted("2.000815", owner=me)
    client = logged_in(me)
    with django_assert_max_num_queries(20):
        html = read(client.get("/ho-so/"))
    assert "Trang 1 trong 2" in html
    assert read(client.get("/ho-so/?trang=2")).count("Mới đăng ký") == 2
    assert client.get("/ho-so/?trang=abc").status_code == 200


def test_an_empty_list_shows_where_to_begin():
    assert "chưa có hồ sơ nào" in read(logged_in(world.person()).get("/ho-so/"))


def test_the_home_page_shows_drafts_with_what_they_lack():
    me = world.person()
    draft = started(me, "2.000815")
    (row,) = open_drafts(me)
    assert (row.pk, row.missing, row.title) == (draft.pk, 1, "Chứng thực bản sao (sao y bản chính)")
    assert "Hồ sơ chưa nộp" in read(logged_in(me).get("/"))


# --- the course -----------------------------------------------------------------------------------------------------
def test_the_course_is_told_in_plain_words_without_names_of_staff():
    me = world.person()
    dossier = world.submitted("1.013225", owner=me)
    who = staff(dossier)
    world.act(dossier, "receive", who["clerk"])
    world.act(dossier, "hand_over", who["clerk"])
    world.act(dossier, "note", who["clerk"], text="Ghi chú chỉ nội bộ đọc")
    html = page(me, dossier)
    for said in ("Đã nộp trực tuyến", "đã tiếp nhận", "Đã chuyển đến", "Đang thẩm định hồ sơ", "dự kiến", "Hẹn trả"):
        assert said in html, said
    for hidden in ("Bí Mật", "Kín Đáo", "Vô Danh", "chỉ nội bộ đọc"):
        assert hidden not in html


def test_a_finished_course_has_every_step_once_and_no_future():
    from tests.dossiers.test_line import drive, staff_for

    me = world.person()
    dossier = world.submitted(owner=me)
    done = drive(dossier, staff_for(dossier))
    html = page(me, done)
    assert "Đã trả kết quả" in html and "Được giải quyết" in html and "dự kiến" not in html
    assert html.count("<b>Kiểm tra và soạn Giấy khai sinh</b>") == 1


def test_a_dossier_not_yet_received_promises_no_date_but_says_when_it_is_answered():
    me = world.person()
    html = page(me, world.submitted(owner=me))
    assert "Được trả lời trước" in html and "Hẹn trả" not in html and "Dự kiến trả kết quả" in html


def test_a_late_dossier_says_so():
    me = world.person()
    dossier = world.submitted(owner=me)
    world.act(dossier, "receive", staff(dossier)["clerk"])
    with at_moment(now() + timedelta(days=30)):
        assert "quá hạn" in page(me, dossier)


@pytest.mark.parametrize("status", ["registered", "in_process", "returned"])
def test_the_page_costs_at_most_twenty_queries(status, django_assert_max_num_queries):
    from tests.dossiers.test_line import drive, staff_for

    me = world.person()
    dossier = world.submitted(owner=me)
    if status == "in_process":
        who = staff(dossier)
        world.act(dossier, "receive", who["clerk"])
        world.act(dossier, "hand_over", who["clerk"])
    if status == "returned":
        drive(dossier, staff_for(dossier))
    page(me, dossier)
    client = logged_in(me)
    with django_assert_max_num_queries(20):
        client.get(f"/ho-so/{dossier.code}/")


@pytest.mark.parametrize("tail", ["", "da-nop/", "lam/withdraw/", "lam/correct/", "lam/correct/cau-hoi/"])
def test_another_persons_dossier_does_not_exist(tail):
    dossier = world.submitted()
    client = logged_in(world.person())
    assert client.get(f"/ho-so/{dossier.code}/{tail}").status_code == 404
    assert client.post(f"/ho-so/{dossier.code}/{tail}", {"reason": "x", "do": "1"}).status_code in (404, 405)
    assert Dossier.objects.get(pk=dossier.pk).status == Status.REGISTERED


@pytest.mark.parametrize("code", ["nhap", "khong-co", "%00", "x" * 300])
def test_an_unknown_code_is_not_found(code):
    assert logged_in(world.person()).get(f"/ho-so/{code}/").status_code == 404


def test_a_visitor_is_asked_to_log_in_first(client):
    dossier = world.submitted()
    assert client.get(f"/ho-so/{dossier.code}/")["Location"].startswith("/tai-khoan/dang-nhap/?next=/ho-so/")


# --- acts -----------------------------------------------------------------------------------------------------------
def do(user, dossier, name, **data):
    return logged_in(user).post(f"/ho-so/{dossier.code}/lam/{name}/", {"do": "1", **data})


def asked_to_supplement(me, documents=None):
    dossier = world.submitted(owner=me)
    documents = [first_paper(dossier)] if documents is None else documents
    world.act(dossier, "ask_supplement", staff(dossier)["clerk"], reason="Ảnh bị mờ.", documents=documents)
    return dossier


def test_a_request_is_answered_with_the_paper_asked_for():
    me = world.person()
    dossier = asked_to_supplement(me)
    html = read(logged_in(me).get(f"/ho-so/{dossier.code}/lam/give_supplement/"))
    assert "Ảnh bị mờ." in html
    new = pdf("lai.pdf", world.PDF + b"new")
    response = do(me, dossier, "give_supplement", note="Tôi đã chụp lại", **{f"file-{first_paper(dossier)}": new})
    assert response["Location"] == f"/ho-so/{dossier.code}/"
    assert Dossier.objects.get(pk=dossier.pk).status == Status.REGISTERED
    assert Attachment.objects.filter(dossier=dossier, purpose="supplement").count() == 1
    assert "Anh/chị đã gửi bổ sung" in page(me, dossier)


def test_a_paper_uploaded_beside_a_mistake_is_not_uploaded_again():
    me = world.person()
    dossier = asked_to_supplement(me)
    key = first_paper(dossier)
    html = read(
        do(me, dossier, "give_supplement", note="x" * 3000, **{f"file-{key}": pdf("lai.pdf", world.PDF + b"n")})
    )
    assert "Tối đa 2000 ký tự" in html and "vừa tải lên" in html
    kept = next(f for f in StoredFile.objects.all() if f.name == "lai.pdf")
    assert f'name="kept-{key}" value="{kept.pk}"' in html
    assert do(me, dossier, "give_supplement", note="Xong", **{f"kept-{key}": kept.pk}).status_code == 302
    assert Attachment.objects.get(dossier=dossier, purpose="supplement").file == kept


def test_a_request_is_not_answered_without_the_paper():
    me = world.person()
    dossier = asked_to_supplement(me)
    assert "Còn thiếu giấy tờ được yêu cầu" in read(do(me, dossier, "give_supplement", note="Đã gửi"))
    assert Dossier.objects.get(pk=dossier.pk).status == Status.SUPPLEMENT_REQUIRED


@pytest.mark.parametrize("kept", ["abc", "\0" * 36, "00000000-0000-0000-0000-000000000000"])
def test_a_strangers_upload_cannot_be_handed_in(kept):
    me = world.person()
    dossier = asked_to_supplement(me)
    foreign = str(world.upload(world.person()).pk)
    for pk in (kept, foreign):
        html = read(do(me, dossier, "give_supplement", **{f"kept-{first_paper(dossier)}": pk}))
        assert "Còn thiếu giấy tờ" in html


def test_answers_are_corrected_while_registered_only():
    me = world.person()
    dossier = world.submitted(owner=me)
    client, url = logged_in(me), f"/ho-so/{dossier.code}/lam/correct/"
    html = read(client.get(url))
    assert 'name="tk-child_name"' in html and "Trẻ được khai sinh" in html
    assert (
        client.post(url, {"do": "1", "tk-child_name": "Nguyễn Minh Khoa", "on_page": "tk-child_name"}).status_code
        == 302
    )
    fresh = Dossier.objects.get(pk=dossier.pk)
    assert fresh.answers["child_name"] == "Nguyễn Minh Khoa" and fresh.submission == 2
    assert "Anh/chị đã sửa tờ khai" in page(me, dossier)
    world.act(dossier, "receive", staff(dossier)["clerk"])
    late = client.post(url, {"do": "1", "tk-child_name": "Khác", "on_page": "tk-child_name"}, follow=True)
    assert "không còn làm được" in read(late)


def test_a_wrong_correction_stays_on_the_page():
    me = world.person()
    dossier = world.submitted(owner=me)
    html = read(do(me, dossier, "correct", **{"tk-child_birth_date": "01/01/2999", "on_page": "tk-child_birth_date"}))
    assert "Ngày này chưa tới" in html and 'value="01/01/2999"' in html
    assert Dossier.objects.get(pk=dossier.pk).submission == 1


def test_a_correction_without_a_change_changes_nothing():
    me = world.person()
    dossier = world.submitted(owner=me)
    assert "chưa sửa gì" in read(do(me, dossier, "correct"))
    assert Dossier.objects.get(pk=dossier.pk).submission == 1


def test_a_dossier_is_withdrawn_with_a_reason():
    me = world.person()
    dossier = world.submitted(owner=me)
    assert "Hãy điền" in read(do(me, dossier, "withdraw"))
    assert do(me, dossier, "withdraw", reason="Tôi chưa cần nữa").status_code == 302
    html = page(me, dossier)
    assert "Anh/chị đã rút hồ sơ" in html and "/lam/withdraw/" not in html


def test_an_old_page_is_told_that_things_have_moved():
    me = world.person()
    dossier = world.submitted(owner=me)
    world.act(dossier, "receive", staff(dossier)["clerk"])
    html = read(do(me, dossier, "withdraw", reason="Thôi", seen="REGISTERED||1|"))
    assert "Hồ sơ đã thay đổi" in html and "Thôi" in html


def test_a_returned_result_is_rated_once():
    from tests.dossiers.test_line import drive, staff_for

    me = world.person()
    dossier = world.submitted(owner=me)
    drive(dossier, staff_for(dossier))
    assert do(me, dossier, "rate", score="5", text="Nhanh").status_code == 302
    assert dossier.rating.score == 5
    assert do(me, dossier, "rate", score="1").status_code == 302  # led back to the dossier
    dossier.rating.refresh_from_db()
    assert dossier.rating.score == 5


def test_an_act_of_the_staff_has_no_page_here():
    me = world.person()
    dossier = world.submitted(owner=me)
    assert logged_in(me).get(f"/ho-so/{dossier.code}/lam/receive/").status_code == 404


def test_money_asked_for_is_said_with_where_and_until_when():
    me = world.person()
    dossier = world.submitted(owner=me)
    world.act(dossier, "ask_payment", staff(dossier)["clerk"], payment_label="Lệ phí", payment_amount=150000)
    html = page(me, dossier)
    assert "Cần nộp 150.000" in html and "thu ngân" in html
    assert "Xem khoản phải nộp" in read(logged_in(me).get("/ho-so/"))


# --- look-up --------------------------------------------------------------------------------------------------------
@pytest.fixture
def _calm():
    cache.clear()


@pytest.mark.usefixtures("_calm")
def test_a_code_alone_shows_how_far_it_is_and_nothing_about_the_person(client):
    dossier = world.submitted("1.001193")
    typed = f" {dossier.code.lower()} ".replace("-", " – ")
    html = read(client.get("/tra-cuu/", {"ma": typed}))
    assert "Đăng ký khai sinh" in html and "Mới đăng ký" in html and "Kiểm tra và soạn Giấy khai sinh" in html
    for hidden in (dossier.applicant_name, dossier.applicant_number, "0912345678", dossier.answers["child_name"]):
        assert hidden not in html


@pytest.mark.usefixtures("_calm")
@pytest.mark.parametrize("code", ["khong-co", "\0", "x" * 10_000, "😀", "000.00.00.H26-261124-0001"])
def test_an_unknown_code_gets_a_friendly_word(client, code):
    assert "Không thấy hồ sơ nào" in read(client.get("/tra-cuu/", {"ma": code}))


def test_codes_are_tidied():
    assert tidy("  000.00.12.h26 – 261120 - 0147 ") == "000.00.12.H26-261120-0147"


@pytest.mark.usefixtures("_calm")
def test_too_many_look_ups_are_stopped_for_a_minute(client):
    with at_moment(now()):
        answers = [client.get("/tra-cuu/", {"ma": "x"}).status_code for _ in range(61)]
    assert answers[:60] == [200] * 60 and answers[60] == 429


def test_look_up_works_with_the_cache_away(client, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    assert client.get("/tra-cuu/", {"ma": "x"}).status_code == 200


# --- files ----------------------------------------------------------------------------------------------------------
def test_a_file_is_handed_to_those_who_may_see_the_dossier_only(client):
    me = world.person()
    dossier = world.submitted(owner=me)
    attachment = dossier.attachments.first()
    url = f"/tep/{attachment.pk}/"
    response = logged_in(me).get(f"{url}tai/", follow=True)
    assert b"".join(response.streaming_content) == world.PDF
    assert response["Content-Type"] == "application/pdf" and response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store" and response["Content-Disposition"].startswith("attachment")
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert logged_in(staff(dossier)["clerk"]).get(url, follow=True).status_code == 200
    assert logged_in(world.person()).get(url).status_code == 404
    assert logged_in(world.clerk(world.branch_number(12))).get(url).status_code == 404
    assert client.get(url).url.startswith(f"{reverse('account_login')}?")


def test_a_draft_file_is_its_owners_only():
    me = world.person()
    draft = filled(me)
    url = f"/tep/{draft.attachments.first().pk}/"
    assert logged_in(me).get(url, follow=True).status_code == 200
    assert logged_in(world.clerk(draft.branch)).get(url).status_code == 404


def test_what_is_no_picture_and_no_pdf_is_never_opened_in_the_page():
    me = world.person()
    dossier = world.submitted(owner=me)
    attachment = dossier.attachments.first()
    StoredFile.objects.filter(pk=attachment.file_id).update(content_type="text/html", name='a".html')
    response = logged_in(me).get(f"/tep/{attachment.pk}/", follow=True)
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment") and "sandbox" in response["Content-Security-Policy"]


@pytest.mark.parametrize("pk", ["0", "999999999", "9" * 40])
def test_a_number_that_is_no_file_is_not_found(pk):
    assert logged_in(world.person()).get(f"/tep/{pk}/").status_code == 404

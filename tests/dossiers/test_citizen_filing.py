"""Filing in the browser, page by page, as a person does it."""

import threading
import unicodedata

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from branches.models import Branch
from dossiers.life import Status
from dossiers.models import Dossier
from dossiers.services import drafts
from tests import world
from tests.dossiers.citizen_steps import filled, logged_in, read, save, started, submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]

CHILD = {
    "child_name": "Nguyễn Minh Khôi", "child_birth_date": "02/10/2026", "child_gender": "male",
    "child_ethnicity": "Kinh", "child_nationality": "Việt Nam", "child_birth_place": "Bệnh viện Phụ sản Hà Nội",
    "child_home_town": "Hà Nội",
}  # fmt: skip


@pytest.mark.parametrize("code", ["1.001193", "2.000815", "1.013225", "1.001612"])
def test_a_dossier_is_filed_page_by_page(code):
    me = world.person()
    draft = filled(me, code)
    done = submit(me, draft)
    dossier = Dossier.objects.get(pk=draft.pk)
    assert dossier.status == Status.REGISTERED
    assert done["Location"] == f"/ho-so/{dossier.code}/da-nop/"
    html = read(logged_in(me).get(done["Location"]))
    assert dossier.code in html and "Trả lời trước" in html
    html = read(logged_in(me).get(f"/ho-so/{dossier.code}/"))
    assert "Đã nộp trực tuyến" in html and "đang xem hồ sơ" in html


# --- starting -------------------------------------------------------------------------------------------------------
def test_starting_again_offers_the_draft_one_has():
    me = world.person()
    first = started(me)
    client = logged_in(me)
    html = read(client.post("/ho-so/bat-dau/1.001193/"))
    assert "đang làm dở" in html and f"/ho-so/nhap/{first.pk}/" in html
    assert Dossier.objects.drafts_of(me).count() == 1
    client.post("/ho-so/bat-dau/1.001193/", {"moi": "1"})
    assert Dossier.objects.drafts_of(me).count() == 2
    assert "Làm tiếp bản nháp" in read(client.get("/thu-tuc/1.001193/"))


def test_opening_the_start_address_makes_no_draft():
    me = world.person()
    assert logged_in(me).get("/ho-so/bat-dau/1.001193/")["Location"] == "/thu-tuc/1.001193/"
    assert not Dossier.objects.drafts_of(me).exists()


@pytest.mark.parametrize("code", ["9.999999", "x" * 200])
def test_an_unknown_procedure_cannot_be_started(code):
    assert logged_in(world.person()).post(f"/ho-so/bat-dau/{code}/").status_code == 404


def test_too_many_drafts_are_refused_in_words():
    me = world.person()
    for _ in range(drafts.MAX_DRAFTS):
        drafts.start_draft(spec=world.spec(), by=me, owner=me)
    response = logged_in(me).post("/ho-so/bat-dau/2.000815/", follow=True)
    assert "quá nhiều bản nháp" in read(response)


def test_what_the_account_knows_is_filled_in_and_says_so():
    me = world.person("Lê Thị Thu", phone="+84912345678", personal_number="001190012345")
    draft = started(me)
    assert draft.answers["applicant_name"] == "Lê Thị Thu"
    html = read(logged_in(me).get(f"/ho-so/nhap/{draft.pk}/applicant/"))
    assert 'value="Lê Thị Thu"' in html and 'value="0912345678"' in html and "Lấy từ tài khoản" in html


# --- the task list --------------------------------------------------------------------------------------------------
def test_the_task_list_says_what_is_done_and_what_is_missing():
    me = world.person()
    draft = started(me)
    html = read(logged_in(me).get(f"/ho-so/nhap/{draft.pk}/"))
    assert "Bản nháp — chưa nộp" in html and "Chưa làm" in html and "Chưa mở được" in html
    html = read(logged_in(me).get(f"/ho-so/nhap/{filled(me).pk}/"))
    assert "Sẵn sàng" in html and "Nếu nộp và được tiếp nhận" in html and "phường Ba Đình" in html


def test_a_change_that_calls_for_more_reopens_what_was_done():
    me = world.person()
    draft = filled(me)
    save(me, draft, "request", relation="authorised", late="no", situation="usual", birth_proof="paper")
    html = read(logged_in(me).get(f"/ho-so/nhap/{draft.pk}/"))
    assert "Thiếu 1 trong 2" in html and "Chưa mở được" in html


@pytest.mark.parametrize("part", ["", "child/", "giay-to/", "noi-nhan/", "xem-lai/", "xoa/"])
def test_every_page_of_a_draft_says_that_it_is_one_and_stays_cheap(part, django_assert_max_num_queries):
    me = world.person()
    draft = filled(me)
    client = logged_in(me)
    client.get(f"/ho-so/nhap/{draft.pk}/")
    with django_assert_max_num_queries(20):
        html = read(client.get(f"/ho-so/nhap/{draft.pk}/{part}"))
    assert "Bản nháp — chưa nộp" in html and html.count("<h1") == 1


# --- answers --------------------------------------------------------------------------------------------------------
def test_what_is_right_is_saved_and_what_is_wrong_stays_on_the_page():
    me = world.person()
    draft = started(me)
    response = save(me, draft, "child", **{**CHILD, "child_birth_date": "31/02/2026"})
    html = read(response)
    assert "Chưa đúng ngày" in html and 'value="31/02/2026"' in html and "#id_child_birth_date" in html
    draft.refresh_from_db()
    assert draft.answers["child_name"] == "Nguyễn Minh Khôi" and "child_birth_date" not in draft.answers


@pytest.mark.parametrize(
    ("key", "typed", "said"),
    [
        ("child_name", "A" * 10_000, "Tối đa 120 ký tự, anh/chị đã viết 10000"),
        ("child_name", "", "Hãy điền"),
        ("child_name", "\0\u202e\u200b", "Hãy điền"),
        ("child_birth_date", "01/01/2999", "Ngày này chưa tới"),
        ("child_birth_date", "01/01/0001", "Năm này quá xa"),
        ("child_birth_date", "hôm qua", "Chưa đúng ngày"),
        ("child_gender", "robot", "Hãy chọn một trong các lựa chọn"),
    ],
)
def test_bad_answers_get_a_plain_word_beside_them(key, typed, said):
    me = world.person()
    html = read(save(me, started(me), "child", **{**CHILD, key: typed}))
    assert said in html and "Còn chỗ cần sửa" in html


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (unicodedata.normalize("NFD", "Nguyễn Thị Hường"), "Nguyễn Thị Hường"),
        ("Nguyễn\0 Văn\u202e An", "Nguyễn Văn An"),
        ("Bé 😀", "Bé 😀"),
        ("  Nguyễn   Văn  An ", "Nguyễn Văn An"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_odd_letters_are_kept_clean_and_shown_harmless(typed, kept):
    me = world.person()
    draft = started(me)
    assert save(me, draft, "child", **{**CHILD, "child_name": typed}).status_code == 302
    draft.refresh_from_db()
    assert draft.answers["child_name"] == kept
    assert "<script>alert" not in read(logged_in(me).get(f"/ho-so/nhap/{draft.pk}/child/"))


def test_a_ward_outside_the_list_is_refused():
    me = world.person()
    html = read(save(me, started(me), "applicant", applicant_name="A", applicant_ward="99999"))
    assert "126 phường, xã" in html


def test_without_scripts_questions_that_come_up_are_shown_after_saving():
    me = world.person()
    draft = started(me)
    shown = "copy_wanted"
    html = read(save(me, draft, "copy", copy_wanted="yes", on_page=shown))
    assert 'name="copy_count"' in html and "cần thêm một vài câu hỏi" in html and "Còn chỗ cần sửa" not in html
    assert (
        save(me, draft, "copy", copy_wanted="yes", copy_count="2", on_page="copy_wanted copy_count").status_code == 302
    )


def test_the_page_can_ask_which_questions_come_up_and_nothing_is_saved():
    me = world.person()
    draft = started(me)
    url = f"/ho-so/nhap/{draft.pk}/copy/cau-hoi/"
    html = read(logged_in(me).post(url, {"copy_wanted": "yes"}))
    assert 'name="copy_count"' in html and "<html" not in html
    assert 'name="copy_count"' not in read(logged_in(me).post(url, {"copy_wanted": "no"}))
    draft.refresh_from_db()
    assert draft.answers.keys() & {"copy_wanted"} == set()


def test_an_unknown_section_is_not_found():
    me = world.person()
    assert logged_in(me).get(f"/ho-so/nhap/{started(me).pk}/khong-co/").status_code == 404


# --- where ----------------------------------------------------------------------------------------------------------
def test_a_result_by_post_needs_an_address():
    me = world.person()
    draft = filled(me)
    html = read(save(me, draft, "noi-nhan", branch=draft.branch_id, return_by="post"))
    assert "Hãy ghi địa chỉ" in html
    response = save(me, draft, "noi-nhan", branch=draft.branch_id, return_by="post", return_address="1 Tràng Tiền")
    assert response.status_code == 302


@pytest.mark.parametrize("branch", ["", "0", "abc", "\0", "9" * 30])
def test_a_branch_that_is_none_is_refused(branch):
    me = world.person()
    html = read(save(me, filled(me), "noi-nhan", branch=branch, return_by="counter"))
    assert "Còn chỗ cần sửa" in html


def test_a_procedure_tied_to_its_place_goes_to_one_branch_only():
    from procedures.models import Procedure

    me = world.person()
    code = Procedure.objects.filter(published__any_branch=False).order_by("code").first().code
    draft = filled(me, code)
    html = read(logged_in(me).get(f"/ho-so/nhap/{draft.pk}/noi-nhan/"))
    assert "chỉ chi nhánh này được tiếp nhận" in html
    other = Branch.objects.exclude(pk=draft.branch_id).first()
    read(save(me, draft, "noi-nhan", branch=other.pk, return_by="counter"))  # stays on the page
    assert Dossier.objects.get(pk=draft.pk).branch_id == draft.branch_id


# --- the last look and the submit -----------------------------------------------------------------------------------
def test_nothing_is_submitted_without_the_declaration():
    me = world.person()
    draft = filled(me)
    html = read(logged_in(me).post(f"/ho-so/nhap/{draft.pk}/xem-lai/"))
    assert "lời cam đoan" in html and Dossier.objects.get(pk=draft.pk).is_draft


def test_an_unfinished_draft_says_what_is_missing():
    me = world.person()
    draft = started(me)
    assert "Chưa nộp được" in read(logged_in(me).get(f"/ho-so/nhap/{draft.pk}/xem-lai/"))
    html = read(submit(me, draft))
    assert "Hãy điền" in html and f"/ho-so/nhap/{draft.pk}/child/#id_child_name" in html
    assert Dossier.objects.get(pk=draft.pk).is_draft


def test_what_is_no_longer_asked_is_told_and_left_out():
    me = world.person()
    draft = filled(me)
    save(me, draft, "father_known", has_father="no")
    html = read(logged_in(me).get(f"/ho-so/nhap/{draft.pk}/xem-lai/"))
    assert "Không còn cần, sẽ không gửi" in html
    submit(me, draft)
    assert "father_name" not in Dossier.objects.get(pk=draft.pk).answers


def test_filing_the_same_thing_twice_is_warned_about():
    me = world.person()
    submit(me, filled(me))
    html = read(logged_in(me).get(f"/ho-so/nhap/{filled(me).pk}/xem-lai/"))
    assert "một hồ sơ giống thế này" in html


def test_typing_a_strangers_number_tells_nothing_about_them():
    theirs = world.submitted()
    me = world.person()
    draft = filled(me)
    assert draft.answers["applicant_personal_number"] == theirs.applicant_number
    html = read(logged_in(me).get(f"/ho-so/nhap/{draft.pk}/xem-lai/"))
    assert theirs.code not in html and "một hồ sơ giống thế này" not in html


def test_pressing_twice_and_coming_back_lead_to_the_same_confirmation():
    me = world.person()
    draft = filled(me)
    first, second = submit(me, draft), submit(me, draft)
    assert first["Location"] == second["Location"]
    code = Dossier.objects.get(pk=draft.pk).code
    for part in ("", "child/", "giay-to/", "noi-nhan/", "xem-lai/", "xoa/"):
        assert logged_in(me).get(f"/ho-so/nhap/{draft.pk}/{part}")["Location"] == f"/ho-so/{code}/"
        late = logged_in(me).post(f"/ho-so/nhap/{draft.pk}/{part}", CHILD)
        assert late["Location"] == f"/ho-so/{code}/da-nop/"
    assert Dossier.objects.get(pk=draft.pk).answers["child_name"] == "Nguyễn Minh Khôi"


@pytest.mark.django_db(transaction=True)
def test_two_windows_submit_at_once_and_one_dossier_comes_of_it():
    me = world.person()
    draft, answers = filled(me), []

    def press():
        answers.append(submit(me, draft)["Location"])
        connection.close()

    windows = [threading.Thread(target=press) for _ in range(4)]
    [w.start() for w in windows]
    [w.join() for w in windows]
    assert len(set(answers)) == 1 and len(answers) == 4
    assert Dossier.objects.filter(owner=me).exclude(code=None).count() == 1


def test_a_draft_is_thrown_away_only_after_asking():
    me = world.person()
    draft = filled(me)
    assert "Xóa bản nháp này?" in read(logged_in(me).get(f"/ho-so/nhap/{draft.pk}/xoa/"))
    logged_in(me).post(f"/ho-so/nhap/{draft.pk}/xoa/")
    assert not Dossier.objects.filter(pk=draft.pk).exists()
    assert logged_in(me).get(f"/ho-so/nhap/{draft.pk}/").status_code == 404


# --- others, and the login that ran out -----------------------------------------------------------------------------
@pytest.mark.parametrize("part", ["", "child/", "giay-to/", "noi-nhan/", "xem-lai/", "xoa/", "child/cau-hoi/"])
def test_another_persons_draft_does_not_exist(part):
    draft, stranger = filled(world.person()), world.person()
    client = logged_in(stranger)
    assert client.get(f"/ho-so/nhap/{draft.pk}/{part}").status_code == 404
    assert client.post(f"/ho-so/nhap/{draft.pk}/{part}", {"declare": "1"}).status_code == 404
    assert Dossier.objects.get(pk=draft.pk).is_draft


def test_numbers_beyond_any_row_are_not_found():
    assert logged_in(world.person()).get(f"/ho-so/nhap/{10**30}/").status_code == 404


def test_what_was_typed_when_the_login_had_run_out_is_there_after_it():
    cache.clear()
    me = world.person()
    draft = started(me)
    client, url = Client(), f"/ho-so/nhap/{draft.pk}/child/"
    to_login = client.post(url, CHILD)
    assert to_login["Location"] == f"/tai-khoan/dang-nhap/?next={url}"
    back = client.post(to_login["Location"], {"login": me.username, "password": "mat-khau-dung"})
    assert back["Location"] == url
    html = read(client.get(url))
    assert 'value="Nguyễn Minh Khôi"' in html and "Phiên làm việc đã hết hạn" in html
    draft.refresh_from_db()
    assert "child_name" not in draft.answers  # nothing is saved before the person says so
    assert "Phiên làm việc đã hết hạn" not in read(client.get(url))


def test_what_one_person_typed_is_never_shown_to_the_next():
    cache.clear()
    me, other = world.person(), world.person()
    draft = started(me)
    client, url = Client(), f"/ho-so/nhap/{draft.pk}/child/"
    client.post(url, CHILD)
    client.force_login(other)
    assert client.get(url).status_code == 404

"""Data in sight: staff read personal answers masked, and in full after a click that is recorded with its reason."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, User
from audit.labels import label_of_act
from audit.services import entries, readable
from branches.models import Role
from dossiers.models import Dossier
from dossiers.revealing import own_reason
from keys import masking
from notifications.models import Message
from procedures.masking import mask, masked
from procedures.shown import show
from procedures.spec import Field
from tests import world
from tests.counting import cost

pytestmark = pytest.mark.django_db
NUMBER, PHONE, STORED_PHONE, EMAIL, BORN = (
    "001090012345", "0912345678", "+84912345678", "an.nguyen@example.com", "12/05/1990",
)  # fmt: skip
IN_FULL = (NUMBER, PHONE, EMAIL, BORN)
ON_SCREEN = ("0010•••••345", "0••• ••• 678", "a•••@example.com", "••/••/1990")


@pytest.fixture
def dossier(catalogue):
    return world.submitted("1.001193")


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(dossier, name="dossier", *more) -> str:
    return reverse(f"desk:{name}", args=[dossier.code, *more])


def reveals(dossier) -> list:
    return [e for e in readable(f"looks:{dossier.pk}") if e.act == "reveal"]


def read(client, dossier) -> str:
    return client.get(page_of(dossier)).content.decode()


def assert_masked(page: str) -> None:
    assert [said for said in IN_FULL if said in page] == []
    assert [said for said in ON_SCREEN if said not in page] == []


# --- what a mask leaves ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("by", "value", "seen"),
    [
        (masking.number, NUMBER, "0010•••••345"),
        (masking.number, "12345", "••••••"),
        (masking.number, "", ""),
        (masking.phone, PHONE, "0••• ••• 678"),
        (masking.phone, STORED_PHONE, "0••• ••• 678"),
        (masking.phone, "113", "••••••"),
        (masking.email, EMAIL, "a•••@example.com"),
        (masking.email, "@example.com", "••••••"),
        (masking.email, "", ""),
        (masking.day, "1990-05-12", "••/••/1990"),
        (masking.day, None, ""),
        (masking.day, "hôm qua", "••••••"),
        (masking.address, EMAIL, "a•••@example.com"),
        (masking.address, STORED_PHONE, "0••• ••• 678"),
        (masking.address, "user:7", "••••••"),
        (masking.text, f"550 <{EMAIL}> {NUMBER}, {PHONE}: H26.99-261124-0001 trước 17:00 26/11/2026",
         "550 <a•••@example.com> 0010•••••345, 0••• ••• 678: H26.99-261124-0001 trước 17:00 26/11/2026"),
    ],
)  # fmt: skip
def test_a_mask_leaves_enough_to_tell_two_apart(by, value, seen):
    assert by(value) == seen


def test_a_sensitive_answer_is_masked_whole_whatever_its_kind():
    fields = [
        Field("ill", "yes_no", "Bệnh", privacy="sensitive"),
        Field("cause", "choice", "Vì sao", options=(("a", "A"),), privacy="sensitive"),
        Field("many", "many", "Diện", options=(("a", "A"),), privacy="sensitive"),
        Field("sum", "money", "Trợ cấp", privacy="sensitive"),
        Field("rows", "group", "Đợt bệnh", fields=(Field("what", "text", "Bệnh gì"),), privacy="sensitive"),
    ]
    answers = {"ill": True, "cause": "a", "many": ["a"], "sum": 900000, "rows": [{"what": "lao"}]}
    hidden = masked(fields, answers)
    assert [str(show(f, hidden[f.key])) for f in fields] == ["••••••"] * 5
    assert not any(show(f, hidden[f.key]).rows for f in fields)


def test_a_mask_reaches_into_persons_and_rows():
    person = Field("mother", "person", "Mẹ")
    value = {"name": "Trần Thị Bình", "birth_date": "1992-08-20", "personal_number": "001192012345"}
    assert mask(person, value) == {
        "name": "Trần Thị Bình", "birth_date": "••/••/1992", "personal_number": "0011•••••345"
    }  # fmt: skip
    table = Field("heirs", "table", "Người thừa kế", fields=(person, Field("share", "number", "Phần")))
    shown = show(table, mask(table, [{"mother": value, "share": 2}]))
    assert "001192012345" not in shown.text and "20/08" not in shown.text
    assert [part.text for part in shown.rows[0][0].parts] == ["Trần Thị Bình", "••/••/1992", "0011•••••345"]


def test_an_answer_of_an_older_form_that_nobody_can_class_is_masked_whole():
    assert masked([Field("name", "text", "Tên")], {"name": "An", "hiv": "có"}) == {"name": "An", "hiv": "••••••"}


# --- the desk --------------------------------------------------------------------------------------------------------
def test_the_desk_masks_and_whoever_receives_reveals_with_one_click(dossier):
    client = client_of(world.clerk(dossier.branch))
    page = read(client, dossier)
    assert_masked(page)
    assert 'value="Đối chiếu để tiếp nhận"' in page
    answer = client.post(page_of(dossier, "reveal"), {"reason": "Đối chiếu để tiếp nhận"})
    assert answer.url == f"{page_of(dossier)}#to-khai"
    page = client.get(answer.url).content.decode()
    assert [said for said in IN_FULL if said not in page] == []
    assert "Che lại" in page


def test_a_reveal_names_fields_and_seals_its_reason(dossier):
    clerk = world.clerk(dossier.branch)
    client_of(clerk).post(page_of(dossier, "reveal"), {"reason": f"Gọi lại số {PHONE} cho người nộp"})
    (entry,) = reveals(dossier)
    assert (entry.actor_id, entry.note) == (clerk.pk, f"Gọi lại số {PHONE} cho người nộp")
    assert {"Số định danh cá nhân", "Số điện thoại"} <= set(entry.after["fields"])
    assert label_of_act(entry.act) == "Xem đầy đủ thông tin cá nhân đang che"
    stored = entries(f"looks:{dossier.pk}").get(act="reveal")
    assert PHONE not in f"{stored.note}{stored.after}{stored.before}"


def test_a_reveal_lasts_fifteen_minutes_of_one_session_for_one_dossier(dossier, monkeypatch):
    clerk, other = world.clerk(dossier.branch), world.submitted("1.001193", branch=dossier.branch)
    client = client_of(clerk)
    client.post(page_of(dossier, "reveal"), {"reason": "Đối chiếu"})
    assert NUMBER in read(client, dossier)
    assert_masked(read(client_of(clerk), dossier))
    assert_masked(read(client, other))
    later = Dossier.objects.get(pk=dossier.pk).submitted_at + timedelta(minutes=16)
    monkeypatch.setattr("dossiers.views.revealing.now", lambda: later)
    assert_masked(read(client, dossier))


def test_one_can_mask_again(dossier):
    client = client_of(world.clerk(dossier.branch))
    client.post(page_of(dossier, "reveal"), {"reason": "Đối chiếu"})
    client.post(page_of(dossier, "reveal"), {"hide": "1"})
    assert_masked(read(client, dossier))
    assert len(reveals(dossier)) == 1


@pytest.mark.parametrize("reason", ["", "   ", "xem", "\u200b" * 12, "a" * 9])
def test_whoever_sees_it_and_does_not_handle_it_says_why_in_ten_characters(dossier, reason):
    client = client_of(world.posted(Role.INSPECTOR))
    assert "Đối chiếu" not in read(client, dossier)
    answer = client.post(page_of(dossier, "reveal"), {"reason": reason})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Hãy nêu lý do cần xem, ít nhất 10 ký tự." in page
    assert_masked(page)
    assert reveals(dossier) == []
    client.post(page_of(dossier, "reveal"), {"reason": "Kiểm tra khiếu nại số 12"})
    assert NUMBER in read(client, dossier)


def test_whoever_does_not_see_the_dossier_reveals_nothing(dossier):
    elsewhere = world.clerk(world.branch_number(1 if dossier.branch.number != 1 else 2))
    for client in (client_of(elsewhere), client_of(world.person())):
        assert client.post(page_of(dossier, "reveal"), {"reason": "Đối chiếu để tiếp nhận"}).status_code == 404
    assert Client().post(page_of(dossier, "reveal"), {"reason": "Đối chiếu"}).status_code == 302
    assert client_of(world.clerk(dossier.branch)).get(page_of(dossier, "reveal")).status_code == 405
    assert reveals(dossier) == []


def test_what_is_kept_from_a_role_stays_kept_when_the_rest_is_shown(catalogue):
    dossier = world.submitted("1.001695")
    client = client_of(world.clerk(dossier.branch))
    for _turn in range(2):
        assert "Cha mẹ chưa đăng ký kết hôn khi sinh con" not in read(client, dossier)
        client.post(page_of(dossier, "reveal"), {"reason": "Đối chiếu"})


def test_a_sensitive_answer_is_masked_for_those_who_may_read_it_until_they_ask(catalogue):
    dossier = world.submitted("1.001695")
    clerk, officer = world.clerk(dossier.branch), world.posted(Role.OFFICER, unit=dossier.unit)
    world.act(dossier, "receive", clerk)
    world.act(dossier, "hand_over", clerk)
    client, said = client_of(officer), "Cha mẹ chưa đăng ký kết hôn khi sinh con"
    assert said not in read(client, dossier) and "••••••" in read(client, dossier)
    client.post(page_of(dossier, "reveal"), {"reason": own_reason(Dossier.objects.get(pk=dossier.pk), officer)})
    assert said in read(client, dossier)


def test_the_reason_is_that_of_the_present_step_and_of_those_who_do_it(dossier):
    clerk, officer, leader = (
        world.clerk(dossier.branch),
        world.posted(Role.OFFICER, unit=dossier.unit),
        world.posted(Role.LEADER, unit=dossier.unit),
    )
    assert own_reason(dossier, clerk) and not own_reason(dossier, officer) and not own_reason(dossier, leader)
    world.act(dossier, "receive", clerk)
    world.act(dossier, "hand_over", clerk)
    fresh = Dossier.objects.get(pk=dossier.pk)
    step = world.spec("1.001193").steps_by_key[fresh.step]
    assert own_reason(fresh, clerk) == ""
    assert own_reason(fresh, officer) == step.name


def test_masking_costs_a_page_no_query(dossier):
    client = client_of(world.clerk(dossier.branch))
    before = len(cost(client, page_of(dossier)))
    client.post(page_of(dossier, "reveal"), {"reason": "Đối chiếu"})
    assert len(cost(client, page_of(dossier))) == before


def test_nobody_reads_numbers_in_lists_or_panes(dossier):
    client = client_of(world.clerk(dossier.branch))
    for url in (reverse("desk:queue"), page_of(dossier, "preview"), reverse("desk:counter")):
        page = client.get(url).content.decode()
        assert [said for said in (NUMBER, PHONE, STORED_PHONE, EMAIL, BORN) if said in page] == []


def test_the_applicant_reads_their_own_in_full(dossier):
    page = client_of(dossier.owner).get(reverse("dossiers:detail", args=[dossier.code])).content.decode()
    assert [said for said in IN_FULL if said not in page] == []


def test_filling_a_form_from_an_earlier_dossier_is_a_reveal_of_it(dossier):
    clerk = world.clerk(dossier.branch)
    client = client_of(clerk)
    intake = client.post(reverse("desk:counter_start", args=["1.001193"])).url
    page = client.post(intake, {"find": "1", "person": PHONE}).content.decode()
    assert NUMBER in page
    (entry,) = reveals(dossier)
    assert (entry.actor_id, entry.note, entry.after["at"]) == (clerk.pk, "Điền hồ sơ mới tại quầy", "counter")


# --- the API ---------------------------------------------------------------------------------------------------------
def asked(user, dossier, query=""):
    token = ApiToken.issue(user)
    return Client().get(f"/api/v1/dossiers/{dossier.code}/{query}", headers={"Authorization": f"Bearer {token}"})


def test_the_api_masks_for_staff_and_not_for_the_applicant(dossier):
    assert asked(dossier.owner, dossier).json()["answers"]["applicant_personal_number"] == NUMBER
    answers = asked(world.clerk(dossier.branch), dossier).json()["answers"]
    assert answers["applicant_personal_number"] == "0010•••••345"
    assert answers["applicant_phone"] == "0••• ••• 678"
    assert answers["applicant_birth_date"] == "••/••/1990"
    assert reveals(dossier) == []


def test_the_api_reveals_to_whoever_handles_it_and_records_why(dossier):
    clerk, inspector = world.clerk(dossier.branch), world.posted(Role.INSPECTOR)
    answer = asked(clerk, dossier, "?reveal=Đối chiếu với kho giấy tờ")
    assert answer.json()["answers"]["applicant_personal_number"] == NUMBER
    (entry,) = reveals(dossier)
    assert (entry.note, entry.after["at"]) == ("Đối chiếu với kho giấy tờ", "api")
    refused = asked(inspector, dossier, "?reveal=Kiểm tra khiếu nại số 12")
    assert refused.status_code == 403 and NUMBER not in refused.content.decode()
    assert asked(clerk, dossier, "?reveal=%20").status_code == 409
    assert len(reveals(dossier)) == 1


# --- Django admin ----------------------------------------------------------------------------------------------------
def test_the_admin_page_of_a_dossier_is_masked(dossier):
    client = client_of(User.objects.create_superuser("quan-tri", "qt@example.com", "mat-khau-dung"))
    page = client.get(reverse("admin:dossiers_dossier_change", args=[dossier.pk])).content.decode()
    for said in (NUMBER, PHONE, STORED_PHONE, EMAIL, "1990-05-12", BORN):
        assert said not in page
    assert "a•••@example.com" in page and "0••• ••• 678" in page


def test_the_admin_pages_of_messages_are_masked_and_found_by_address(dossier):
    client = client_of(User.objects.create_superuser("quan-tri", "qt@example.com", "mat-khau-dung"))
    message = Message.objects.filter(channel="email").order_by("-pk").first()
    address, masked_address = message.address, masking.address(message.address)
    for url in (
        reverse("admin:notifications_message_changelist"),
        reverse("admin:notifications_message_change", args=[message.pk]),
    ):
        page = client.get(url).content.decode()
        assert address not in page and masked_address in page
    found = reverse("admin:notifications_message_changelist")
    assert masked_address in client.get(found, {"q": address}).content.decode()
    assert masked_address not in client.get(found, {"q": f"x{address}"}).content.decode()

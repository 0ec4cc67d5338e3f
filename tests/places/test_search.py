"""Finding a ward by any name it has or had."""

import pytest

from places.models import Ward

pytestmark = pytest.mark.usefixtures("catalogue")


def names(text):
    return [ward.name for ward in Ward.objects.search(text)]


@pytest.mark.parametrize(
    "text", ["Hoàn Kiếm", "hoan kiem", "P. Hoàn Kiếm", "phường hoàn kiếm", "HOAN  KIEM", "hoan kiém"]
)
def test_a_new_name_is_found_without_accents_or_kind(text):
    assert names(text)[0] == "Phường Hoàn Kiếm"


@pytest.mark.parametrize("text", ["Hàng Bạc", "hang bac", "phường Hàng Bạc", "hàng bạcc", "p hang bac"])
def test_an_old_name_leads_to_the_new_ward_and_is_named(text):
    found = Ward.objects.search(text)[0]
    assert found.name == "Phường Hoàn Kiếm" and "Phường Hàng Bạc" in found.was


def test_a_former_district_lists_all_its_wards_its_namesake_first():
    assert names("quận Đống Đa")[0] == "Phường Đống Đa"
    assert set(names("dong da")) >= {"Phường Đống Đa", "Phường Kim Liên"}


def test_nothing_near_is_nothing():
    assert names("Nha Trang Khánh Hòa") == []


@pytest.mark.parametrize("text", ["", "   "])
def test_no_question_lists_every_ward_by_name(text):
    assert len(names(text)) == 126


@pytest.mark.parametrize("text", ["%", "\x00", "'; DROP", "a" * 10_000, "🙂"])
def test_nonsense_is_answered_calmly(client, text):
    assert client.get("/phuong-xa/", {"q": text}).status_code == 200


def test_one_query_whatever_is_asked(django_assert_num_queries):
    with django_assert_num_queries(1):
        names("hang bac")


def test_scripts_get_json_and_people_a_page(client):
    answer = client.get("/phuong-xa/", {"q": "hang bac"}, headers={"accept": "application/json"})
    assert answer.json()["results"][0] == {"code": "00070", "name": "Phường Hoàn Kiếm", "was": "Phường Hàng Bạc"}
    assert "trước là Phường Hàng Bạc" in client.get("/phuong-xa/", {"q": "hang bac"}).content.decode()

"""A procedure's page: what it asks, costs and promises, and the way in."""

import pytest

from procedures.models import Procedure
from procedures.versions import read
from procedures.words import fees_in_short, name_of, time_words
from tests import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def read_page(client, code, user=None):
    if user:
        client.force_login(user)
    response = client.get(f"/thu-tuc/{code}/")
    assert response.status_code == 200
    return response.content.decode()


def test_it_says_what_who_papers_time_fee_where_and_steps(client):
    html = read_page(client, "1.001193")
    for said in (
        "Đăng ký khai sinh", "1 ngày làm việc", "Miễn phí", "Công dân", "Giấy khai sinh", "Bất kỳ chi nhánh nào",
        "Khi trẻ bị bỏ rơi", "Tùy trường hợp", "Đang kiểm tra và soạn Giấy khai sinh", "60/2014/QH13",
    ):  # fmt: skip
        assert said in html, said


def test_a_table_of_fees_is_said_in_short():
    short = fees_in_short(world.spec("2.000815").fees)
    assert short == "từ 1.000\u00a0₫/trang"


def test_assumed_parts_are_named(client):
    assert "Chưa được xác nhận chính thức: thời hạn" in read_page(client, "2.000815")


def test_every_procedure_has_a_page(client):
    for code in Procedure.objects.values_list("code", flat=True):
        assert "<h1>" in read_page(client, code), code


@pytest.mark.parametrize("code", ["9.999999", "x" * 300, "%00"])
def test_an_unknown_code_is_not_found(client, code):
    assert client.get(f"/thu-tuc/{code}/").status_code == 404


def test_a_visitor_is_led_to_login_and_back(client):
    assert "/tai-khoan/dang-nhap/?next=/thu-tuc/1.001193/" in read_page(client, "1.001193")


def test_a_procedure_for_the_counter_only_offers_no_online_filing(client):
    codes = [p.code for p in Procedure.objects.all() if "online" not in read(p.published_id).channels]
    if codes:
        assert "Chỉ nộp tại quầy" in read_page(client, codes[0])
    assert "bat-dau" in read_page(client, "1.001193", world.person())


def test_times_and_names_are_said_in_the_readers_language():
    from django.utils import translation

    spec = world.spec("1.001193")
    assert time_words(spec) == "1 ngày làm việc"
    assert name_of(spec) == "Đăng ký khai sinh"
    with translation.override("en"):
        assert name_of(spec) == "Birth registration"


def test_the_page_is_cheap(client, django_assert_max_num_queries):
    read_page(client, "1.001193")
    with django_assert_max_num_queries(2):
        read_page(client, "1.001193")
    client.force_login(world.person())
    with django_assert_max_num_queries(12):
        read_page(client, "1.001193")

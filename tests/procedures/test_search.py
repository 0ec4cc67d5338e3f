"""Finding a procedure by what people really type."""

import pytest
from django.urls import reverse

from procedures.search import find, listed, near

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def names(q, count=5):
    return [p.short_name for p in find(q)[:count]]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("khai sin", "Đăng ký khai sinh"),
        ("KHAI SINH", "Đăng ký khai sinh"),
        ("dang ky ket hon", "Đăng ký kết hôn"),
        ("kết hôn đăng kí", "Đăng ký kết hôn"),
        ("ho kinh doah", "Mở hộ kinh doanh"),
        ("chung thuc", "Chứng thực bản sao (sao y bản chính)"),
        ("sao y", "Chứng thực bản sao (sao y bản chính)"),
        ("sổ đỏ", "Cấp đổi sổ đỏ, sổ hồng"),
        ("ly lich tu phap", "Phiếu lý lịch tư pháp"),
        ("giấy độc thân", "Giấy xác nhận tình trạng hôn nhân"),
        ("bằng lái xe", "Đổi giấy phép lái xe"),
    ],
)
def test_accents_slips_and_other_words_are_forgiven(typed, meant):
    assert meant in names(typed)


@pytest.mark.parametrize("typed", ["1.001193", " 1.001193 ", "001193", "1.001193."])
def test_a_code_finds_its_procedure(typed):
    assert [p.code for p in find(typed)] == ["1.001193"]


def test_the_same_words_decomposed_find_the_same():
    import unicodedata

    assert names(unicodedata.normalize("NFD", "kết hôn")) == names("kết hôn")


def test_nothing_typed_lists_everything_most_used_first():
    everything = list(find(""))
    assert len(everything) == listed().count() == 150
    assert everything[0].popularity == max(p.popularity for p in everything)


@pytest.mark.parametrize("typed", ["xyzzyqqq", "%_%", "'; drop table procedures_procedure; --", "😀😀😀"])
def test_what_nobody_means_finds_nothing_and_suggests_something(typed, client):
    assert not find(typed)
    assert near(typed)
    html = client.get(reverse("procedures:list"), {"q": typed}).content.decode()
    assert "Không tìm thấy" in html and "Có thể anh/chị cần" in html


@pytest.mark.parametrize("typed", ["a" * 10_000, "khai sinh\0", "\0", "\u202ekhai sinh", "  ", "..."])
def test_no_text_breaks_the_page(typed, client):
    assert client.get(reverse("procedures:list"), {"q": typed}).status_code == 200


@pytest.mark.parametrize("key", ["linh-vuc", "su-kien", "doi-tuong", "trang"])
@pytest.mark.parametrize("value", ["không-có", "\0", "x" * 5000, "-1", "99999999999999999999"])
def test_no_filter_breaks_the_page(key, value, client):
    assert client.get(reverse("procedures:list"), {key: value}).status_code == 200


def test_filters_stand_in_the_address_and_narrow(client):
    html = client.get("/thu-tuc/?su-kien=birth&doi-tuong=citizen").content.decode()
    assert "Đăng ký khai sinh" in html and "Mở hộ kinh doanh" not in html
    assert client.get("/thu-tuc/?event=birth").content.decode().count("<li>") == html.count("<li>")


def test_the_list_costs_the_same_whatever_is_found(client, django_assert_max_num_queries):
    client.get("/thu-tuc/")  # versions are read once a process
    with django_assert_max_num_queries(5):
        client.get("/thu-tuc/")
    with django_assert_max_num_queries(6):  # and one among what the city does not take online
        client.get("/thu-tuc/?q=khai+sinh")


def test_pages_follow_each_other(client):
    assert "Trang 1 trong 8" in client.get("/thu-tuc/").content.decode()
    assert "Trang 8 trong 8" in client.get("/thu-tuc/?trang=8").content.decode()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("đăng ki khai snh", "1.001193"),
        ("khai sin", "1.001193"),
        ("dang ky ket hon", "1.000894"),
        ("chung thuc", "2.000815"),
        ("giay phep xay dung", "1.013225"),
    ],
)
def test_what_most_people_mean_comes_first(catalogue, typed, first):
    assert find(typed)[0].code == first

"""The portal's own pages in a real browser: accessible, small enough for any screen, and alive without scripts."""

import pytest
from axe_core_python.sync_playwright import Axe
from django.urls import reverse

from accounts.models import User
from places.models import FormerDistrict, FormerWard, Ward, WardChange
from procedures.models import LifeEvent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "sen-hong-ho-tay-9"
PUBLIC = ["/", "/tai-khoan/dang-nhap/", "/tai-khoan/dang-ky/", "/phuong-xa/?q=xx", "/tro-nang/", "/khong-co/"]
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
        .map((e) => `${e.tagName}.${e.className}`)"""
PRIVATE = [
    "/tai-khoan/ho-so-ca-nhan/", "/tai-khoan/thu-dien-tu/", "/tai-khoan/mat-khau/", "/tai-khoan/phien-dang-nhap/",
    "/tai-khoan/xac-minh-hai-lop/", "/tai-khoan/xac-minh-hai-lop/ung-dung/", "/tai-khoan/xac-minh-hai-lop/khoa/them/",
]  # fmt: skip


@pytest.fixture
def person(db):
    return User.objects.create_user("anh", "anh@example.com", PASSWORD, full_name="Lê Thị Ánh")


def log_in(page, to="/"):
    page.goto(f"/tai-khoan/dang-nhap/?next={to}")
    page.fill("[name=login]", "anh")
    page.fill("[name=password]", PASSWORD)
    page.click("form.panel .actions .btn:not(.link)")
    page.wait_for_url(f"**{to}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page_factory, person, scheme):
    LifeEvent.objects.get_or_create(key="birth", defaults={"name": "Sinh con", "text": "Khai sinh", "icon": "baby"})
    page = page_factory({"width": 390, "height": 844}, color_scheme=scheme, bypass_csp=True)
    found = {}
    for path in PUBLIC:
        page.goto(path)
        found[path] = [v["id"] for v in Axe().run(page)["violations"]]
    log_in(page)
    for path in PRIVATE:
        page.goto(path)
        found[path] = [v["id"] for v in Axe().run(page)["violations"]]
    assert {path: ids for path, ids in found.items() if ids} == {}


@pytest.mark.parametrize("cookie", ["", "lon"])
def test_nothing_is_cut_off_on_the_narrowest_screen(page_factory, person, live_server, cookie):
    page = page_factory({"width": 320, "height": 640})
    page.context.add_cookies([{"name": "hien-thi", "value": cookie, "url": live_server.url}])
    log_in(page)
    for path in PUBLIC + PRIVATE:
        page.goto(path)
        assert page.evaluate(TOO_WIDE) == [], path


def test_the_menu_and_login_work_without_scripts(page_factory, person):
    page = page_factory({"width": 390, "height": 844}, java_script_enabled=False)
    page.goto("/")
    page.click(".menu summary")
    page.click(".menu .who .btn")
    page.fill("[name=login]", "anh")
    page.fill("[name=password]", PASSWORD)
    page.click("form.panel .actions .btn:not(.link)")
    assert "Xin chào Lê Thị Ánh" in page.inner_text("main")


def test_a_double_click_makes_one_account(phone_page):
    phone_page.goto("/tai-khoan/dang-ky/")
    for name, value in [
        ("full_name", "Lê Thị Ánh"),
        ("phone", "0912345678"),
        ("password1", PASSWORD),
        ("password2", PASSWORD),
    ]:
        phone_page.fill(f"[name={name}]", value)
    phone_page.dblclick("form.panel .actions .btn")
    phone_page.wait_for_selector("[name=code]")
    assert "Tin nhắn vừa được gửi đến 0912 345 678" in phone_page.inner_text("main")
    assert User.objects.count() == 1


def test_a_ward_is_found_by_its_former_name_and_the_keyboard(desk_page, person):
    district = FormerDistrict.objects.create(code="x99", name="Quận Thử", latitude=21, longitude=105)
    place = {"latitude": 21, "longitude": 105, "former_district": district, "kind": "Phường"}
    ward = Ward.objects.create(code="99901", name="Phường Rồng Vàng", search="phuong rong vang", **place)
    former = FormerWard.objects.create(
        code="99902", name="Phường Cầu Gỗ Cũ", district=district, search="phuong cau go cu"
    )
    WardChange.objects.create(former_ward=former, ward=ward, share="whole")
    log_in(desk_page, reverse("accounts:profile"))
    field = desk_page.get_by_role("combobox", name="phường, xã")
    field.press_sequentially("cau go cu")
    desk_page.get_by_role("option").first.wait_for()
    field.press("ArrowDown")
    field.press("Enter")
    assert field.input_value() == "Phường Rồng Vàng"
    desk_page.click("form.form .actions .btn")
    desk_page.wait_for_selector(".messages")
    person.refresh_from_db()
    assert person.ward_id == "99901"


def test_a_password_can_be_seen_before_it_is_sent(desk_page):
    desk_page.goto("/tai-khoan/dang-nhap/")
    desk_page.fill("[name=password]", "abc")
    desk_page.click(".reveal .btn")
    assert desk_page.get_attribute("[name=password]", "type") == "text"


def test_a_slash_goes_to_the_search(desk_page):
    desk_page.goto("/")
    desk_page.keyboard.press("/")
    assert desk_page.evaluate("document.activeElement.name") == "q"


def test_large_print_is_one_press_away(phone_page):
    phone_page.goto("/")
    before = phone_page.evaluate("getComputedStyle(document.body).fontSize")
    phone_page.get_by_role("button", name="Chữ lớn").click()
    phone_page.wait_for_selector("html.large")
    assert float(phone_page.evaluate("getComputedStyle(document.body).fontSize")[:-2]) > float(before[:-2]) * 1.2

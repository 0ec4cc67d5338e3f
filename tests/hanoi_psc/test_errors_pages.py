"""What went wrong is told in Vietnamese, with a way back and nothing lost."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path, reverse
from django.views.decorators.csrf import requires_csrf_token

from accounts.models import User
from hanoi_psc import errors
from hanoi_psc.urls import handler400, handler403, handler404, handler429, handler500  # noqa: F401
from hanoi_psc.urls import urlpatterns as real


def forbidden(request):
    raise PermissionDenied("Chỉ chủ hồ sơ được xem.")


def broken(request):
    raise OperationalError("the database is away")


@requires_csrf_token
def takes(request):
    return HttpResponse(str(len(request.POST) + len(request.FILES)))


urlpatterns = [
    path("cam/", forbidden),
    path("hong/", broken),
    path("nhan/", takes),
    path("nhieu/", errors.too_many_requests),
    *real,
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def page(response, status):
    assert response.status_code == status
    html = response.content.decode()
    assert '<html lang="vi"' in html and 'href="/"' in html
    return html


def test_an_unknown_address_offers_home(client):
    assert "Không có trang này" in page(client.get("/khong-co-trang-nay/"), 404)


def test_an_unknown_address_is_not_repeated_as_markup(client):
    assert "<script>alert" not in page(client.get("/<script>alert(1)</script>/"), 404)


def test_a_forbidden_page_says_why_and_offers_login_with_the_way_back(client):
    html = page(client.get("/cam/?a=1"), 403)
    assert "Chỉ chủ hồ sơ được xem." in html
    assert f"{reverse('account_login')}?next=/cam/%3Fa%3D1" in html


def test_a_forbidden_page_names_who_is_logged_in(client):
    client.force_login(User.objects.create(username="anh", full_name="Lê Thị Ánh"))
    assert "Lê Thị Ánh" in page(client.get("/cam/"), 403)


def test_an_expired_session_tells_how_to_keep_what_was_typed_and_leads_back():
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(
        "/tai-khoan/dang-nhap/", {"login": "anh"}, headers={"referer": "http://testserver/tai-khoan/dang-nhap/"}
    )
    html = page(response, 403)
    assert "Phiên làm việc đã hết" in html and 'href="http://testserver/tai-khoan/dang-nhap/"' in html


def test_the_way_back_never_leaves_the_portal():
    strict = Client(enforce_csrf_checks=True)
    html = page(strict.post("/nhan/", headers={"referer": "https://evil.example/"}), 403)
    assert "evil.example" not in html


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
def test_too_much_in_one_form_is_413_with_the_limits(client):
    html = page(client.post("/nhan/", {"a": "x" * 2000}), 413)
    assert "Gửi quá nhiều trong một lần" in html and "10 MB" in html


@override_settings(DATA_UPLOAD_MAX_NUMBER_FILES=1)
def test_too_many_files_are_413(client):
    from django.core.files.uploadedfile import SimpleUploadedFile as File

    page(client.post("/nhan/", {"a": File("a.pdf", b"1"), "b": File("b.pdf", b"2")}), 413)


def test_a_broken_form_body_is_a_page(client):
    page(client.post("/nhan/", b"--x", content_type="multipart/form-data; boundary="), 400)


def test_too_many_requests_is_a_page(client):
    assert "Xin chờ một lát" in page(client.get("/nhieu/"), 429)


def test_a_crash_is_a_page_with_the_name_of_the_request(client):
    client.raise_request_exception = False
    html = page(client.get("/hong/", headers={"x-request-id": "kiem-thu-1"}), 500)
    assert "Hệ thống gặp trục trặc" in html and "kiem-thu-1" in html


def test_the_page_of_a_crash_needs_no_database(rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert errors.server_error(rf.get("/")).status_code == 500


def test_a_crash_in_the_page_of_a_crash_is_still_an_answer(rf, monkeypatch):
    def fail(name):
        raise RuntimeError(name)

    monkeypatch.setattr(errors, "get_template", fail)
    assert "trục trặc" in errors.server_error(rf.get("/")).content.decode()


def test_error_pages_speak_english_to_those_who_chose_it(client):
    client.cookies["django_language"] = "en"
    assert '<html lang="en"' in client.get("/khong-co/").content.decode()

"""Filing in the browser, page by page, as a person does it."""

import pytest

from dossiers.life import Status
from dossiers.models import Dossier
from tests import world
from tests.dossiers.citizen_steps import filled, logged_in, started, submit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def read(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


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


def test_the_task_list_says_what_is_done_and_what_is_missing():
    me = world.person()
    draft = started(me)
    html = read(logged_in(me).get(f"/ho-so/nhap/{draft.pk}/"))
    assert "Bản nháp — chưa nộp" in html and "Chưa làm" in html and "Chưa mở được" in html
    html = read(logged_in(me).get(f"/ho-so/nhap/{filled(me).pk}/"))
    assert "Sẵn sàng" in html and "Nếu nộp và được tiếp nhận" in html

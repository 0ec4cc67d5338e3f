"""Files in a real browser: the clerk looks at papers beside the checklist, a citizen saves one."""

import io

import pytest
from PIL import Image

from tests import world
from tests.conftest import DESK, PHONE
from tests.dossiers.test_file_checks import office

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.usefixtures("catalogue")]


def drawn(frame) -> bool:
    """Whether the first page shows: a picture that did not come has no width."""
    picture = frame.locator("img").first
    picture.wait_for()
    return picture.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 100


def first_page(page, act) -> str:
    """The address of the first page's picture that comes after `act`. The frame takes no scripts, a test's neither."""
    with page.expect_response(lambda answer: answer.url.endswith("/1.jpg")) as got:
        act()
    assert got.value.status == 200 and Image.open(io.BytesIO(got.value.body())).width > 100
    return got.value.url


def test_a_clerk_looks_at_one_paper_after_the_other_beside_the_checklist(signed_in):
    dossier = world.submitted()
    first = dossier.attachments.first()
    photo = io.BytesIO()
    Image.new("RGB", (400, 300), "green").save(photo, "JPEG")
    second = world.upload(dossier.owner, "anh.jpg", photo.getvalue())
    second = dossier.attachments.create(file=second, requirement=first.requirement)
    page = signed_in(world.clerk(dossier.branch), DESK)
    shown = first_page(page, lambda: page.goto(f"/can-bo/ho-so/{dossier.code}/"))
    assert f"/tep/{first.pk}/xem/" in shown
    link = page.locator("li", has_text="anh.jpg").locator("a[data-view]")
    assert f"/tep/{second.pk}/xem/" in first_page(page, link.click)
    frame = page.locator("#xem iframe").bounding_box()
    with page.expect_download() as saved:
        page.mouse.click(frame["x"] + frame["width"] - 60, frame["y"] + 32)  # “Tải về”, at the right above the page
    assert saved.value.suggested_filename == "anh.jpg"


def test_a_citizen_opens_a_paper_and_a_link_sent_to_another_opens_nothing(signed_in):
    dossier = world.submitted()
    paper = dossier.attachments.first()
    page = signed_in(dossier.owner, PHONE)
    page.goto(f"/tep/{paper.pk}/")
    assert drawn(page) and "/xem/" in page.url
    other = signed_in(dossier.owner, PHONE)
    other.goto(page.url)
    other.get_by_role("link", name="Mở lại tệp").click()
    assert drawn(other)
    paper.file = world.upload(dossier.owner, "don.docx", office())
    paper.save()
    page.goto(f"/ho-so/{dossier.code}/")
    page.locator("summary", has_text="Giấy tờ đã nộp").click()
    page.locator("a[target=_blank]").evaluate_all("links => links.forEach(link => link.removeAttribute('target'))")
    with page.expect_download() as saved:
        page.get_by_role("link", name="don.docx").first.click()
    assert saved.value.suggested_filename == "don.docx"

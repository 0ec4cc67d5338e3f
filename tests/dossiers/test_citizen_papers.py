"""Papers of a draft: several files a paper, wrong ones refused beside right ones, limits said in words."""

import pytest

from dossiers.models import Attachment
from tests import world
from tests.dossiers.citizen_steps import filled, logged_in, pdf, read, save, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def attach(user, draft, *files, key="birth_certificate", **more):
    return logged_in(user).post(f"/ho-so/nhap/{draft.pk}/giay-to/", {f"file-{key}": list(files), **more})


def test_several_files_for_one_paper_and_one_taken_away():
    me = world.person()
    draft = filled(me)
    attach(me, draft, pdf("trang1.pdf", world.PDF + b"1"), pdf("trang2.pdf", world.PDF + b"2"))
    html = read(logged_in(me).get(f"/ho-so/nhap/{draft.pk}/giay-to/"))
    assert "trang1.pdf" in html and "trang2.pdf" in html
    gone = next(a for a in Attachment.objects.filter(dossier=draft) if a.file.name == "trang1.pdf")
    logged_in(me).post(f"/ho-so/nhap/{draft.pk}/giay-to/", {"remove": gone.pk})
    assert "trang1.pdf" not in read(logged_in(me).get(f"/ho-so/nhap/{draft.pk}/giay-to/"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rong.pdf", b"", "trống"),
        ("cai-dat.pdf", b"MZ\x90\x00" + b"\0" * 100, "Chỉ nhận tệp PDF"),
        ("phim.mp4", b"\0\0\0\x18ftypmp42", "Chỉ nhận tệp PDF"),
        ("to.pdf", world.PDF + b"\0" * (10 * 1024 * 1024), "lớn hơn 10 MB"),
    ],
)
def test_a_wrong_file_is_refused_and_the_right_one_beside_it_kept(name, content, said):
    me = world.person()
    draft = started(me)
    save(me, draft, "request", relation="father", late="no", situation="usual", birth_proof="paper")
    html = read(attach(me, draft, pdf("dung.pdf"), pdf(name, content)))
    assert said in html and "dung.pdf" in html and "Các tệp khác vẫn được giữ" in html


def test_the_twenty_first_file_is_refused_in_words():
    me = world.person()
    draft = filled(me)
    files = [pdf(f"{n}.pdf", world.PDF + str(n).encode()) for n in range(21)]
    assert "tối đa 20 tệp" in read(attach(me, draft, *files))
    assert draft.attachments.count() == 20


def test_thirty_files_at_once_get_a_page_that_says_the_limit():
    me = world.person()
    draft = filled(me)
    before = draft.attachments.count()
    response = attach(me, draft, *[pdf(f"{n}.pdf", world.PDF + str(n).encode()) for n in range(30)])
    assert response.status_code == 413 and "20" in response.content.decode()
    assert draft.attachments.count() == before


@pytest.mark.parametrize("remove", ["abc", "-1", "9" * 40, "\0"])
def test_removing_nothing_does_no_harm(remove):
    me = world.person()
    draft = filled(me)
    before = draft.attachments.count()
    logged_in(me).post(f"/ho-so/nhap/{draft.pk}/giay-to/", {"remove": remove})
    assert draft.attachments.count() == before

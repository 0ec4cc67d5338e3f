"""Stored files: sealed on the disk, handed out by links of one session, looked at as pictures of our own."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pikepdf
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, connections
from django.test import Client
from PIL import Image

import worktime
from accounts.models import ApiToken
from dossiers import file_links, sealed, storage
from dossiers.models import SpentLink, StoredFile
from dossiers.sealed import path_of
from keys.ring import CannotOpen
from tests import world

pytestmark = pytest.mark.django_db
KEYS = ["1:" + "A" * 43 + "=", "2:" + "B" * 42 + "A="]


def logged_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def on_disk(file: StoredFile) -> bytes:
    with default_storage.open(path_of(file.content_key, file.key_version), "rb") as stored:
        return stored.read()


@pytest.fixture
def paper(catalogue):
    """A PDF of a dossier that was filed."""
    dossier = world.submitted()
    return dossier.attachments.select_related("file", "dossier__owner").first()


# --- on the disk ------------------------------------------------------------------------------------------------------
def test_neither_disk_nor_database_confirms_a_known_file():
    secret = world.PDF + b"% Nguyen Van An 001190000001"
    file = world.upload(world.person(), "giay-cua-an.pdf", secret)
    digest = hashlib.sha256(secret).hexdigest()
    stored = on_disk(file)
    assert b"001190000001" not in stored and b"%PDF" not in stored
    assert digest not in path_of(file.content_key, file.key_version)
    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text FROM dossiers_storedfile s WHERE id = %s", [file.pk])
        row = cursor.fetchone()[0]
    assert digest not in row and "giay-cua-an" not in row and hashlib.md5(secret).hexdigest() not in row
    assert StoredFile.objects.get(pk=file.pk).name == "giay-cua-an.pdf"
    assert storage.open_file(file).read() == secret


def test_equal_contents_are_one_file_on_the_disk():
    one, two = world.upload(world.person()), world.upload(world.person())
    assert (one.content_key, one.key_version) == (two.content_key, two.key_version) and one.pk != two.pk


def test_bytes_that_were_changed_or_moved_do_not_open():
    one = world.upload(world.person())
    two = world.upload(world.person(), content=world.PDF + b"% hai")
    path = path_of(one.content_key, one.key_version)
    default_storage.delete(path)
    default_storage.save(path, ContentFile(on_disk(two)))
    with pytest.raises(CannotOpen):
        sealed.read(one.content_key, one.key_version)
    with pytest.raises(FileNotFoundError):
        storage.open_file(one)


def test_a_crash_in_the_middle_of_writing_is_mended_by_the_next_upload():
    file = world.upload(world.person())
    path, whole = path_of(file.content_key, file.key_version), on_disk(file)
    default_storage.delete(path)
    default_storage.save(path, ContentFile(whole[:20]))
    world.upload(world.person())
    assert storage.open_file(file).read() == world.PDF


def test_the_api_answers_an_upload_with_its_hash_and_keeps_none(client):
    client.force_login(world.person())
    upload = io.BytesIO(world.PDF)
    upload.name = "a.pdf"
    answer = client.post("/api/v1/files/", {"file": upload}).json()
    assert answer["sha256"] == hashlib.sha256(world.PDF).hexdigest()
    assert not StoredFile.objects.filter(content_key=answer["sha256"]).exists()


# --- under another key ------------------------------------------------------------------------------------------------
def test_rotation_seals_every_file_again_and_forgets_the_old_bytes(settings, django_capture_on_commit_callbacks):
    settings.FIELD_KEYS = KEYS[:1]
    person = world.person()
    files = [world.upload(person, content=world.PDF + b"%% %d" % n) for n in range(3)]
    stale = StoredFile.objects.get(pk=files[0].pk)
    settings.FIELD_KEYS = KEYS
    with django_capture_on_commit_callbacks(execute=True):
        assert sealed.reseal(2) == 2
    with django_capture_on_commit_callbacks(execute=True):
        assert (sealed.reseal(2), sealed.reseal(2)) == (1, 0)
    settings.FIELD_KEYS = KEYS[1:]
    for n, file in enumerate(files):
        file.refresh_from_db(fields=["key_version"])
        assert file.key_version == 2 and storage.open_file(file).read() == world.PDF + b"%% %d" % n
        assert not default_storage.exists(path_of(file.content_key, 1))
    assert storage.open_file(stale).read() == world.PDF + b"% 0"  # a request that read the row just before


def test_files_of_before_are_read_and_then_sealed(django_capture_on_commit_callbacks):
    content = world.PDF + b"% cu"
    digest = hashlib.sha256(content).hexdigest()
    default_storage.save(path_of(digest, 0), ContentFile(content))
    more = {"size": len(content), "content_type": "application/pdf", "uploaded_by": world.person()}
    rows = [StoredFile.objects.create(content_key=digest, name=f"{n}.pdf", **more) for n in range(2)]
    assert storage.open_file(rows[0]).read() == content
    with django_capture_on_commit_callbacks(execute=True):
        assert (sealed.reseal(), sealed.reseal()) == (1, 0)
    assert not default_storage.exists(path_of(digest, 0))
    for row in rows:
        row.refresh_from_db()
        assert row.key_version and row.content_key != digest and storage.open_file(row).read() == content


def test_a_damaged_file_does_not_stand_in_the_way_of_the_others(settings, django_capture_on_commit_callbacks):
    settings.FIELD_KEYS = KEYS[:1]
    files = [world.upload(world.person(), content=world.PDF + b"%% %d" % n) for n in range(3)]
    first = min(files, key=lambda f: f.content_key)
    default_storage.delete(path_of(first.content_key, 1))
    settings.FIELD_KEYS = KEYS
    with django_capture_on_commit_callbacks(execute=True):
        assert (sealed.reseal(1), sealed.reseal(5), sealed.reseal(5)) == (1, 1, 0)


def test_rotate_keys_knows_of_files():
    from keys.rotation import STEPS

    assert STEPS["stored files"] is sealed.reseal


# --- links ------------------------------------------------------------------------------------------------------------
def test_a_link_is_worth_nothing_in_another_session_or_later(paper):
    me = logged_in(paper.dossier.owner)
    url = me.get(f"/tep/{paper.pk}/").url
    assert f"/tep/{paper.pk}/xem/" in url
    assert [me.get(url).status_code for _ in range(3)] == [200, 200, 200]
    other = logged_in(paper.dossier.owner).get(url)
    assert other.status_code == 410 and f'href="/tep/{paper.pk}/"' in other.content.decode()
    assert logged_in(world.person()).get(url).status_code == 404
    assert Client().get(url).status_code == 302
    with worktime.at(worktime.now() + timedelta(minutes=6)):
        assert me.get(url).status_code == 410
        assert me.get(f"/tep/{paper.pk}/", follow=True).status_code == 200


def test_a_download_link_works_once(paper):
    me = logged_in(paper.dossier.owner)
    url = me.get(f"/tep/{paper.pk}/tai/").url
    assert me.head(url).status_code == 200
    first = me.get(url)
    assert b"".join(first.streaming_content) == world.PDF
    assert me.get(url).status_code == 410
    with worktime.at(worktime.now() + timedelta(minutes=6)):
        assert file_links.forget_spent() == 1 and me.get(url).status_code == 410


@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_one_gets_the_file(paper):
    me = logged_in(paper.dossier.owner)
    url = me.get(f"/tep/{paper.pk}/tai/").url

    def get(_n):
        try:
            client = Client()
            client.cookies = me.cookies
            return client.get(url).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(get, range(16)))
    assert statuses == [200] + [410] * 15 and SpentLink.objects.count() == 1


def test_a_link_opens_nothing_but_its_own_file_in_its_own_way(paper):
    me = logged_in(paper.dossier.owner)
    other = (
        paper.dossier.attachments.exclude(pk=paper.pk).first()
        or world.submitted(owner=paper.dossier.owner).attachments.first()
    )
    token = me.get(f"/tep/{paper.pk}/").url.split("/")[4]
    assert me.get(f"/tep/{other.pk}/xem/{token}/").status_code == 410
    assert me.get(f"/tep/{paper.pk}/tai/{token}/").status_code == 410
    assert me.get(f"/tep/{paper.pk}/xem/{token[:-2]}xx/").status_code == 410
    assert me.get(f"/tep/{paper.pk}/xem/x/").status_code == 410


def test_whoever_may_no_longer_see_the_dossier_has_no_use_of_the_link(paper):
    clerk = world.clerk(paper.dossier.branch)
    desk = logged_in(clerk)
    url = desk.get(f"/tep/{paper.pk}/").url
    assert desk.get(url).status_code == 200
    clerk.postings.all().delete()
    assert desk.get(url).status_code == 404


def test_a_program_gets_the_file_by_its_token(paper):
    bearer = {"Authorization": f"Bearer {ApiToken.issue(paper.dossier.owner)}"}
    answer = Client().get(f"/tep/{paper.pk}/", headers=bearer)
    assert b"".join(answer.streaming_content) == world.PDF and answer["X-Content-Type-Options"] == "nosniff"
    stranger = {"Authorization": f"Bearer {ApiToken.issue(world.person())}"}
    assert Client().get(f"/tep/{paper.pk}/", headers=stranger).status_code == 404
    assert Client().get(f"/tep/{paper.pk}/", headers={"Authorization": "Bearer x"}).status_code == 401
    # A session is no way around the links.
    assert (
        logged_in(paper.dossier.owner).get(f"/tep/{paper.pk}/", headers={"Authorization": "Basic x"}).status_code == 401
    )


def test_every_answer_says_how_it_is_to_be_kept(paper):
    me = logged_in(paper.dossier.owner)
    look = me.get(f"/tep/{paper.pk}/")
    token = look.url.split("/")[4]
    saved = me.get(f"/tep/{paper.pk}/tai/", follow=True)
    answers = [
        look,
        me.get(look.url),
        me.get(f"/tep/{paper.pk}/xem/{token}/1.jpg"),
        saved,
        me.get(f"/tep/{paper.pk}/xem/x/"),
    ]
    for answer in answers:
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "sandbox" in policy and "script" not in policy
        assert answer["Cache-Control"] == "private, no-store" and answer["X-Content-Type-Options"] == "nosniff"
    assert saved["Content-Disposition"].startswith("attachment")


# --- looking --------------------------------------------------------------------------------------------------------
def shown(person, paper, number: int = 1):
    client = logged_in(person)
    token = client.get(f"/tep/{paper.pk}/").url.split("/")[4]
    return client.get(f"/tep/{paper.pk}/xem/{token}/{number}.jpg")


def replaced(paper, name: str, content: bytes):
    paper.file = world.upload(paper.dossier.owner, name, content)
    paper.save()
    return paper


def test_a_pdf_is_drawn_page_by_page(paper):
    made, out = pikepdf.new(), io.BytesIO()
    for _ in range(3):
        made.add_blank_page(page_size=(200, 300))
    made.save(out)
    owner = paper.dossier.owner
    replaced(paper, "ba-trang.pdf", out.getvalue())
    page = logged_in(owner).get(f"/tep/{paper.pk}/", follow=True).content.decode()
    assert page.count("<img") == 3 and "3 trang" in page and "<script" not in page
    answer = shown(owner, paper, 3)
    assert answer["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(answer.content)).size == (1600, 2400)
    assert [shown(owner, paper, n).status_code for n in (0, 4, 51, 10**6)] == [404] * 4


def test_a_picture_is_drawn_again_upright_and_without_what_the_camera_wrote(paper):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Máy của An"  # turned by a quarter; the maker
    exif.get_ifd(0x8825)[2] = (21.0, 1.0, 40.0)  # latitude
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, "JPEG", exif=exif, comment=b"001190000001")
    replaced(paper, "anh.jpg", out.getvalue())
    drawn = shown(paper.dossier.owner, paper).content
    picture = Image.open(io.BytesIO(drawn))
    assert picture.size == (40, 60) and not picture.getexif() and "comment" not in picture.info
    assert b"001190000001" not in drawn and "Máy của An".encode() not in drawn


def test_a_picture_one_can_see_through_is_drawn_on_white(paper):
    out = io.BytesIO()
    Image.new("RGBA", (30, 30), (0, 0, 0, 0)).save(out, "PNG")
    replaced(paper, "dau.png", out.getvalue())
    thumb = logged_in(paper.dossier.owner).get(f"/tep/{paper.pk}/anh/", follow=True)
    assert Image.open(io.BytesIO(thumb.content)).getpixel((5, 5)) == (255, 255, 255)


def test_word_is_only_downloaded(paper):
    from tests.dossiers.test_file_checks import office

    replaced(paper, "don.docx", office())
    answer = logged_in(paper.dossier.owner).get(f"/tep/{paper.pk}/", follow=True)
    assert answer["Content-Disposition"].startswith("attachment")
    page = logged_in(world.clerk(paper.dossier.branch)).get(f"/can-bo/ho-so/{paper.dossier.code}/?tep={paper.pk}")
    assert "không xem trước được" in page.content.decode() and "<iframe" not in page.content.decode()


def test_a_pdf_from_before_is_counted_when_it_is_looked_at_and_a_broken_one_says_so(paper):
    StoredFile.objects.filter(pk=paper.file_id).update(pages=0)
    me = logged_in(paper.dossier.owner)
    assert "1 trang" in me.get(f"/tep/{paper.pk}/", follow=True).content.decode()
    assert StoredFile.objects.get(pk=paper.file_id).pages == 1
    broken = b"%PDF-1.4 stream " + bytes(300)
    digest = hashlib.sha256(broken).hexdigest()
    if not default_storage.exists(path_of(digest, 0)):
        default_storage.save(path_of(digest, 0), ContentFile(broken))
    StoredFile.objects.filter(pk=paper.file_id).update(content_key=digest, key_version=0, pages=0)
    page = me.get(f"/tep/{paper.pk}/", follow=True)
    assert page.status_code == 200 and "Không dựng được bản xem trước" in page.content.decode()

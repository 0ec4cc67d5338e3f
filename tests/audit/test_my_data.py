"""«Dữ liệu của tôi»: the person sees what is stored and who looked, and takes a copy along; nobody else does."""

import io
import json
import zipfile

import pytest
from django.urls import reverse

from accounts import personal_data
from accounts.record import _unique, archive
from audit.models import AuditEntry
from dossiers.models import Attachment
from tests.world import clerk, person, posted, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
PAGE, DOWNLOAD = "/tai-khoan/du-lieu-cua-toi/", "/tai-khoan/du-lieu-cua-toi/tai-ve/"


def unpacked(client) -> zipfile.ZipFile:
    answer = client.post(DOWNLOAD)
    assert answer.status_code == 200 and answer["Content-Type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_the_person_sees_the_clerks_look_with_its_ground(client):
    dossier = submitted(owner=person())
    officer = clerk(dossier.branch)
    client.force_login(officer)
    client.get(reverse("desk:dossier", args=[dossier.code]))
    client.force_login(posted("INSPECTOR", name="Trần Thanh Tra"))
    client.get(f"/can-bo/thanh-tra/?ho-so={dossier.pk}")
    client.force_login(dossier.owner)
    text = client.get(PAGE).content.decode()
    assert officer.full_name in text and dossier.code in text and "trang hồ sơ" in text
    assert officer.postings.get().label in text and "làm việc tại chi nhánh nhận hồ sơ" in text
    assert "Trần Thanh Tra" in text and "Tra cứu nhật ký" in text
    assert f'href="{PAGE}"' in client.get(reverse("accounts:profile")).content.decode()


def test_nobody_sees_anothers_looks(client):
    dossier = submitted(owner=person())
    officer = clerk(dossier.branch)
    client.force_login(officer)
    client.get(reverse("desk:dossier", args=[dossier.code]))
    client.force_login(person())
    text = client.get(PAGE).content.decode()
    assert officer.full_name not in text and "Chưa có cán bộ nào xem" in text
    client.logout()
    assert client.get(PAGE).status_code == client.post(DOWNLOAD).status_code == 302


def test_the_copy_holds_all_of_theirs_and_nothing_of_others(client):
    owner = person("Phạm Thị Của Tôi", personal_number="001099000123")
    mine, other = submitted(owner=owner), submitted(owner=person("Người Khác Hẳn"))
    client.force_login(owner)
    with unpacked(client) as taken:
        assert taken.testzip() is None
        said = json.loads(taken.read("du-lieu.json"))
        files = [name for name in taken.namelist() if name.startswith("tep/")]
        assert len(files) == Attachment.objects.filter(dossier=mine).count() > 0
        assert all(name.startswith(f"tep/{mine.code}/") for name in files)
        assert taken.read(files[0]).startswith(b"%PDF")
    assert said["account"]["personal_number"] == "001099000123"
    (dossier,) = said["dossiers"]
    assert (dossier["code"], dossier["answers"]) == (mine.code, mine.answers)
    assert dossier["course"][0]["act"] == "Nộp trực tuyến" and said["messages"]
    assert other.code not in json.dumps(said)
    entry = AuditEntry.objects.get(act="export_own_data")
    assert (entry.actor_id, entry.after) == (owner.pk, None)


def test_a_result_not_handed_over_yet_is_not_in_the_copy(client):
    mine = submitted(owner=person())
    paper = Attachment.objects.filter(dossier=mine).first()
    result = Attachment.objects.create(dossier=mine, file=paper.file, purpose="result")
    client.force_login(mine.owner)
    with unpacked(client) as taken:
        said = json.loads(taken.read("du-lieu.json"))
    assert result.pk not in [f["pk"] for f in said["dossiers"][0]["files"]]


def test_a_copy_asks_for_a_login_just_made(client, monkeypatch):
    client.force_login(person())
    monkeypatch.setattr("accounts.second_factor._age", lambda *args: 100_000.0)
    assert client.post(DOWNLOAD).status_code == 302 and not AuditEntry.objects.filter(act="export_own_data").exists()
    monkeypatch.undo()
    assert client.get(DOWNLOAD).url == PAGE


def test_a_file_that_does_not_open_does_not_stop_the_copy(monkeypatch):
    mine = submitted(owner=person())

    def broken(file):
        raise FileNotFoundError

    monkeypatch.setattr("dossiers.personal_data.open_file", broken)
    with zipfile.ZipFile(io.BytesIO(b"".join(archive(mine.owner)))) as taken:
        assert "khong-mo-duoc.txt" in taken.namelist() and mine.code in taken.read("khong-mo-duoc.txt").decode()


def test_no_path_leads_out_of_the_folder_and_none_is_given_twice():
    used = set()
    assert _unique("tep/x/../../etc/passwd", used) == "tep/x/_/_/etc/passwd"
    assert _unique("tep/a.pdf", used) == "tep/a.pdf"
    assert _unique("tep/a.pdf", used) == "tep/2-a.pdf"
    assert "\\" not in _unique("tep/..\\a:b.pdf", used)


def test_every_room_that_keeps_personal_data_is_asked():
    assert {"account", "messages", "dossiers"} <= {holder.key for holder in personal_data.holders()}

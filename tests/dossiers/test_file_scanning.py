"""Malware: refused at the door, marked when nobody could look, blocked when it is found later."""

import io
import socket
import struct
import threading

import pytest
from django.core.cache import cache
from django.test import Client

from audit.services import entries
from dossiers import scanning
from dossiers.errors import Refusal
from dossiers.models import StoredFile
from dossiers.storage import Quarantined, open_file
from notifications.models import Message
from tests import world

pytestmark = pytest.mark.django_db
BAD = world.PDF + b"% EICAR"


class Daemon(threading.Thread):
    """Speaks clamd's INSTREAM over TCP as the daemon does: chunks with their lengths, an empty one, one answer."""

    def __init__(self, says: bytes | None = None):
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self.server.getsockname()[1]}"
        self.says, self.seen = says, []
        self.start()

    def run(self):
        while True:
            try:
                line, _address = self.server.accept()
            except OSError:
                return
            with line, line.makefile("rb") as sent:
                assert sent.read(10) == b"zINSTREAM\0"
                content = io.BytesIO()
                while size := struct.unpack("!L", sent.read(4))[0]:
                    content.write(sent.read(size))
                self.seen.append(content.getvalue())
                found = b"stream: Eicar-Test-Signature FOUND\0" if b"EICAR" in content.getvalue() else b"stream: OK\0"
                line.sendall(found if self.says is None else self.says)

    def stop(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()


@pytest.fixture
def daemon(settings):
    made = Daemon()
    settings.FILE_SCANNER, settings.FILE_SCANNER_URL = "dossiers.scanning.Clamd", made.url
    cache.clear()
    yield made
    if made.is_alive():
        made.stop()
    cache.clear()


def test_what_the_scanner_passes_is_taken_and_says_so(daemon):
    file = world.upload(world.person())
    assert (file.scan, daemon.seen) == ("clean", [world.PDF]) and file.scanned_at


def test_what_the_scanner_finds_is_refused_with_a_sentence(daemon):
    with pytest.raises(Refusal, match="mã độc"):
        world.upload(world.person(), content=BAD)
    assert not StoredFile.objects.exists()


def test_without_a_scanner_a_file_is_taken_and_marked(catalogue):
    dossier = world.submitted()
    assert set(StoredFile.objects.values_list("scan", flat=True)) == {"unscanned"}
    client = Client()
    client.force_login(world.clerk(dossier.branch))
    assert "chưa quét" in client.get(f"/can-bo/ho-so/{dossier.code}/").content.decode()
    assert scanning.scan_waiting() == 0


@pytest.mark.parametrize("says", [b"stream: INSTREAM size limit exceeded ERROR\0", b"", b"UNKNOWN COMMAND\0"])
def test_an_answer_that_is_no_verdict_leaves_the_file_unscanned(settings, says):
    odd = Daemon(says)
    settings.FILE_SCANNER, settings.FILE_SCANNER_URL = "dossiers.scanning.Clamd", odd.url
    cache.clear()
    assert world.upload(world.person()).scan == "unscanned"
    odd.stop()
    cache.clear()


def test_a_scanner_that_is_away_costs_a_mark_and_the_sweep_looks_later(daemon):
    person = world.person()
    daemon.stop()
    daemon.join()
    first, second = world.upload(person), world.upload(person, content=world.PDF + b"% hai")
    assert {first.scan, second.scan} == {"unscanned"}
    back = Daemon()
    scanning.settings.FILE_SCANNER_URL = back.url
    assert scanning.scan_waiting() == 0  # still within the pause after a failure
    cache.clear()
    assert scanning.scan_waiting() == 2
    assert set(StoredFile.objects.values_list("scan", flat=True)) == {"clean"}
    assert sorted(back.seen) == sorted([world.PDF, world.PDF + b"% hai"])
    back.stop()


def test_what_is_found_later_is_blocked_and_told(daemon, settings, catalogue):
    settings.FILE_SCANNER = ""
    dossier = world.submitted()
    clerk = world.clerk(dossier.branch)
    paper = dossier.attachments.select_related("file").first()
    bad = world.upload(dossier.owner, "xau.pdf", BAD)
    paper.file = bad
    paper.save()
    settings.FILE_SCANNER = "dossiers.scanning.Clamd"
    assert scanning.scan_waiting() >= 1
    bad.refresh_from_db()
    assert bad.scan == "infected"
    with pytest.raises(Quarantined):
        open_file(bad)
    _nobody_gets(paper, clerk, dossier.owner)
    assert "file_infected" in {e.act for e in entries(dossier.chain)}
    told = Message.objects.filter(template="file_infected", recipient=clerk)
    assert told.count() == 1
    client = Client()
    client.force_login(clerk)
    assert "có mã độc, đã chặn" in client.get(f"/can-bo/ho-so/{dossier.code}/").content.decode()
    settings.FILE_SCANNER = ""
    with pytest.raises(Refusal, match="mã độc"):  # known by now, scanner or not
        world.upload(world.person(), content=BAD)


def _nobody_gets(paper, *people):
    for person in people:
        client = Client()
        client.force_login(person)
        for end in ("", "tai/", "anh/"):
            answer = client.get(f"/tep/{paper.pk}/{end}", follow=True)
            assert answer.status_code == 403 and "mã độc" in answer.content.decode()

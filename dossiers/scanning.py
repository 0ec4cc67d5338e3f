"""Looking for malware in files, by whatever scanner the deployment has (FILE_SCANNER).

Without one, or while it is away, a file is taken and marked “chưa quét”; the sweep scans it later. A file found to be
infected later is never handed out again, and those who work on its dossiers are told.
"""

import logging
import socket
import struct
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from audit.services import SYSTEM
from branches.models import Role
from dossiers import sealed, telling
from dossiers.errors import Refusal
from dossiers.models import Attachment, Dossier, StoredFile
from dossiers.recording import Trail
from keys.ring import CannotOpen
from worktime import now

logger = logging.getLogger(__name__)
Scan = StoredFile.Scan
AWAY_SECONDS = 30  # an upload does not wait again for a scanner that was away a moment ago


class ScannerAway(Exception):
    """No verdict: the scanner cannot be reached, or did not understand."""


class Scanner(Protocol):
    """What FILE_SCANNER names: made without arguments, once a scan."""

    def infected(self, content: bytes) -> bool:
        """Whether malware was found. Raises ScannerAway."""


class Clamd:
    """ClamAV's daemon at FILE_SCANNER_URL (tcp://host:3310 or unix:///run/clamd.sock), by its INSTREAM command."""

    connect_seconds, scan_seconds = 2, 30

    def infected(self, content: bytes) -> bool:
        try:
            with self._connect() as line:
                line.settimeout(self.scan_seconds)
                line.sendall(b"zINSTREAM\0" + struct.pack("!L", len(content)) + content + struct.pack("!L", 0))
                answer = self._answer(line)
        except OSError as error:
            raise ScannerAway(type(error).__name__) from None
        if answer.endswith(b" FOUND"):
            return True
        if answer == b"stream: OK":
            return False
        raise ScannerAway(answer[:100].decode("ascii", "replace"))

    def _connect(self) -> socket.socket:
        url = urlsplit(settings.FILE_SCANNER_URL)
        if url.scheme == "unix":
            line = socket.socket(socket.AF_UNIX)
            line.settimeout(self.connect_seconds)
            line.connect(url.path)
            return line
        return socket.create_connection((url.hostname, url.port or 3310), timeout=self.connect_seconds)

    @staticmethod
    def _answer(line: socket.socket) -> bytes:
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < 4096:
            part = line.recv(4096)
            if not part:
                break
            answer += part
        return answer.rstrip(b"\0").strip()


def first_look(content: bytes, key: str) -> str:
    """The state of an upload before it is kept. Raises Refusal for what is infected, or was found to be before."""
    state = _scan(content)
    if state == Scan.INFECTED or StoredFile.objects.filter(content_key=key, scan=Scan.INFECTED).exists():
        raise Refusal(
            _("Tệp này có mã độc nên không nhận. Hãy quét vi-rút máy của anh/chị, rồi chụp hoặc xuất lại giấy tờ."),
            code="infected",
            field="file",
        )
    return state


def _scan(content: bytes) -> str:
    if not settings.FILE_SCANNER or cache.get("file-scanner-away"):
        return Scan.UNSCANNED
    try:
        return Scan.INFECTED if import_string(settings.FILE_SCANNER)().infected(content) else Scan.CLEAN
    except ScannerAway as error:
        logger.warning("file scanner is away: %s", error)
        cache.set("file-scanner-away", True, AWAY_SECONDS)
        return Scan.UNSCANNED


def scan_waiting(*, limit: int = 200) -> int:
    """Scan files that were taken without; returns how many. Stops while the scanner is away."""
    done, last = 0, ""
    while settings.FILE_SCANNER and done < limit:
        waiting = StoredFile.objects.filter(scan=Scan.UNSCANNED, content_key__gt=last).order_by("content_key")
        file = waiting.first()
        if file is None:
            return done
        last = file.content_key
        try:
            state = _scan(sealed.read(file.content_key, file.key_version))
        except (FileNotFoundError, CannotOpen) as error:
            logger.error("a stored file cannot be scanned: %s", type(error).__name__)
            continue
        if state == Scan.UNSCANNED:
            return done
        _mark(last, state)
        done += 1
    return done


@transaction.atomic
def _mark(key: str, state: str) -> None:
    """Write the verdict on every row of this content; an infected one is told of in each dossier that has it."""
    sealed.lock(key)
    StoredFile.objects.filter(content_key=key).update(scan=state, scanned_at=now())
    if state != Scan.INFECTED:
        return
    rows = Attachment.objects.present().filter(file__content_key=key).order_by("dossier_id", "pk")
    for attachment in rows.select_related("dossier", "dossier__assignee"):
        dossier = attachment.dossier
        Trail(dossier, SYSTEM).write("file_infected", at=now(), attachment=attachment.pk)
        if not dossier.is_draft:
            telling.tell_staff(dossier, "file_infected", _workers(dossier), dedupe=f"infected:{attachment.pk}")


def _workers(dossier: Dossier) -> list:
    """Whoever has the dossier now; the branch's clerks while nobody has."""
    return [dossier.assignee] if dossier.assignee else telling.people(Role.CLERK, dossier)

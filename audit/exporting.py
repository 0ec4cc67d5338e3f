"""Entries as a table for a spreadsheet: recorded before the first row leaves, marked with who took it and when."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from audit.labels import details, label_of_act
from audit.models import AuditEntry
from audit.people import opened
from audit.sealing import HANOI
from audit.searching import Asked
from audit.services import Actor, record
from outgoing.spreadsheets import spreadsheet_safe

LIMIT = 100_000
CHUNK = 500


class _Echo:
    """What csv writes a line into: gives the line back."""

    def write(self, line: str) -> str:
        return line


def export(asked: Asked, *, actor: Actor, reason: str, at: datetime) -> Iterator[str]:
    """Record the export, then return the lines of a CSV file: a mark, the head, the newest LIMIT entries.

    Call it inside a transaction only if you read all of it there. `reason` must not be empty.
    """
    record(
        chain=f"record:{actor.user_id}", act="export_record", actor=actor, subject_type="record",
        after={"asked": asked.facts, "limit": LIMIT}, note=reason,
    )  # fmt: skip
    mark = _("Xuất lúc %(at)s bởi %(who)s (%(posting)s). Lý do: %(reason)s. Chỉ dùng đúng mục đích đã nêu.") % {
        "at": f"{at.astimezone(HANOI):%H:%M %d/%m/%Y}", "who": actor.label, "posting": actor.posting_label,
        "reason": reason,
    }  # fmt: skip
    return _lines(asked, mark)


def _lines(asked: Asked, mark: str) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # without it spreadsheets read Vietnamese as another alphabet
    yield writer.writerow([safe(mark)])
    yield writer.writerow(
        [_("Lúc"), _("Việc"), _("Mã việc"), _("Người thực hiện"), _("Mã người"), _("Vị trí"), _("Đối tượng"),
         _("Mã đối tượng"), _("Chi tiết"), _("Ghi chú"), _("Địa chỉ mạng"), _("Chuỗi"), _("Thứ tự"), _("Mã băm")]
    )  # fmt: skip
    for entry in _entries(asked):
        yield writer.writerow([safe(value) for value in _cells(entry)])
    yield writer.writerow([safe(mark)])


def _entries(asked: Asked) -> Iterable[AuditEntry]:
    """In pieces: neither the rows nor the keys of their persons are held all at once."""
    rows = asked.rows()[:LIMIT].iterator(chunk_size=CHUNK)
    piece: list[AuditEntry] = []
    for row in rows:
        piece.append(row)
        if len(piece) == CHUNK:
            yield from opened(piece)
            piece = []
    yield from opened(piece)


def _cells(entry: AuditEntry) -> list:
    return [
        f"{entry.at.astimezone(HANOI):%Y-%m-%d %H:%M:%S}", label_of_act(entry.act, entry.after), entry.act,
        entry.actor_label, entry.actor_id or "", entry.posting_label, entry.subject_type, entry.subject_id or "",
        details(entry.after), entry.note, entry.ip, entry.chain, entry.seq, entry.hash,
    ]  # fmt: skip


def safe(value) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    return spreadsheet_safe(str(value).replace("\0", ""))

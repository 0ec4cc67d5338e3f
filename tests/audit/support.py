"""Helpers of this room's tests: to put rows where the program itself cannot."""

from datetime import datetime

import pgtrigger
from django.db import connection

from audit.canonical import COLUMNS, GENESIS, entry_hash
from audit.models import AuditEntry
from audit.services import Actor, record

CLERK = Actor(
    user_id=7, label="Nguyễn Thị Đào", posting_label="Cán bộ tiếp nhận · Chi nhánh 1", ip="10.0.0.1", request_id="r-1"
)


def write(chain="dossier:1", act="submit", **kwargs) -> AuditEntry:
    return record(chain=chain, act=act, actor=kwargs.pop("actor", CLERK), **kwargs)


def stored(entry: AuditEntry) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM audit_auditentry WHERE id = %s", [entry.pk])
        return cursor.fetchone()


def write_on(moment: datetime, chain: str, seq: int, prev_hash: str = GENESIS, act="submit") -> AuditEntry:
    """An entry recorded at another time than now: hashed by Python, written past the triggers."""
    with pgtrigger.ignore("audit.AuditEntry:chain_entry", "audit.AuditEntry:no_change"):
        entry = AuditEntry.objects.create(
            chain=chain, seq=seq, at=moment, recorded_at=moment, act=act, actor_id=7, prev_hash=prev_hash
        )
        AuditEntry.objects.filter(pk=entry.pk).update(hash=entry_hash(stored(entry)))
    entry.refresh_from_db()
    return entry


def tamper(entry: AuditEntry, **values) -> None:
    """What somebody with the owner's rights could do."""
    with pgtrigger.ignore("audit.AuditEntry:no_change"):
        AuditEntry.objects.filter(pk=entry.pk).update(**values)


def remove(*entries: AuditEntry) -> None:
    with pgtrigger.ignore("audit.AuditEntry:no_change"):
        AuditEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()

"""Writing to the record, and reading one chain of it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from audit.models import AuditEntry
from audit.people import forget, opened, sealed_for

__all__ = [
    "PERSON", "SYSTEM", "Actor", "entries", "forget", "label_of", "opened", "readable", "record", "record_many",
    "sealed_for",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which position, from where. Labels are kept as they read on that day."""

    user_id: int | None = None
    label: str = ""
    posting_label: str = ""
    ip: str = ""
    request_id: str = ""

    @classmethod
    def of(cls, request, *, posting_label: str = "") -> "Actor":
        """The actor behind an HTTP request; without a login, only where it came from."""
        user = request.user
        return cls(
            user_id=user.pk,
            label=label_of(user, posted=True if posting_label else None),
            posting_label=posting_label,
            ip=request.META.get("REMOTE_ADDR", ""),
            request_id=getattr(request, "id", ""),
        )


SYSTEM = Actor(label="Hệ thống")
PERSON = "Người dân"


def label_of(user, *, posted: bool | None = None) -> str:
    """The name of who acts for an authority, as it reads today; a person who acts for themselves is a number only.

    `posted` says whether they hold a posting; asked of the account when the caller does not know.
    """
    if not user.pk:
        return ""
    if posted or user.is_staff or user.is_superuser:
        return str(user)
    postings = getattr(user, "postings", None)  # a floor above: asked for, not imported
    return str(user) if posted is None and postings is not None and postings.exists() else PERSON


def record(
    *,
    chain: str,
    act: str,
    actor: Actor,
    subject_type: str = "",
    subject_id: int | None = None,
    before: dict | None = None,
    after: dict | None = None,
    note: str = "",
    at: datetime | None = None,
) -> AuditEntry:
    """Append one act to `chain` in the caller's transaction, in one round trip.

    The entry comes back with its place and hashes, as the database set them. Until the transaction ends, other writers
    of this chain wait; writers of other chains do not. `before` and `after` name what changed, in short; personal
    values only as `sealed_for` their person.
    """
    entry = _entry(chain, act, actor, subject_type, subject_id, before, after, note, at)
    with connection.cursor() as cursor:
        cursor.execute(INSERT, _values(entry))
        entry.pk, entry.seq, entry.recorded_at, entry.prev_hash, entry.hash = cursor.fetchone()
    entry._state.adding, entry._state.db = False, connection.alias
    return entry


def record_many(entries: Iterable[dict]) -> list[AuditEntry]:
    """Append many acts in one statement; each is a dict of `record`'s arguments. The answer is in chain order.

    Acts on one chain keep the order given. Chains are taken in order of name, so that two such calls cannot deadlock.
    Each chain holds a lock until the transaction ends: stay below some thousands of chains a transaction.
    """
    rows = sorted((_entry(**_with_defaults(entry)) for entry in entries), key=lambda row: row.chain)
    return AuditEntry.objects.bulk_create(rows)


def entries(chain: str) -> QuerySet[AuditEntry]:
    """One chain from its beginning; sealed values stay sealed."""
    return AuditEntry.objects.filter(chain=chain).order_by("seq")


def readable(chain: str) -> list[AuditEntry]:
    """One chain from its beginning for somebody who may read it whole: a timeline."""
    return opened(entries(chain))


# Every submit passes here: written out, the statement costs a third of what the ORM takes to compose the same one.
GIVEN = (
    "chain", "at", "act", "actor_id", "actor_label", "posting_label", "subject_type", "subject_id", "ip", "request_id",
    "before", "after", "note",
)  # fmt: skip
INSERT = (
    f"INSERT INTO audit_auditentry ({', '.join(GIVEN)}) VALUES ({', '.join(['%s'] * len(GIVEN))}) "
    "RETURNING id, seq, recorded_at, prev_hash, hash"
)
OPTIONAL = {"subject_type": "", "subject_id": None, "before": None, "after": None, "note": "", "at": None}


def _with_defaults(entry: dict) -> dict:
    return OPTIONAL | entry


def _values(entry: AuditEntry) -> list:
    values = [getattr(entry, name) for name in GIVEN]
    values[-3:-1] = [None if value is None else _to_json(value) for value in values[-3:-1]]
    return values


def _to_json(value) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder)


def _entry(chain, act, actor, subject_type, subject_id, before, after, note, at) -> AuditEntry:
    # A label or address that is too long must not stop the act it describes.
    return AuditEntry(
        chain=chain,
        at=at or timezone.now(),  # the floor below worktime: the same clock by its first name
        act=act,
        actor_id=actor.user_id,
        actor_label=actor.label[:200],
        posting_label=actor.posting_label[:300],
        subject_type=subject_type,
        subject_id=subject_id,
        ip=actor.ip[:45],
        request_id=actor.request_id[:64],
        before=before,
        after=after,
        note=note,
    )

"""Personal values in the record: sealed under a key of their person, which an erasure destroys.

The chain hashes the sealed text, so it still verifies when nobody can read the value any more. A person is named
`user:7`, or `dossier:12` for whoever a dossier is about.
"""

import base64
import os
import re
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction
from django.utils.translation import gettext as _

from audit.models import AuditEntry, PersonKey
from keys.ring import CannotOpen, ring

NONCE = 12
SEALED = re.compile(r"^~([a-z_]+:\d+)\.([A-Za-z0-9_=-]+)$")


def sealed_for(person: str, value: str) -> str:
    """`value` as it may stand in an entry, in the caller's transaction. Nothing ("") stays nothing."""
    if not value:
        return value
    nonce = os.urandom(NONCE)
    sealed = nonce + AESGCM(_key_for(person)).encrypt(nonce, value.encode(), person.encode())
    return f"~{person}.{base64.urlsafe_b64encode(sealed).decode()}"


def opened(entries: Iterable[AuditEntry]) -> list[AuditEntry]:
    """The entries with their sealed values readable, in memory only; what was erased says so. One query at most."""
    entries = list(entries)
    people = {person for entry in entries for person in _people_in([entry.note, entry.before, entry.after])}
    keys = keys_of(people) if people else {}
    for entry in entries:
        entry.note, entry.before, entry.after = (
            _opened(value, keys) for value in (entry.note, entry.before, entry.after)
        )
    return entries


def forget(*people: str) -> int:
    """Destroy the keys of these people: what was sealed for them is unreadable for ever. Returns how many."""
    return PersonKey.objects.filter(person__in=people).delete()[0]


def reseal(limit: int) -> int:
    """Put keys that lie under an older key of the ring under the newest (`manage.py rotate_keys`)."""
    with transaction.atomic():
        old = PersonKey.objects.exclude(version=ring().current).select_for_update(skip_locked=True)[:limit]
        rows = list(old)
        for row in rows:
            place = _place(row.person)
            row.version, row.sealed = ring().seal(ring().open(row.version, bytes(row.sealed), place=place), place=place)
        PersonKey.objects.bulk_update(rows, ["version", "sealed"])
    return len(rows)


def keys_of(people: Iterable[str]) -> dict[str, bytes]:
    return {row.person: _open_key(row) for row in PersonKey.objects.filter(person__in=people)}


def _key_for(person: str) -> bytes:
    """The person's key, made at the first need; two who need it at once agree on one."""
    row = PersonKey.objects.filter(person=person).first()
    if row is None:
        version, sealed = ring().seal(AESGCM.generate_key(256), place=_place(person))
        PersonKey.objects.bulk_create([PersonKey(person=person, version=version, sealed=sealed)], ignore_conflicts=True)
        row = PersonKey.objects.get(person=person)
    return _open_key(row)


def _open_key(row: PersonKey) -> bytes:
    return ring().open(row.version, bytes(row.sealed), place=_place(row.person))


def _place(person: str) -> str:
    return f"audit.personkey:{person}"


def _people_in(value) -> Iterable[str]:
    if isinstance(value, str):
        if found := SEALED.match(value):
            yield found[1]
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _people_in(inner)


def _opened(value, keys: dict[str, bytes]):
    if isinstance(value, dict):
        return {name: _opened(inner, keys) for name, inner in value.items()}
    if isinstance(value, list):
        return [_opened(inner, keys) for inner in value]
    found = SEALED.match(value) if isinstance(value, str) else None
    return _open(found[1], found[2], keys) if found else value


def _open(person: str, text: str, keys: dict[str, bytes]) -> str:
    try:
        sealed = base64.urlsafe_b64decode(text)
        return AESGCM(keys[person]).decrypt(sealed[:NONCE], sealed[NONCE:], person.encode()).decode()
    except (KeyError, InvalidTag, ValueError, CannotOpen):
        return _("[đã xóa theo quyền của người có dữ liệu]")

"""Planted personal values, and every place of the portal they could lie in: tables, disk, files, Valkey, logs.

Each run plants values of its own: a word of ten letters that no other text has stands in every address and e-mail, and
numbers begin as no other does, so that what another run left on the same disk is not taken for this one's.
"""

import base64
import hashlib
import os
import re
import secrets
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection


def _word() -> str:
    return "".join(secrets.choice(string.ascii_lowercase) for _letter in range(10))


@dataclass(frozen=True)
class Person:
    """What one person would rather not have read. `secret` answers a sensitive question."""

    number: str
    phone: str
    email: str
    born: date
    address: str
    secret: str

    @property
    def stored_phone(self) -> str:
        return f"+84{self.phone[1:]}"

    def values(self) -> set[str]:
        days = {self.born.isoformat(), f"{self.born:%d/%m/%Y}"}
        return {self.number, self.phone, self.stored_phone, self.email, self.address, self.secret} | days


@dataclass
class Plants:
    """The values of one run, and the search for them in any bytes."""

    word: str = field(default_factory=_word)
    login_word: str = field(default_factory=_word)
    digits: str = field(default_factory=lambda: f"{secrets.randbelow(1000):03d}")
    # Days of birth that no example and no law has; the server keeps old pages of its log, so another day every run.
    first_day: date = field(default_factory=lambda: date(1902, 1, 3) + timedelta(days=secrets.randbelow(12 * 365)))
    values: set[str] = field(default_factory=set)
    _people: int = 0

    def person(self) -> Person:
        n = self._people
        self._people += 1
        made = Person(
            number=f"001777{self.digits}{n:03d}",
            phone=f"097{self.digits}{n:04d}",
            email=f"nguoi{n}@{self.word}.example",
            born=self.first_day + timedelta(days=17 * n),
            address=f"Số {n} ngõ {self.word}",
            secret=f"Bệnh {self.word} độ {n}",
        )
        self.values |= made.values()
        return made

    def login_email(self, n: int) -> str:
        """An address to log in by, which may stay readable where allauth looks it up."""
        return f"dangnhap{n}@{self.login_word}.example"

    def text(self, said: str) -> str:
        """Free text that quotes a value of its own."""
        self.values.add(value := f"{said} {self.word}")
        return value

    def content(self, of: bytes, n: int) -> bytes:
        """File content with a planted line; its plain hash must not be found either."""
        content = of + f"\n% {self.word} {n}\n".encode()
        self.values |= {hashlib.sha256(content).hexdigest(), f"% {self.word} {n}"}
        return content

    def found(self, blob: bytes) -> set[str]:
        """Which planted values `blob` holds, in any case, plain or as base64."""
        low = blob.lower()
        return {
            *(m[0].decode(errors="replace") for m in re.finditer(rb"[^\s\"'\x00]{0,24}" + self.word.encode(), low)),
            *(v for v in _texts(rb"001777%s\d{3}" % self.digits.encode(), low) if v in self.values),
            *(v for v in _texts(rb"(?:\+84|0)97%s\d{4}" % self.digits.encode(), low) if v in self.values),
            *(v for v in _texts(rb"19[0-9]{2}-[01]\d-[0-3]\d", low) if v in self.values),
            *(v for v in _texts(rb"[0-3]\d/[01]\d/19[0-9]{2}", low) if v in self.values),
            *(v for v in _texts(rb"[0-9a-f]{64}", low) if v in self.values),
            *(self.word for at in range(3) if _in_base64(self.word, at) in blob),
        }

    def found_logins(self, blob: bytes) -> bool:
        return self.login_word.encode() in blob.lower()


def _texts(pattern: bytes, blob: bytes) -> Iterator[str]:
    return (found.decode() for found in re.findall(pattern, blob))


def _in_base64(word: str, at: int) -> bytes:
    """The part of base64 that `word` alone makes at this place of a group of three, whatever stands around it."""
    encoded = base64.b64encode(b"\0" * at + word.encode())
    return encoded[-(-8 * at // 6) : 8 * (at + len(word)) // 6]


# --- the places ------------------------------------------------------------------------------------------------------
def tables() -> Iterator[tuple[str, bytes]]:
    """(table, all its rows as text) of the public schema; sessions also as what they hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        for (name,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{name}" AS t')
            yield name, "\n".join(row for (row,) in cursor).encode()
    yield "django_session, decoded", "\n".join(str(s.get_decoded()) for s in Session.objects.all()).encode()


def database_files(since: float) -> Iterator[tuple[str, bytes]] | None:
    """(path, bytes) of what the server has written to its disk since then: this database, the write-ahead log, its
    own logs. None when this process may not read there."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = %s",
                       [connection.settings_dict["NAME"]])  # fmt: skip
        root, oid = cursor.fetchone()
    return _written(Path(root), str(oid), since) if os.access(Path(root) / "base", os.R_OK | os.X_OK) else None


def _written(root: Path, oid: str, since: float) -> Iterator[tuple[str, bytes]]:
    for directory, names, files in os.walk(root):
        if Path(directory) == root / "base":
            names[:] = [oid]
        for name in files:
            path = Path(directory, name)
            try:
                if path.is_file() and path.stat().st_mtime >= since:
                    yield str(path.relative_to(root)), path.read_bytes()
            except FileNotFoundError:  # the server turned a file over meanwhile
                continue


def private_files() -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of the stored files; the names are searched as well."""
    root = Path(settings.PRIVATE_FILES_DIR)
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        yield name, name.encode() + b"\n" + (path.read_bytes() if path.is_file() else b"")


def valkey() -> Iterator[tuple[str, bytes]]:
    """(key, key and value) of everything in this portal's Valkey: cache, queues, task messages, results."""
    client = cache._cache.get_client(None, write=True)
    read = {
        b"string": client.get,
        b"list": lambda key: b"\n".join(client.lrange(key, 0, -1)),
        b"set": lambda key: b"\n".join(client.smembers(key)),
        b"zset": lambda key: b"\n".join(client.zrange(key, 0, -1)),
        b"hash": lambda key: b"\n".join(part for pair in client.hgetall(key).items() for part in pair),
    }
    for key in client.scan_iter(count=1000):
        value = read[client.type(key)](key) or b""
        yield key.decode(errors="replace"), key + b"\n" + value + _messages_in(value)


def _messages_in(value: bytes) -> bytes:
    """The bodies of task messages, which the broker keeps as base64."""
    bodies = re.findall(rb'"body": "([A-Za-z0-9+/=]+)"', value)
    return b"\n".join(base64.b64decode(body) for body in bodies)


def search(plants: Plants, place: Iterable[tuple[str, bytes]]) -> dict[str, set[str]]:
    """name → planted values found there; only where some were."""
    return {name: found for name, blob in place if (found := plants.found(blob))}

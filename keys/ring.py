"""Hiding values and finding them again: AES-256-GCM under versioned keys, and blind indexes under one.

A hidden value is text: `~<version>.<base64url of nonce, ciphertext and tag>`. What it belongs to (table and column, a
file's row) is authenticated with it, so a value copied to another place does not open there.
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

MARK = "~"
NONCE_BYTES = 12


class CannotOpen(ValueError):
    """A hidden value whose key is not here, that was changed, or that was moved from another place."""


@dataclass(frozen=True)
class Ring:
    """The keys of this process."""

    keys: dict[int, bytes]
    blind_key: bytes

    @cached_property
    def current(self) -> int:
        return max(self.keys)

    @cached_property
    def _ciphers(self) -> dict[int, AESGCM]:
        return {version: AESGCM(key) for version, key in self.keys.items()}

    def seal(self, content: bytes, *, place: str) -> tuple[int, bytes]:
        """The version used, and nonce + ciphertext + tag."""
        nonce = os.urandom(NONCE_BYTES)
        return self.current, nonce + self._ciphers[self.current].encrypt(nonce, content, place.encode())

    def open(self, version: int, sealed: bytes, *, place: str) -> bytes:
        """Raises CannotOpen."""
        try:
            return self._ciphers[version].decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
        except (KeyError, InvalidTag, ValueError):
            raise CannotOpen(f"A value of {place} does not open with key {version}.") from None


_ring: list[Ring] = []


def ring() -> Ring:
    if not _ring:
        provider = import_string(settings.KEY_PROVIDER)()
        _ring[:] = [Ring(provider.encryption_keys(), provider.blind_key())]
    return _ring[0]


def _forget(*, setting: str, **_more) -> None:
    if setting in {"FIELD_KEYS", "BLIND_KEY", "KEY_PROVIDER"}:
        _ring.clear()


setting_changed.connect(_forget)  # tests change settings; a running program does not


def hide(text: str, *, place: str) -> str:
    """`text` as it lies in the database. Nothing ("") stays nothing."""
    if not text:
        return text
    version, sealed = ring().seal(text.encode(), place=place)
    return f"{MARK}{version}.{base64.urlsafe_b64encode(sealed).decode()}"


def show(stored: str, *, place: str) -> str:
    """The text behind `hide`. Raises CannotOpen, also for text that was never hidden."""
    if not stored:
        return stored
    version = version_of(stored)
    if version is None:
        raise CannotOpen(f"A value of {place} was not hidden.")
    try:
        sealed = base64.urlsafe_b64decode(stored.partition(".")[2])
    except ValueError:
        raise CannotOpen(f"A value of {place} is damaged.") from None
    return ring().open(version, sealed, place=place).decode()


def version_of(stored: str) -> int | None:
    """The key's version of a hidden value; None for anything else."""
    head, dot, _rest = stored.partition(".")
    return int(head[1:]) if dot and head.startswith(MARK) and head[1:].isdecimal() else None


def blind(purpose: str, value: str) -> str:
    """What a hidden value is searched by: HMAC-SHA-256 of its exact text, 43 characters; "" of nothing.

    The same value gives different indexes for different purposes, so two columns cannot be joined by them.
    """
    if not value:
        return ""
    digest = hmac.digest(ring().blind_key, f"{purpose}\x00{value}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")

"""Where the keys come from. A deployment with a key management service names its own class in KEY_PROVIDER."""

import base64
import binascii
import hashlib
import hmac
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


class KeyProvider(Protocol):
    """What a source of keys answers. Asked once a process."""

    def encryption_keys(self) -> dict[int, bytes]:
        """32-byte keys by version; the highest version encrypts, every one decrypts."""

    def blind_key(self) -> bytes:
        """The 32-byte key of blind indexes and of the names of stored files. It never changes."""


class EnvironmentKeys:
    """FIELD_KEYS="1:<base64>,2:<base64>" and BLIND_KEY=<base64>; made from SECRET_KEY where a demo sets neither."""

    def encryption_keys(self) -> dict[int, bytes]:
        if not settings.FIELD_KEYS:
            return {1: _made("field")}
        keys = {}
        for item in settings.FIELD_KEYS:
            version, _colon, text = item.partition(":")
            if not version.isdecimal() or not 0 < int(version) < 1000 or int(version) in keys:
                raise ImproperlyConfigured("FIELD_KEYS: each key is <version>:<base64>, versions 1 to 999, each once.")
            keys[int(version)] = _decoded("FIELD_KEYS", text)
        return keys

    def blind_key(self) -> bytes:
        return _decoded("BLIND_KEY", settings.BLIND_KEY) if settings.BLIND_KEY else _made("blind")


def _decoded(name: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"{name}: a key is 32 bytes in base64 (openssl rand -base64 32).")
    return key


def _made(purpose: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), f"psc {purpose} key".encode(), hashlib.sha256)

"""The signature of daily roots (Ed25519, RFC 8032): whoever holds the database alone cannot make one."""

import base64
import hashlib
import hmac
from datetime import date

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


def sign(*, day: date, root: str) -> tuple[str, str]:
    """(key id, signature in base64) of a day's root."""
    key = _private_key()
    return key_id(key.public_key()), base64.b64encode(key.sign(_message(day, root))).decode()


def is_signed(*, day: date, root: str, key: str, signature: str) -> bool:
    """Whether the signature is that of a key we know, AUDIT_PUBLIC_KEYS of former years among them."""
    public = known_keys().get(key)
    if public is None:
        return False
    try:
        public.verify(base64.b64decode(signature, validate=True), _message(day, root))
    except (InvalidSignature, ValueError):
        return False
    return True


def known_keys() -> dict[str, Ed25519PublicKey]:
    """Public keys by id, the present one first."""
    keys = [_private_key().public_key()]
    keys += [Ed25519PublicKey.from_public_bytes(_decoded("AUDIT_PUBLIC_KEYS", t)) for t in settings.AUDIT_PUBLIC_KEYS]
    return {key_id(key): key for key in keys}


def public_text(key: Ed25519PublicKey | None = None) -> str:
    """The public key in base64, as others keep it; the present one unless said."""
    return base64.b64encode(_raw(key or _private_key().public_key())).decode()


def key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(_raw(key)).hexdigest()[:16]


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _message(day: date, root: str) -> bytes:
    return f"psc daily root\n{day.isoformat()}\n{root}\n".encode()


def _private_key() -> Ed25519PrivateKey:
    if settings.AUDIT_SIGNING_KEY:
        return Ed25519PrivateKey.from_private_bytes(_decoded("AUDIT_SIGNING_KEY", settings.AUDIT_SIGNING_KEY))
    if not (settings.DEMO or settings.DEBUG):
        raise ImproperlyConfigured("AUDIT_SIGNING_KEY is not set (manage.py audit_key --new makes one).")
    made = hmac.digest(settings.SECRET_KEY.encode(), b"psc audit signing key", hashlib.sha256)
    return Ed25519PrivateKey.from_private_bytes(made)


def _decoded(name: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"{name}: a key is 32 bytes in base64.")
    return key

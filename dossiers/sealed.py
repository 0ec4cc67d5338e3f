"""The bytes of stored files as they lie on the disk: sealed, and named so that a listing confirms nothing.

A file's key is the keyed hash of its content's SHA-256, so equal contents share one file and nobody without the key
can tell whether a known document is here. Its name ends in the version of the encryption key it was sealed with; a new
version is written beside the old one before the old one goes, so nothing is lost at any moment.
"""

import hashlib
import logging

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction

from dossiers.models import StoredFile
from keys.ring import CannotOpen, blind, ring

logger = logging.getLogger(__name__)
MAGIC = b"PSCF"
_HEAD = len(MAGIC) + 2


def key_of(content: bytes) -> str:
    return blind("file", hashlib.sha256(content).hexdigest())


def path_of(key: str, version: int) -> str:
    """Version 0: a file from before files were sealed, under its plain SHA-256."""
    return f"{key[:2]}/{key[2:4]}/{key}" + (f".{version}" if version else "")


def lock(key: str) -> None:
    """Who stores, sweeps or seals one content again wait for each other, until their transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('file'), hashtext(%s))", [key])


def keep(key: str, content: bytes) -> int:
    """Write the (locked) content unless it is there whole; returns the key version it is sealed with."""
    version, sealed = ring().seal(content, place=f"file:{key}")
    path = path_of(key, version)
    if default_storage.exists(path):
        try:
            read(key, version)
            return version
        except CannotOpen:  # a crash in the middle of writing
            default_storage.delete(path)
    default_storage.save(path, ContentFile(MAGIC + version.to_bytes(2, "big") + sealed))
    return version


def read(key: str, version: int) -> bytes:
    """The content. Raises FileNotFoundError, or CannotOpen for bytes that are not what was written."""
    with default_storage.open(path_of(key, version), "rb") as file:
        stored = file.read()
    if not version:
        if hashlib.sha256(stored).hexdigest() != key:
            raise CannotOpen("A file from before sealing is damaged.")
        return stored
    if stored[:_HEAD] != MAGIC + version.to_bytes(2, "big"):
        raise CannotOpen("A stored file has no head.")
    return ring().open(version, stored[_HEAD:], place=f"file:{key}")


def forget(key: str, version: int) -> None:
    default_storage.delete(path_of(key, version))


def reseal(limit: int = 100) -> int:
    """Seal at most `limit` files under the newest key: those from before sealing, and those under older keys.

    Returns how many were done. What does not open is logged and left as it is, never in the way of the others.
    """
    done, last = 0, ("", -1)
    while done < limit:
        behind = StoredFile.objects.filter(key_version__lt=ring().current, content_key__gt=last[0])
        found = behind.order_by("content_key").values_list("content_key", "key_version").first()
        if found is None:
            return done
        done, last = done + _reseal(*found), found
    return done


@transaction.atomic
def _reseal(key: str, version: int) -> int:
    lock(key)
    try:
        content = read(key, version)
    except (FileNotFoundError, CannotOpen) as error:
        logger.error("a stored file cannot be sealed again: %s", type(error).__name__)
        return 0
    new = key_of(content)
    if new != key:
        lock(new)
    now_under = keep(new, content)
    rows = StoredFile.objects.filter(content_key=key, key_version=version)
    rows.update(content_key=new, key_version=now_under)
    transaction.on_commit(lambda: forget(key, version))
    return 1

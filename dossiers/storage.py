"""Files people hand in: checked by content, scanned, stored once and sealed, read only through `open_file`."""

import hashlib
import io
import logging
from datetime import timedelta
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Sum
from django.utils.translation import gettext as _

from dossiers import scanning, sealed
from dossiers.errors import Refusal
from dossiers.file_checks import ACCEPTED, check, file_name
from dossiers.models import Attachment, StoredFile
from keys.ring import CannotOpen
from worktime import now

logger = logging.getLogger(__name__)
ACCEPT_ATTRIBUTE = ",".join(ending for endings in ACCEPTED.values() for ending in endings)
MAX_LOOSE_FILES, MAX_LOOSE_BYTES = 500, 1024**3
LOOSE_FOR = timedelta(days=7)


class Quarantined(Exception):
    """Malware was found in the file after it was taken: nobody gets it any more."""


def store(upload: File, *, name: str, by) -> StoredFile:
    """Check and keep one upload. Raises Refusal with a sentence that says what to do instead.

    The bytes are written under their key before the row: a crash in between leaves bytes nobody refers to, never a
    row without bytes. The row carries the SHA-256 of the content for this one answer; it is not kept.
    """
    name = file_name(name)
    _check_quota(by)
    content = _read(upload)
    found = check(content, name)
    row = StoredFile(
        content_key=sealed.key_of(content), size=len(content), content_type=found.kind, pages=min(found.pages, 32767),
        name=name, uploaded_by=by,
    )  # fmt: skip
    row.scan = scanning.first_look(content, row.content_key)
    row.scanned_at = None if row.scan == StoredFile.Scan.UNSCANNED else now()
    with transaction.atomic():
        sealed.lock(row.content_key)
        row.key_version = sealed.keep(row.content_key, content)
        row.save(force_insert=True)
    row.sha256 = hashlib.sha256(content).hexdigest()
    return row


def _check_quota(by) -> None:
    """Files of no dossier are somebody's unfinished work; more of them than anybody needs only fill the disk."""
    loose = _unused().filter(uploaded_by=by).aggregate(number=Count("pk"), size=Sum("size"))
    if loose["number"] >= MAX_LOOSE_FILES or (loose["size"] or 0) >= MAX_LOOSE_BYTES:
        raise Refusal(
            _("Anh/chị có quá nhiều tệp đã tải lên mà chưa nộp. Hãy nộp hồ sơ hoặc thử lại sau vài ngày."),
            code="quota",
            field="file",
        )


def _unused():
    return StoredFile.objects.filter(~Exists(Attachment.objects.filter(file=OuterRef("pk"))))


def sweep_unused(*, limit: int = 500) -> int:
    """Forget uploads that no dossier has taken for a week, and bytes that no row refers to. Returns how many rows."""
    old = _unused().filter(created_at__lt=now() - LOOSE_FOR)
    swept = 0
    for pk, key, version in list(old.values_list("pk", "content_key", "key_version")[:limit]):
        with transaction.atomic():
            sealed.lock(key)
            deleted, _rows = _unused().filter(pk=pk).delete()
            if deleted and not StoredFile.objects.filter(content_key=key, key_version=version).exists():
                sealed.forget(key, version)
            swept += deleted
    return swept


def open_file(file: StoredFile) -> BinaryIO:
    """The content. Raises Quarantined, or FileNotFoundError also for bytes that no longer open."""
    if file.scan == StoredFile.Scan.INFECTED:
        raise Quarantined
    try:
        return io.BytesIO(_content(file))
    except CannotOpen:
        logger.error("a stored file does not open: %s", file.pk)
        raise FileNotFoundError(file.pk) from None


def _content(file: StoredFile) -> bytes:
    try:
        return sealed.read(file.content_key, file.key_version)
    except FileNotFoundError:  # sealed under a newer key since the row was read
        before = file.key_version
        file.refresh_from_db(fields=["content_key", "key_version"])
        if file.key_version == before:
            raise
        return sealed.read(file.content_key, file.key_version)


def _read(upload: File) -> bytes:
    limit = settings.FILE_MAX_BYTES
    too_large = Refusal(
        _("Tệp lớn hơn %(limit)s MB. Hãy chụp lại nhỏ hơn hoặc tách thành nhiều tệp.") % {"limit": limit // 1024**2},
        code="too_large",
        field="file",
    )
    if upload.size and upload.size > limit:
        raise too_large
    content = upload.read(limit + 1)
    if len(content) > limit:
        raise too_large
    if not content:
        raise Refusal(_("Tệp này trống, không có nội dung. Hãy chọn lại."), code="empty", field="file")
    return content

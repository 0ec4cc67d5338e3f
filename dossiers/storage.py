"""Files people hand in: checked by content, stored once by hash, read only by those who may see the dossier."""

import hashlib
import io
import zipfile
import zlib
from datetime import timedelta
from pathlib import PurePath
from typing import BinaryIO

import puremagic
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Sum
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from dossiers.errors import Refusal
from dossiers.models import Attachment, StoredFile
from places.text import clean
from worktime import now

# Type by content → the endings it may carry. Office files are zip archives: their members are counted before use.
ACCEPTED = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
}
ACCEPT_ATTRIBUTE = ",".join(ending for endings in ACCEPTED.values() for ending in endings)
MAX_LOOSE_FILES, MAX_LOOSE_BYTES = 500, 1024**3
LOOSE_FOR = timedelta(days=7)
MAX_PIXELS = 60_000_000
MAX_UNZIPPED = 100 * 1024 * 1024
_ENDING_OF = {ending: kind for kind, endings in ACCEPTED.items() for ending in endings}


def store(upload: File, *, name: str, by) -> StoredFile:
    """Check and keep one upload. Raises Refusal with a sentence that says what to do instead.

    The bytes are written under their own hash before the row: a crash in between leaves bytes nobody refers to, never a
    row without bytes.
    """
    name = clean(PurePath(name.replace("\\", "/")).name)[-150:] or "tep"
    _check_quota(by)
    content = _read(upload)
    kind = _kind(content, name)
    row = StoredFile(
        sha256=hashlib.sha256(content).hexdigest(), size=len(content), content_type=kind, name=name, uploaded_by=by
    )
    with transaction.atomic():
        _lock_content(row.sha256)
        if not default_storage.exists(row.path):
            default_storage.save(row.path, File(io.BytesIO(content)))
        row.save(force_insert=True)
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


def _lock_content(sha256: str) -> None:
    """Who stores and who sweeps bytes of one content wait for each other, until their transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('file'), hashtext(%s))", [sha256])


def sweep_unused(*, limit: int = 500) -> int:
    """Forget uploads that no dossier has taken for a week, and bytes that no row refers to. Returns how many rows."""
    old = _unused().filter(created_at__lt=now() - LOOSE_FOR)
    swept = 0
    for pk, sha256 in list(old.values_list("pk", "sha256")[:limit]):
        with transaction.atomic():
            _lock_content(sha256)
            deleted, _rows = _unused().filter(pk=pk).delete()
            if deleted and not StoredFile.objects.filter(sha256=sha256).exists():
                default_storage.delete(StoredFile(sha256=sha256).path)
            swept += deleted
    return swept


def open_file(file: StoredFile) -> BinaryIO:
    return default_storage.open(file.path, "rb")


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


def _kind(content: bytes, name: str) -> str:
    """The accepted type of the content, when the name's ending agrees with it."""
    expected = _ENDING_OF.get(PurePath(name).suffix.lower())
    wrong = Refusal(
        _("Chỉ nhận tệp PDF, ảnh (JPG, PNG, WEBP), Word (.docx), Excel (.xlsx); nội dung phải đúng với đuôi tệp."),
        code="wrong_type",
        field="file",
    )
    if expected is None or not _looks_like(expected, content):
        raise wrong
    if expected.startswith("image/"):
        _check_image(content, wrong)
    elif expected != "application/pdf":
        _check_archive(content, wrong)
    return expected


def _looks_like(expected: str, content: bytes) -> bool:
    if expected == "application/pdf":
        return content[:1024].lstrip().startswith(b"%PDF-")
    if expected.startswith("application/vnd.openxmlformats"):
        return content.startswith(b"PK\x03\x04")
    try:
        return puremagic.from_string(content, mime=True) == expected
    except (puremagic.PureError, ValueError):
        return False


def _check_image(content: bytes, wrong: Refusal) -> None:
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Refusal(
                    _("Ảnh quá lớn. Hãy giảm kích thước ảnh rồi tải lại."), code="too_many_pixels", field="file"
                )
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise wrong from None


def _check_archive(content: bytes, wrong: Refusal) -> None:
    """An Office file is a zip: refuse one that unpacks to far more than it weighs, or that is no Office file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = archive.infolist()
            if len(infos) > 2000 or sum(info.file_size for info in infos) > MAX_UNZIPPED:
                raise Refusal(_("Tệp nén này phình ra quá lớn khi mở, nên không nhận."), code="zip_bomb", field="file")
            # Reads no more of a member than it says to hold; one that lied about its size is the bad one named.
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError):  # RuntimeError: needs a password
        raise wrong from None
    if damaged or "[Content_Types].xml" not in {info.filename for info in infos}:
        raise wrong

"""Whether the content of an upload is what its name says, and nothing besides that could run or unpack.

A file is taken for its declared type only. A second format inside the same bytes (an archive behind a picture, a page
with scripts in front of a PDF) is refused: another program than ours might read it as that one.
"""

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

import puremagic
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from dossiers.errors import Refusal
from dossiers.file_box import Broken, PdfFacts, pdf_facts
from dossiers.office_checks import NotOffice, check_office
from places.text import clean

# Type by content → the endings it may carry. Office files are zip archives: their members are counted before use.
ACCEPTED = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
}
_ENDING_OF = {ending: kind for kind, endings in ACCEPTED.items() for ending in endings}
MAX_PIXELS = 60_000_000
MAX_NAME = 150
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Office before 2007, and today's with a password
# What other programs would run or unpack, wherever it stands: no picture or PDF holds these by chance.
_FOREIGN = re.compile(
    rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|<script[\s>/]|<!doctype\s+html|<html[\s>]|<hta:|<\?php|<svg[\s>]", re.IGNORECASE
)


@dataclass(frozen=True)
class Checked:
    kind: str
    pages: int  # of a PDF; 1 of a picture, 0 of what is not shown


def file_name(name: str) -> str:
    """The name without folders and without anything invisible that could make it look like another."""
    name = PurePath(name.replace("\\", "/")).name
    name = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in clean(name))
    return clean(name)[-MAX_NAME:].strip() or "tep"


def check(content: bytes, name: str) -> Checked:
    """What the content is. Raises Refusal with a sentence that says what to do instead."""
    kind = _ENDING_OF.get(PurePath(name).suffix.lower())
    if kind and kind.startswith("application/vnd.") and content.startswith(OLD_OFFICE):
        raise _refusal("locked", _("Tệp này có mật khẩu hoặc theo kiểu cũ (.doc, .xls). Hãy bỏ mật khẩu và lưu lại."))
    if kind is None or not _looks_like(kind, content):
        raise _wrong_type()
    if kind == "application/pdf":
        _check_foreign(content)
        return Checked(kind, _check_pdf(content))
    if kind.startswith("image/"):
        _check_foreign(content)
        _check_image(content)
        return Checked(kind, 1)
    if b"%PDF-" in content[:1024]:
        raise _two_formats()
    try:
        check_office(content)
    except NotOffice:
        raise _wrong_type() from None
    return Checked(kind, 0)


def _refusal(code: str, message: str) -> Refusal:
    return Refusal(message, code=code, field="file")


def _wrong_type() -> Refusal:
    return _refusal(
        "wrong_type",
        _("Chỉ nhận tệp PDF, ảnh (JPG, PNG, WEBP), Word (.docx), Excel (.xlsx); nội dung phải đúng với đuôi tệp."),
    )


def _two_formats() -> Refusal:
    return _refusal("two_formats", _("Trong tệp này có lẫn nội dung của một loại tệp khác. Hãy lưu hoặc chụp lại."))


def _looks_like(expected: str, content: bytes) -> bool:
    if expected == "application/pdf":
        return content[:1024].lstrip().startswith(b"%PDF-")
    if expected.startswith("application/vnd.openxmlformats"):
        return content.startswith(b"PK\x03\x04")
    try:
        return puremagic.from_string(content, mime=True) == expected
    except (puremagic.PureError, ValueError):
        return False


def _check_foreign(content: bytes) -> None:
    # A zip is read from its end: anything may stand before it.
    if _FOREIGN.search(content) or zipfile.is_zipfile(io.BytesIO(content)):
        raise _two_formats()


def _check_image(content: bytes) -> None:
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _refusal("too_many_pixels", _("Ảnh quá lớn. Hãy giảm kích thước ảnh rồi tải lại."))
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise _wrong_type() from None


def _check_pdf(content: bytes) -> int:
    """The number of pages of a PDF that opens, without a password, and does nothing but show itself."""
    try:
        facts = pdf_facts(content)
    except Broken:
        raise _refusal("damaged", _("Tệp PDF này bị hỏng nên không mở được. Hãy xuất hoặc quét lại.")) from None
    if facts == PdfFacts.LOCKED:
        raise _refusal("locked", _("Tệp PDF này có mật khẩu. Hãy bỏ mật khẩu (in lại ra PDF) rồi tải lên."))
    if facts.active:
        raise _refusal(
            "active",
            _("Tệp PDF này có mã chạy được hoặc tệp khác nhúng bên trong. Hãy in lại ra PDF rồi tải lên."),
        )
    return facts.pages

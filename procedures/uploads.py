"""Files of the catalogue as a browser sends them: single files, or the folder of an export as a zip."""

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from procedures import exporting
from procedures.exchange import ExchangeError, Problem
from procedures.importing import SHARED
from procedures.safe_yaml import MAX_BYTES

MAX_TOTAL = 30_000_000
MAX_FILES = 7_000
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
)  # fmt: skip


def files_of(uploads: Iterable) -> dict[str, bytes]:
    """What the uploaded files hold, by the names that `importing.plan` takes. Raises ExchangeError."""
    files: dict[str, bytes] = {}
    for upload in uploads:
        if upload.size > MAX_TOTAL:  # before it is in memory
            raise _refused(upload.name, _("Tệp quá lớn."))
        raw = upload.read()
        inside = _unzipped(upload.name, raw) if raw[:4] == b"PK\x03\x04" else [(upload.name, raw)]
        for name, content in inside:
            name = _known_as(name)
            if name in files:
                raise _refused(upload.name, _("Tệp “%(name)s” có hai lần.") % {"name": name})
            if name:
                files[name] = content
    if not files:
        raise _refused("", _("Không có tệp YAML nào trong đó."))
    return files


def _known_as(name: str) -> str:
    """The name within a catalogue's folder; "" for what is not part of one."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.name in SHARED:
        return path.name
    if path.suffix not in (".yaml", ".yml") or path.name == exporting.MARK:
        return ""
    return f"procedures/{path.name}" if path.parent.name == "procedures" else path.name


def _unzipped(name: str, raw: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            wanted = [info for info in archive.infolist() if not info.is_dir() and _known_as(info.filename)]
            if len(wanted) > MAX_FILES or sum(info.file_size for info in wanted) > MAX_TOTAL:
                raise _refused(name, _("Tệp nén quá lớn."))
            for info in wanted:
                with archive.open(info) as file:
                    yield info.filename, file.read(MAX_BYTES + 1)  # one byte more is refused as too large when read
    except _BROKEN as error:
        if isinstance(error, ExchangeError):
            raise
        raise _refused(name, _("Không mở được tệp nén này.")) from None


def _refused(name: str, message: str) -> ExchangeError:
    return ExchangeError([Problem(name, 0, message)])


def zipped(files: Iterable[tuple[str, str]]) -> bytes:
    """A zip of text files; the same bytes for the same content."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files:
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text.encode(), zipfile.ZIP_DEFLATED)
    return made.getvalue()

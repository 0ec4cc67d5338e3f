"""A table out of a file as people keep it: CSV in any of its dialects, or the first sheet of an XLSX workbook."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _

MAX_BYTES = 2_000_000
MAX_UNPACKED = 40_000_000
MAX_ROWS = 2_000
MAX_COLUMNS = 30


class SheetError(ValueError):
    """The file cannot be read; the message says why, to whoever sent it."""


def rows_of(content: bytes) -> list[tuple[int, list[str]]]:
    """(line, cells as text) of every line that is not empty; dates come as `2026-11-24`. Raises SheetError."""
    if len(content) > MAX_BYTES:
        raise SheetError(_("Tệp quá lớn: tối đa 2 MB."))
    lines = _workbook(content) if content.startswith(b"PK") else _csv(content)
    found = []
    for number, cells in lines:
        texts = [_text(cell) for cell in cells[:MAX_COLUMNS]]
        if any(texts):
            found.append((number, texts))
        if len(found) > MAX_ROWS + 1:
            raise SheetError(_("Tệp quá dài: tối đa %(n)s dòng.") % {"n": MAX_ROWS})
    return found


def _csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetError(_("Tệp phải là CSV mã UTF-8, hoặc XLSX.")) from None
    if "\0" in text:
        raise SheetError(_("Tệp phải là CSV mã UTF-8, hoặc XLSX."))
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error:
        raise SheetError(_("Không đọc được dòng %(n)s của tệp CSV.") % {"n": reader.line_num}) from None


def _workbook(content: bytes) -> list[tuple[int, list]]:
    from openpyxl import load_workbook  # a tenth of a second, for a page opened once a month

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(member.file_size for member in packed.infolist()) > MAX_UNPACKED:
                raise SheetError(_("Tệp XLSX bung ra quá lớn."))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        return list(enumerate(_limited(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)), start=1))
    except (zipfile.BadZipFile, ParseError, KeyError, IndexError, ValueError, TypeError, EOFError, OSError) as error:
        if isinstance(error, SheetError):
            raise
        raise SheetError(_("Không đọc được tệp XLSX này.")) from None


def _limited(rows: Iterable[tuple]) -> Iterator[list]:
    """A sheet may claim a million empty lines: those are not read to their end."""
    for number, row in enumerate(rows):
        if number > 2 * MAX_ROWS:
            return
        yield list(row)


def _text(cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()

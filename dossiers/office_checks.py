"""What a Word or Excel file may not carry: macros, embedded objects, links that the program follows by itself."""

import io
import re
import zipfile
import zlib
from xml.etree import ElementTree

from django.utils.translation import gettext as _

from dossiers.errors import Refusal

MAX_MEMBERS = 2000
MAX_UNZIPPED = 100 * 1024 * 1024
_ACTIVE = re.compile(
    r"vba(project|data)|/(activex|embeddings|macrosheets|externallinks|dialogsheets|customui|ctrlprops)/|\.bin$", re.I
)
_SETTINGS = re.compile(r"/printersettings/printersettings\d*\.bin$", re.I)  # what a printer was set to; runs nowhere
_ACTIVE_TYPES = re.compile(r"macroenabled|vbaproject|oleobject|activex|intlmacrosheet", re.I)
_DDE = re.compile(rb"\bDDE(AUTO)?\b")
_INSTRUCTION = re.compile(rb"<w:instrText[^>]*>([^<]*)<")
_OTHER_ENCODING = re.compile(r"""^<\?xml[^>]*encoding\s*=\s*["'](?!utf-8["']|utf-16["'])""", re.I)
_SAFE_LINK = re.compile(r"(https?://|mailto:|tel:|#)", re.I)


class NotOffice(ValueError):
    """Not a file that Office wrote."""


def check_office(content: bytes) -> None:
    """Raises NotOffice, or Refusal. An Office file is a zip: one that unpacks to far more than it weighs stays shut."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_size(archive)
            # Reads no more of a member than it says to hold; one that lied about its size is the bad one named.
            if archive.testzip():
                raise NotOffice
            _check_members(archive)
    # RuntimeError: a member needs a password, or is packed in a way that Office does not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, ElementTree.ParseError) as error:
        raise NotOffice(str(error)) from None


def _check_size(archive: zipfile.ZipFile) -> None:
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS or sum(info.file_size for info in infos) > MAX_UNZIPPED:
        raise Refusal(_("Tệp nén này phình ra quá lớn khi mở, nên không nhận."), code="zip_bomb", field="file")


def _check_members(archive: zipfile.ZipFile) -> None:
    names = [info.filename.replace("\\", "/") for info in archive.infolist()]
    # The same name twice: one program would read the first, another the last.
    if "[Content_Types].xml" not in names or len({name.lower() for name in names}) < len(names):
        raise NotOffice
    if any(_ACTIVE.search(f"/{name}") and not _SETTINGS.search(f"/{name}") for name in names):
        raise _active()
    if _ACTIVE_TYPES.search(_text(archive.read("[Content_Types].xml"))):
        raise _active()
    for info in archive.infolist():
        if info.filename.lower().endswith(".rels"):
            _check_links(_text(archive.read(info)))
    words = (i for i in archive.infolist() if re.match(r"word/[^/]+\.xml$", i.filename, re.I))
    for info in words:
        if _DDE.search(b"".join(_INSTRUCTION.findall(archive.read(info)))):
            raise _active()


def _text(part: bytes) -> str:
    """A part as the text it is. A document type could define entities, and Office writes none."""
    text = part.decode("utf-16" if part[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    if "\0" in text or "<!" in text.replace("<!--", "") or _OTHER_ENCODING.search(text):
        raise NotOffice
    return text


def _check_links(rels: str) -> None:
    """A link that one clicks may lead to the web; what Office would fetch by itself may not lead out at all."""
    for link in ElementTree.fromstring(rels).iter():
        said = {name.rpartition("}")[2].lower(): value.strip() for name, value in link.attrib.items()}
        outside = said.get("targetmode", "").lower() == "external"
        clicked = said.get("type", "").lower().endswith("/hyperlink") and _SAFE_LINK.match(said.get("target", ""))
        if (outside and not clicked) or _ACTIVE_TYPES.search(said.get("type", "")):
            raise _active()


def _active() -> Refusal:
    return Refusal(
        _("Tệp này có macro, đối tượng nhúng hoặc liên kết tự mở ra ngoài. Hãy lưu lại thành PDF rồi tải lên."),
        code="active",
        field="file",
    )

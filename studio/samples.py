"""What is filled in when a draft is tried: papers that look like papers, and for every question answers that are wrong.

The wrong ones are given to the same check as any answer, one by one: what is not refused is shown to the admin.
"""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image

from dossiers import storage
from dossiers.models import StoredFile
from dossiers.sealed import key_of
from dossiers.services.drafts import missing_documents
from procedures.answers import FieldError, clean_field
from procedures.cleaning import MAX_LENGTH, NUMBER_MAX
from procedures.conditions import holds
from procedures.parts import COMPOSITE, SILENT, example_of, parts_of
from procedures.schema import example_answers
from procedures.spec import REPEATED, Field, Section, Spec
from worktime import now

_LINES = (
    b"%PDF-1.4\n", b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]/Contents 4 0 R"
    b"/Resources<</Font<</F 5 0 R>>>>>>endobj\n",
    b"4 0 obj<</Length 47>>stream\nBT /F 24 Tf 60 400 Td (BAN THU - TEP MAU) Tj ET\nendstream endobj\n",
    b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>endobj\n",
)  # fmt: skip
NAME = "giay-to-mau.pdf"


def sample_pdf() -> bytes:
    """One page that says it is a sample."""
    offsets, at = [], 0
    for line in _LINES:
        offsets.append(at)
        at += len(line)
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets[1:])
    end = f"xref\n0 6\n0000000000 65535 f \n{table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n"
    return b"".join(_LINES) + end.encode()


def sample_file(by, *, again: bool = False) -> StoredFile:
    """The sample paper, uploaded by this admin: the one from before, or (`again`) another that differs from all."""
    content = sample_pdf() + (f"% {uuid4()}\n".encode() if again else b"")
    known = StoredFile.objects.filter(uploaded_by=by, content_key=key_of(content)).order_by("created_at").first()
    return known or storage.store(ContentFile(content, name=NAME), name=NAME, by=by)


def _sample_image(by) -> StoredFile:
    content = io.BytesIO()
    Image.new("RGB", (120, 80), "#a4161a").save(content, "PNG")
    return storage.store(ContentFile(content.getvalue(), name="anh-mau.png"), name="anh-mau.png", by=by)


def with_files(fields: Iterable[Field], answers: dict[str, Any], by) -> dict[str, Any]:
    """The answers with a sample of this admin's own wherever a file or a picture is asked for, in rows too."""
    filled = dict(answers)
    for field in fields:
        if field.key not in filled:
            continue
        if field.kind in ("file", "image"):
            filled[field.key] = str((sample_file(by) if field.kind == "file" else _sample_image(by)).pk)
        elif field.kind in REPEATED:
            filled[field.key] = [with_files(field.fields, row, by) for row in filled[field.key] or []]
    return filled


# --- wrong answers ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Wrong:
    """A wrong answer to a question, and the sentences that refuse it; none when it was taken all the same."""

    what: str
    refusals: tuple[str, ...]


@dataclass(frozen=True)
class Tested:
    field: Field
    wrongs: list[Wrong]
    asked: bool = True  # by the sample of right answers


def try_form(spec: Spec) -> list[tuple[Section, list[Tested]]]:
    """Every question of the form with a wrong answer of each sort that its kind has, and what is said to it."""
    around = example_answers(spec)
    return [
        (s, [Tested(f, list(_tested(f, around)), holds(f.condition, around)) for f in s.fields if f.kind not in SILENT])
        for s in spec.sections
    ]


def try_papers(spec: Spec) -> list[str]:
    """What is said when nothing was attached."""
    return [error.message for error in missing_documents(spec, example_answers(spec), set())]


def not_refused(tested: list[tuple[Section, list[Tested]]]) -> int:
    return sum(not wrong.refusals for _section, rows in tested for row in rows for wrong in row.wrongs)


def _tested(field: Field, around: dict[str, Any]) -> Iterator[Wrong]:
    for what, value in wrong_values(field):
        try:
            _kept, errors = clean_field(field, value, around=around)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            errors = [
                FieldError(field.key, "broken", _("Câu hỏi này chưa đủ để kiểm tra: %(what)s.") % {"what": error})
            ]
        yield Wrong(what, tuple(e.message for e in errors))


def wrong_values(field: Field) -> Iterator[tuple[str, Any]]:
    """(in words, value) of answers that a question of this kind must refuse."""
    if field.required:
        yield _("bỏ trống"), None
    if field.kind in REPEATED:
        yield from _wrong_rows(field)
    elif field.kind in COMPOSITE:
        yield from _wrong_parts(field)
    else:
        yield from _WRONG[field.kind](field)


def _wrong_parts(field: Field) -> Iterator[tuple[str, Any]]:
    right = example_of(field)
    right = dict(right) if isinstance(right, dict) else {}
    for part in parts_of(field):
        for what, value in wrong_values(part):
            yield f"{part.label}: {what}", {**right, part.key: value}
    if field.kind == "period":
        yield _("ngày kết thúc trước ngày bắt đầu"), {"from": "2026-06-30", "to": "2026-01-05"}


def _wrong_rows(field: Field) -> Iterator[tuple[str, Any]]:
    rows = example_of(field)
    row = dict(rows[0]) if isinstance(rows, list) and rows else {}
    enough = max(1, field.minimum or 0)
    for part in (p for p in field.fields if p.kind not in SILENT and holds(p.condition, row)):
        for what, value in wrong_values(part):
            yield f"{part.label}: {what}", [{**row, part.key: value}] + [row] * (enough - 1)
    if field.maximum:
        yield _("%(n)s dòng") % {"n": field.maximum + 1}, [row] * (field.maximum + 1)
    if enough > 1:
        yield _("%(n)s dòng") % {"n": enough - 1}, [row] * (enough - 1)


def _texts(field: Field) -> Iterator[tuple[str, Any]]:
    limit = field.max_length or MAX_LENGTH[field.kind]
    yield _("%(n)s chữ") % {"n": limit + 1}, "a" * (limit + 1)
    tries = ("???", "12345", "@@@", "abc", "   x   ")
    if field.pattern and (odd := next((t for t in tries if not re.fullmatch(field.pattern, t.strip())), None)):
        yield f"“{odd}”", odd


def _numbers(field: Field) -> Iterator[tuple[str, Any]]:
    yield _("“mười” (chữ)"), _("mười")
    low = max(field.minimum or 0, 0) if field.kind == "money" else field.minimum
    if low is not None:
        yield str(low - 1), low - 1
    high = field.maximum if field.maximum is not None else NUMBER_MAX
    yield str(high + 1), high + 1
    if not field.decimals:
        yield "1,5", "1,5"


def _dates(field: Field) -> Iterator[tuple[str, Any]]:
    yield "31/02/2026", "31/02/2026"
    yield "01/01/1700", "01/01/1700"
    if field.maximum == "today":
        tomorrow = timezone.localdate(now()) + timedelta(days=1)
        yield _("ngày mai"), tomorrow.isoformat()


def _fixed(*values: str):
    return lambda field: ((f"“{value}”", value) for value in values)


_WRONG = {
    "text": _texts, "long_text": _texts, "number": _numbers, "money": _numbers, "date": _dates,
    "choice": lambda field: [(_("lựa chọn không có"), "khong-co")],
    "many": lambda field: [(_("lựa chọn không có"), ["khong-co"])],
    "yes_no": lambda field: [(_("“có thể”"), _("có thể"))],
    "phone": _fixed("123", "09x2345678"), "email": _fixed("khong-phai-thu", "a@"),
    "ward": lambda field: [(_("phường không có"), "99999")],
    "personal_number": _fixed("123456789", "123456789012"), "tax_code": _fixed("0100109107", "12345"),
    "file": lambda field: [(_("tệp không có"), "khong-phai-tep")],
    "image": lambda field: [(_("tệp không có"), "khong-phai-tep")],
}  # fmt: skip

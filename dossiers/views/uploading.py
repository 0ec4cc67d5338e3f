"""Files of a form: one place for each paper, several files a place, and a mistake with one keeps the others."""

from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from dossiers.errors import Refusal
from dossiers.models import Attachment
from dossiers.services import enclosing
from dossiers.widgets import UPLOAD, file_question, rearranged
from procedures.answers import FieldError
from procedures.spec import Document

# Kinds first: on a telephone they open the choice between camera and files. The endings are for Office files.
ACCEPT = "image/jpeg,image/png,image/webp,application/pdf,.pdf,.jpg,.jpeg,.png,.webp,.docx,.xlsx"


@dataclass
class Place:
    """One paper as the upload component draws it."""

    document: Document
    files: list[dict] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    required: bool = True

    @property
    def name(self) -> str:
        return f"file-{self.document.key}"

    @property
    def hint(self) -> str:
        doc = self.document
        parts = [doc.full_name if doc.full_name != doc.name else "", doc.condition_text]
        return ". ".join(part.rstrip(".") for part in parts if part)


def places(documents, attachments, errors: dict[str, list[str]] | None = None) -> list[Place]:
    errors = errors or {}
    return [
        Place(
            document=doc,
            files=[shown_file(a) for a in attachments if a.requirement == doc.key],
            errors=errors.get(doc.key, []),
            required=doc.required,
        )
        for doc in documents
    ]


def shown_file(attachment: Attachment, *, removable: bool = True) -> dict:
    return {
        "name": attachment.file.name,
        "size": attachment.file.size,
        "url": reverse("dossiers:file", args=[attachment.pk]),
        "image": picture_url(attachment),
        "remove": attachment.pk if removable else "",
    }


def picture_url(attachment: Attachment) -> str:
    """Where the file is a picture, its address for an <img>; else nothing."""
    return reverse("dossiers:file_picture", args=[attachment.pk]) if attachment.file.is_image else ""


def sent_files(request: HttpRequest, documents):
    """(document, upload) of every file sent with the form."""
    for doc in documents:
        for upload in request.FILES.getlist(f"file-{doc.key}"):
            yield doc, upload


def take_answers(request: HttpRequest, fields, *, prefix: str = "") -> tuple[QueryDict, list[FieldError]]:
    """What was sent, with the pressed button's row added or dropped and the ids of new files in their places."""
    fields, start = list(fields), f"{prefix}-" if prefix else ""
    data, errors = rearranged(request.POST, request.POST.get("change", "")), []
    for name, upload in request.FILES.items():
        question = file_question(fields, name.removeprefix(start)) if name.startswith(start) else None
        if question is None:
            continue
        name = name.removesuffix(f"-{UPLOAD}")
        try:
            data[name] = str(enclosing.keep_upload(upload, question, by=request.user).pk)
        except Refusal as refusal:
            path = name.removeprefix(start).replace("-", ".")
            errors.append(FieldError(path, refusal.code, f"{upload.name[:80]}: {refusal.message}"))
    return data, errors


def limits() -> dict:
    return {
        "accept": ACCEPT,
        "max_mb": settings.FILE_MAX_BYTES // 2**20,
        "max_files": settings.FILES_MAX_PER_DOSSIER,
    }

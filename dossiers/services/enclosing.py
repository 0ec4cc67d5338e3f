"""Files with a dossier: papers, and files that are themselves answers to a question (kinds "file" and "image").

An answer holds the id of a stored file. It is taken only from whoever uploaded it, and the file is enclosed with the
dossier under the question's key, so that it is kept, shown and handed out like every other file.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from dossiers import storage
from dossiers.errors import Refusal
from dossiers.models import Attachment, Dossier, StoredFile
from procedures.answers import FieldError
from procedures.parts import parts_of
from procedures.spec import REPEATED, Field, Spec
from worktime import now

FILES = ("file", "image")


def put(dossier: Dossier, file: StoredFile, requirement: str, purpose: str = Attachment.Purpose.DOCUMENT) -> Attachment:
    """The file with the (locked) dossier; the same content for the same document is there once."""
    present = dossier.attachments.present().select_related("file")
    same = next((a for a in present if a.requirement == requirement and a.file.content_key == file.content_key), None)
    if same:
        return same
    if len(present) >= settings.FILES_MAX_PER_DOSSIER:
        raise Refusal(too_many_files(), code="too_many_files", field="file")
    return Attachment.objects.create(dossier=dossier, file=file, requirement=requirement, purpose=purpose)


def too_many_files() -> str:
    return _("Mỗi hồ sơ nhận tối đa %(limit)s tệp. Hãy gộp nhiều trang vào một tệp.") % {
        "limit": settings.FILES_MAX_PER_DOSSIER
    }


# --- files that are answers ---------------------------------------------------------------------------------------
def asks_file(field: Field) -> bool:
    return field.kind in FILES or any(asks_file(part) for part in parts_of(field))


def file_answers(
    fields: Iterable[Field], answers: Mapping[str, Any], path: str = ""
) -> Iterator[tuple[str, Field, str]]:
    """(path, question, id) of every answer that is a file, those in rows too."""
    for field in fields:
        given = answers.get(field.key)
        if not given or not asks_file(field):
            continue
        if field.kind in FILES:
            yield path + field.key, field, given
        elif field.kind in REPEATED:
            for n, row in enumerate(given):
                yield from file_answers(field.fields, row, f"{path}{field.key}.{n}.")
        else:
            yield from file_answers(parts_of(field), given, f"{path}{field.key}.")


def wrong_files(spec: Spec, answers: Mapping[str, Any], *, by, dossier: Dossier | None = None) -> list[FieldError]:
    """Files named in (clean) answers that `by` did not upload and the dossier does not have, or that are no pictures
    where a picture is asked for."""
    given = list(file_answers(spec.fields.values(), answers))
    if not given:
        return []
    own = Q(uploaded_by=by) if by else Q(pk=None)
    if dossier is not None:
        own |= Q(uploaded_by__in=[pk for pk in (dossier.owner_id, dossier.created_by_id) if pk])
        if dossier.pk:
            own |= Q(pk__in=dossier.attachments.present().values("file"))
    rows = {str(f.pk): f for f in StoredFile.objects.filter(own, pk__in={pk for _path, _field, pk in given})}
    return [error for path, field, pk in given if (error := _wrong_file(path, field, rows.get(pk)))]


def _wrong_file(path: str, field: Field, file: StoredFile | None) -> FieldError | None:
    if file is None:
        return FieldError(path, "not_found", _("Chưa có tệp này. Hãy tải tệp lên lại."))
    if field.kind == "image" and not file.is_image:
        return FieldError(path, "wrong_type", _no_picture())
    return None


def _no_picture() -> str:
    return _("Chỗ này cần một ảnh (JPG, PNG hoặc WEBP).")


def enclose(dossier: Dossier, spec: Spec) -> None:
    """Bring the enclosed files in step with the answers of the (locked, saved) dossier. Costs nothing without any."""
    keys = [f.key for f in spec.fields.values() if asks_file(f)]
    if not keys:
        return
    wanted = {(path.partition(".")[0], pk) for path, _f, pk in file_answers(spec.fields.values(), dossier.answers)}
    present = list(dossier.attachments.present().filter(requirement__in=keys))
    gone = [a.pk for a in present if (a.requirement, str(a.file_id)) not in wanted]
    rows = dossier.attachments.filter(pk__in=gone)
    if dossier.is_draft:
        rows.delete()
    elif gone:
        rows.update(removed_at=now())
    there = {(a.requirement, str(a.file_id)) for a in present}
    if len(wanted - there) > settings.FILES_MAX_PER_DOSSIER:
        raise Refusal(too_many_files(), code="too_many_files", field="file")
    Attachment.objects.bulk_create(
        Attachment(dossier=dossier, file_id=pk, requirement=key) for key, pk in sorted(wanted - there)
    )


def keep_upload(upload, field: Field, *, by) -> StoredFile:
    """Store an upload that answers `field`. Raises Refusal."""
    file = storage.store(upload, name=upload.name or "", by=by)
    if field.kind == "image" and not file.is_image:
        raise Refusal(_no_picture(), code="wrong_type", field="file")
    return file

"""Handing out what people handed in: to whoever may see the dossier, never as anything a browser would run."""

from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from dossiers.models import Attachment, Dossier
from dossiers.reading import kept_files
from dossiers.storage import ACCEPTED, open_file
from dossiers.views.keeping import person_required
from procedures.versions import read

SHOWN = ("application/pdf", "image/jpeg", "image/png", "image/webp")
# A sandboxed PDF is not drawn by browsers' own viewers, which keep it apart by themselves.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"


@person_required
@require_safe
def download(request: HttpRequest, pk: int) -> FileResponse:
    if pk >= 2**63:
        raise Http404
    seen = Dossier.objects.visible_to(request.user)
    tried = Q(dossier__is_scratch=True, dossier__created_by=request.user)
    rows = Attachment.objects.present().readable_by(request.user).filter(Q(dossier__in=seen) | tried)
    attachment = get_object_or_404(rows.select_related("file", "dossier"), pk=pk)
    dossier, file = attachment.dossier, attachment.file
    if str(file.pk) in kept_files(dossier, read(dossier.version_id), request.user):
        raise Http404
    kind = file.content_type if file.content_type in ACCEPTED else "application/octet-stream"
    try:
        content = open_file(file)
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(content, as_attachment=kind not in SHOWN, filename=file.name, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    sandbox = "" if kind == "application/pdf" else "; sandbox"
    response["Content-Security-Policy"] = f"{POLICY}{sandbox}"
    return response

"""Handing out what people handed in: to whoever may see the dossier, never as anything a browser would run.

The standing address of a file gives nothing out; it sends on to a link of this session (dossiers/file_links.py).
"""

from functools import wraps

from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe
from rest_framework.views import APIView

from accounts.tokens import TokenAuthentication
from dossiers import file_links, previews
from dossiers.file_box import Broken
from dossiers.file_checks import ACCEPTED
from dossiers.file_links import Expired, Use
from dossiers.looking import FILE, looked
from dossiers.models import Attachment, Dossier
from dossiers.reading import kept_files
from dossiers.storage import Quarantined, open_file
from dossiers.views.keeping import person_required
from procedures.versions import read

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
# Our own page around our own pictures. Without its origin it could not fetch them; scripts, forms and windows stay off.
LOOKING = NOTHING.replace(
    "sandbox", "img-src 'self'; style-src 'self'; font-src 'self'; sandbox allow-same-origin allow-downloads"
)


def find(user, pk: int) -> Attachment:
    """The file with a dossier that this person may read. Raises Http404."""
    if pk >= 2**63:
        raise Http404
    seen = Dossier.objects.visible_to(user)
    tried = Q(dossier__is_scratch=True, dossier__created_by=user)
    rows = Attachment.objects.present().readable_by(user).filter(Q(dossier__in=seen) | tried)
    attachment = get_object_or_404(rows.select_related("file", "dossier"), pk=pk)
    if str(attachment.file_id) in kept_files(attachment.dossier, read(attachment.dossier.version_id), user):
        raise Http404
    return attachment


def _guarded(response: HttpResponse, policy: str = NOTHING) -> HttpResponse:
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Content-Security-Policy"] = policy
    return response


def _whole(attachment: Attachment) -> HttpResponse:
    """The file as it came, to be saved. Raises Quarantined, FileNotFoundError."""
    file = attachment.file
    kind = file.content_type if file.content_type in ACCEPTED else "application/octet-stream"
    return _guarded(FileResponse(open_file(file), as_attachment=True, filename=file.name, content_type=kind))


def _notice(request: HttpRequest, pk: int, what: str, status: int) -> HttpResponse:
    return _guarded(render(request, "dossiers/file.html", {"what": what, "pk": pk}, status=status), LOOKING)


def _handing(view):
    """A view of one attachment: for whoever may read it, in words where it cannot be handed out."""

    @person_required
    @require_safe
    @wraps(view)
    def wrapped(request: HttpRequest, pk: int, *args, **kwargs) -> HttpResponse:
        attachment = find(request.user, pk)
        try:
            return view(request, attachment, *args, **kwargs)
        except Expired:
            return _notice(request, pk, "expired", 410)
        except Quarantined:
            return _notice(request, pk, "infected", 403)
        except FileNotFoundError:
            raise Http404 from None

    return wrapped


# --- standing addresses -----------------------------------------------------------------------------------------------
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Programs get the file itself by their token; a browser gets a link of its session."""
    if "Authorization" in request.headers:
        return FileContent.as_view()(request, pk=pk)
    return _open(request, pk)


class FileContent(APIView):
    """The file for a program. By token only: a session goes by links."""

    authentication_classes = [TokenAuthentication]
    token_scopes = {"GET": "read"}
    schema = None

    def get(self, request, pk: int):
        try:
            attachment = find(request.user, pk)
            response = _whole(attachment)
        except (Quarantined, FileNotFoundError):
            raise Http404 from None
        looked(request, attachment.dossier, at=FILE, attachment=pk)
        return response


@_handing
def _open(request: HttpRequest, attachment: Attachment) -> HttpResponse:
    if attachment.file.is_infected:
        raise Quarantined
    use = Use.LOOK if attachment.file.is_shown else Use.SAVE
    return _on_to(request, attachment, "file_look" if use == Use.LOOK else "file_saved", use)


@_handing
def save(request: HttpRequest, attachment: Attachment) -> HttpResponse:
    return _on_to(request, attachment, "file_saved", Use.SAVE)


@_handing
def picture(request: HttpRequest, attachment: Attachment) -> HttpResponse:
    return _on_to(request, attachment, "file_page", Use.LOOK, 1)


def _on_to(request: HttpRequest, attachment: Attachment, name: str, use: Use, *more) -> HttpResponse:
    """To a link made for this session; that it was made is recorded as a look at the file."""
    looked(request, attachment.dossier, at=FILE, attachment=attachment.pk)
    token = file_links.make(request, attachment.pk, use)
    return _guarded(redirect(f"dossiers:{name}", attachment.pk, token, *more))


# --- links of one session -----------------------------------------------------------------------------------------
@_handing
def look(request: HttpRequest, attachment: Attachment, token: str) -> HttpResponse:
    file_links.check(request, token, attachment.pk, Use.LOOK)
    pages = previews.pages_of(attachment.file)
    context = {
        "file": attachment.file,
        "pk": attachment.pk,
        "token": token,
        "pages": pages,
        "numbers": range(1, min(pages, previews.MOST_PAGES) + 1),
    }
    return _guarded(render(request, "dossiers/file.html", context), LOOKING)


@_handing
def page(request: HttpRequest, attachment: Attachment, token: str, number: int) -> HttpResponse:
    file_links.check(request, token, attachment.pk, Use.LOOK)
    try:
        return _guarded(HttpResponse(previews.page_of(attachment.file, number), content_type="image/jpeg"))
    except Broken:
        raise Http404 from None


@_handing
def saved(request: HttpRequest, attachment: Attachment, token: str) -> HttpResponse:
    file_links.check(request, token, attachment.pk, Use.SAVE)
    return _whole(attachment)

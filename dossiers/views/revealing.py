"""Showing masked answers on the desk: for fifteen minutes, in this session, of this dossier; each time recorded."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from dossiers import revealing
from dossiers.errors import Refusal
from dossiers.looking import PAGE
from dossiers.models import Dossier
from dossiers.views.frame import Place, dossier_or_404, dossier_url, meta, staff_view
from worktime import now

KEY = "revealed"  # in the session: the dossier's id → until when, and nothing of what was shown


def revealed_until(request: HttpRequest, dossier: Dossier) -> datetime | None:
    """Until when this session sees the dossier unmasked; None while it is masked."""
    until = parse_datetime(request.session.get(KEY, {}).get(str(dossier.pk), ""))
    return until if until and until > now() else None


def _remember(request: HttpRequest, dossier: Dossier, until: datetime | None) -> None:
    """What has run out is dropped on the way, so that a session does not grow."""
    at = now()
    kept = {k: v for k, v in request.session.get(KEY, {}).items() if parse_datetime(v) > at and k != str(dossier.pk)}
    request.session[KEY] = kept | ({str(dossier.pk): until.isoformat()} if until else {})


@require_POST
@staff_view
def reveal(request: HttpRequest, code: str) -> HttpResponse:
    """Show the personal answers, for the reason given; or (`hide`) mask them again."""
    from dossiers.views.staff import show  # the page asks this module what is revealed

    dossier = dossier_or_404(request, code)
    if "hide" in request.POST:
        _remember(request, dossier, None)
        return redirect(f"{dossier_url(dossier, Place.of(request))}#to-khai")
    reason = request.POST.get("reason", "")[: revealing.LONGEST]
    try:
        revealing.reveal(dossier=dossier, reason=reason, by=request.user, at=PAGE, **meta(request))
    except Refusal as refusal:
        return show(request, dossier, status=422, reveal_error=refusal.message, reveal_reason=reason)
    _remember(request, dossier, now() + revealing.LASTS)
    return redirect(f"{dossier_url(dossier, Place.of(request))}#to-khai")

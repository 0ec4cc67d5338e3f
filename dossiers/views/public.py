"""Looking a dossier up by its code alone: how far it is, and nothing about the person."""

import re

from allauth.core.ratelimit import respond_429
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dossiers import selectors, timeline
from dossiers.life import CLOSED, Status
from dossiers.models import Dossier
from procedures.versions import read
from procedures.words import name_of
from worktime import now

A_MINUTE = 60  # look-ups from one address
_LOOSE = re.compile(r"[^0-9A-Z.]+")


def tidy(code: str) -> str:
    """A code as it is stored, from how people type it: spaces, small letters, long dashes."""
    return _LOOSE.sub("-", code[:60].upper().replace(" ", "")).strip("-")


def too_many(request: HttpRequest, limit: int = A_MINUTE, *, what: str = "lookup") -> bool:
    """Whether this address asked more than `limit` times in this minute. With the cache away, never."""
    key = f"{what}:{request.META.get('REMOTE_ADDR', '')}:{int(now().timestamp() // 60)}"
    cache.add(key, 0, 120)
    try:
        return cache.incr(key) > limit
    except ValueError:
        return False


@require_safe
def lookup(request: HttpRequest) -> HttpResponse:
    typed = request.GET.get("ma", "")
    if not typed:
        return render(request, "dossiers/lookup.html", {"typed": ""})
    if too_many(request):
        return respond_429(request)
    rows = Dossier.objects.exclude(status=Status.DRAFT).select_related("version", "branch", "unit")
    dossier = rows.filter(code=tidy(typed)).first()
    context = {"typed": typed[:60], "dossier": dossier}
    if dossier:
        context |= {
            "name": name_of(dossier.version),
            "stages": timeline.progress(dossier, read(dossier.version_id)),
            "left": selectors.time_left(dossier),
            "closed": dossier.status in CLOSED,
            "own": request.user.is_authenticated and dossier.owner_id == request.user.pk,
        }
    return render(request, "dossiers/lookup.html", context)

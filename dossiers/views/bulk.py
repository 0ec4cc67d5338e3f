"""Several dossiers at once: choose in the queue, see what will happen to each, confirm, read what became of each."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dossiers.services import bulk
from dossiers.views.frame import Place, frame, meta, staff_view


def _ids(values: list[str]) -> list[int]:
    return [int(v) for v in values[: bulk.LIMIT] if v.isascii() and v.isdecimal() and len(v) < 18]


def _seen(request: HttpRequest, ids: list[int]) -> dict[int, str]:
    return {pk: request.POST.get(f"seen-{pk}", "")[:200] for pk in ids}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view
def receive(request: HttpRequest) -> HttpResponse:
    """Receive the chosen dossiers. Receiving makes a promise to the applicant, so it cannot be undone."""
    place = Place.of(request)
    if request.method == "POST":
        ids = _ids(request.POST.getlist("chon"))
        outcomes = bulk.perform_each(request.user, ids, "receive", {}, seen=_seen(request, ids), **meta(request))
        return _results(request, place, _("Tiếp nhận"), outcomes)
    lines = bulk.preview(request.user, _ids(request.GET.getlist("chon")), "receive")
    return _preview(request, place, _("Tiếp nhận"), lines, name="receive")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view
def assign(request: HttpRequest) -> HttpResponse:
    """Give the chosen dossiers to one officer, with the reason. It can be taken back."""
    place = Place.of(request)
    label = _("Giao lại")
    if request.method != "POST":
        lines = bulk.preview(request.user, _ids(request.GET.getlist("chon")), "reassign")
        return _preview(request, place, label, lines, name="reassign")
    ids = _ids(request.POST.getlist("chon"))
    data = {"officer": request.POST.get("officer", ""), "reason": request.POST.get("reason", "").strip()}
    if not (data["officer"] and data["reason"]):
        lines = bulk.preview(request.user, ids, "reassign")
        error = _("Hãy chọn người nhận và ghi lý do.")
        return _preview(request, place, label, lines, name="reassign", error=error, typed=data, status=422)
    outcomes = bulk.perform_each(request.user, ids, "reassign", data, seen=_seen(request, ids), **meta(request))
    return _results(request, place, label, outcomes, undo=True)


@require_http_methods(["POST"])
@staff_view
def undo(request: HttpRequest) -> HttpResponse:
    """Give dossiers back to whoever had them before."""
    outcomes = []
    for pk in _ids(request.POST.getlist("chon")):
        data = {"officer": request.POST.get(f"before-{pk}", "")[:150], "reason": _("Hoàn tác việc giao lại.")}
        outcomes += bulk.perform_each(request.user, [pk], "reassign", data, seen={}, **meta(request))
    return _results(request, Place.of(request), _("Hoàn tác giao lại"), outcomes)


def _preview(request, place: Place, label: str, lines: list[bulk.Line], *, name: str, status: int = 200, **more):
    if not lines:
        return redirect(place.url)
    ready = [line for line in lines if not line.why]
    context = {
        **frame(request, place.key),
        "place": place,
        "label": label,
        "name": name,
        "lines": lines,
        "ready": len(ready),
        "officers": bulk.officers_for(request.user, [line.dossier for line in ready]) if name == "reassign" else [],
        **more,
    }
    return render(request, "dossiers/staff/bulk.html", context, status=status)


def _results(request, place: Place, label: str, outcomes: list[bulk.Outcome], *, undo: bool = False) -> HttpResponse:
    done = [o for o in outcomes if not o.why]
    context = {
        **frame(request, place.key),
        "place": place,
        "label": label,
        "done": done,
        "failed": [o for o in outcomes if o.why],
        "undo": [o for o in done if o.before] if undo else [],
    }
    return render(request, "dossiers/staff/bulk_done.html", context)

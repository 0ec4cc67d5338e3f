"""The desk: queues, one dossier, and the acts on it. Each view makes one call and draws the answer."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import second_factor
from branches.selectors import duties_of
from dossiers import desk, looking, overview, queue, storage
from dossiers.acts import Action, available, not_proven, perform, proven, state_of
from dossiers.errors import Invalid, Refusal, StepUpRequired
from dossiers.models import Attachment, Dossier
from dossiers.models.permissions import handles, receives_or_handles
from dossiers.services import checking
from dossiers.staff_forms import ActForm, choices_for, filter_chips
from dossiers.views.frame import (
    OVERSEERS,
    Place,
    dossier_or_404,
    dossier_url,
    frame,
    meta,
    staff_view,
)
from dossiers.views.revealing import revealed_until


# --- queues ----------------------------------------------------------------------------------------------------------
@require_safe
@staff_view
def queue_page(request: HttpRequest) -> HttpResponse:
    place = Place.of(request)
    found = queue.find(request.user, place.key)
    if found is None and place.key:
        raise Http404
    found = found or queue.SEARCH  # a posting without a queue of its own still searches
    page = queue.page(request.user, found.key, place.filters, request.GET.get("sau", "")[:200])
    place = Place(found.key, place.filters)
    context = {
        **frame(request, found.key),
        "queue": found,
        "place": place,
        "page": page,
        "rows": [(row, queue.left(row), queue.promised(row)[0]) for row in page.rows],
        "chips": filter_chips(place.filters),
        "choices": choices_for(request.user, found),
        "bulk": bulk_acts(request, found),
        "chosen": {place.filters.field, place.filters.ward, place.filters.assignee},
    }
    part = "dossiers/staff/rows.html" if request.htmx.target == "more" else "dossiers/staff/queue.html"
    return render(request, part, context)


@require_POST
@staff_view
def search(request: HttpRequest) -> HttpResponse:
    """The search as an address to come back to, in which a personal or telephone number stands as its blind index."""
    text = request.POST.get("q", "")[:80].replace("\0", "")
    return redirect(Place(queue.SEARCH.key, queue.Filters.of({"q": queue.index_of(text) or text})).url)


def bulk_acts(request: HttpRequest, found: queue.Queue) -> list[tuple[str, str]]:
    """(address, label) of what may be done with several dossiers of this queue at once."""
    duties = duties_of(request.user)
    if found.key == "cho-tiep-nhan":
        return [("desk:bulk_receive", _("Tiếp nhận"))]
    if duties.units("LEADER") and found.key in ("chua-giao", "co-quan", "da-tre", "sap-tre"):
        return [("desk:bulk_assign", _("Giao lại"))]
    return []


@require_safe
@staff_view
def preview(request: HttpRequest, code: str) -> HttpResponse:
    """The right pane of the queue, loaded as one moves along the rows."""
    dossier = dossier_or_404(request, code)
    looking.looked(request, dossier, at=looking.PANE)
    context = {**desk.preview(dossier, request.user), "place": Place.of(request)}
    return render(request, "dossiers/staff/pane.html", context)


# --- one dossier -----------------------------------------------------------------------------------------------------
@require_safe
@staff_view
def dossier_page(request: HttpRequest, code: str) -> HttpResponse:
    return show(request, dossier_or_404(request, code))


def show(request: HttpRequest, dossier: Dossier, *, status: int = 200, **more) -> HttpResponse:
    """The dossier's page, with a refusal on top where there was one."""
    place = Place.of(request)
    looking.looked(request, dossier, at=looking.PAGE)
    until = revealed_until(request, dossier)
    facts = desk.whole(dossier, request.user, revealed=until is not None)
    wanted = request.GET.get("tep", "")
    shown = next((a for a in dossier.present if str(a.pk) == wanted), next(iter(dossier.present), None))
    context = {
        **frame(request, place.key),
        **facts,
        "place": place,
        "shown": shown,
        "revealed_until": until,
        "note_form": ActForm(facts["note_action"], prefix="note") if facts["note_action"] else None,
        "accept": storage.ACCEPT_ATTRIBUTE,
        **more,
    }
    return render(request, "dossiers/staff/dossier.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view
def act(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """One act: its form, and doing it. Afterwards the next dossier of the queue opens."""
    dossier = dossier_or_404(request, code)
    if request.method == "POST":
        return _do(request, dossier, name)
    action = _find(dossier, request, name)
    if action is None:
        messages.error(request, _("Việc này không còn làm được với hồ sơ: hồ sơ đã thay đổi."))
        return redirect(dossier_url(dossier, Place.of(request)))
    return _form(request, dossier, ActForm(action))


def _find(dossier: Dossier, request: HttpRequest, name: str) -> Action | None:
    return next((a for a in available(dossier, request.user) if a.name == name), None)


def _do(request: HttpRequest, dossier: Dossier, name: str) -> HttpResponse:
    place, action = Place.of(request), _find(dossier, request, name)
    prefix = "note" if name == "note" else None
    form = ActForm(action, data=request.POST, prefix=prefix) if action else None
    data = form.typed() if form else _typed(request)
    seen, step_up = request.POST.get("seen", "")[:200], proven if second_factor.is_fresh(request) else not_proven
    try:
        done = perform(dossier.pk, name, data, user=request.user, seen=seen, step_up=step_up, **meta(request))
    except StepUpRequired:
        return second_factor.ask_again(request)
    except Invalid as invalid:
        form.show_errors(invalid.errors)
        return _form(request, dossier, form, status=invalid.status)
    except Refusal as refusal:
        return _refused(request, dossier.code, form, refusal, data)
    return _go_on(request, dossier, done, action, place)


def _typed(request: HttpRequest) -> dict[str, str]:
    return {k: v for k, v in request.POST.items() if k not in ("csrfmiddlewaretoken", "seen") and v}


def _refused(request: HttpRequest, code: str, form: ActForm | None, refusal: Refusal, data: dict) -> HttpResponse:
    """Somebody was quicker, or it may not be done: said on the dossier's page as it is now, with what was typed."""
    if form and refusal.field in form.fields:
        form.add_error(refusal.field, refusal.message)
        return _form(request, form.action.case.dossier, form, status=refusal.status)
    kept = [str(value) for value in data.values() if isinstance(value, str) and len(value) > 3]
    fresh = dossier_or_404(request, code)
    return show(request, fresh, status=refusal.status, refusal=refusal.message, kept=kept)


def _form(request: HttpRequest, dossier: Dossier, form: ActForm, *, status: int = 200) -> HttpResponse:
    context = {
        "dossier": dossier,
        "form": form,
        "action": form.action,
        "seen": state_of(dossier),
        "place": Place.of(request),
    }
    if request.htmx:
        return render(request, "dossiers/staff/act_form.html", context, status=status)
    looking.looked(request, dossier, at=looking.PAGE)
    context |= frame(request, context["place"].key)
    return render(request, "dossiers/staff/act.html", context, status=status)


def _go_on(request, before: Dossier, done: Dossier, action: Action, place: Place) -> HttpResponseRedirect:
    """Say what was done; open the next dossier of the queue. `before` still stands where it stood in the queue."""
    told = {"act": action.label, "code": done.code}
    if action.act.quiet or not place.key:
        messages.success(request, _("Đã ghi: %(act)s, hồ sơ %(code)s.") % told)
        return redirect(dossier_url(done, place))
    following = place.following(request.user, before)
    if following is None:
        messages.success(request, _("Đã ghi: %(act)s, hồ sơ %(code)s. Hàng này không còn hồ sơ nào khác.") % told)
        return redirect(place.url)
    messages.success(request, _("Đã ghi: %(act)s, hồ sơ %(code)s. Đây là hồ sơ tiếp theo.") % told)
    return redirect(dossier_url(following, place))


# --- its files -------------------------------------------------------------------------------------------------------
@require_POST
@staff_view
def check(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Tick or untick one file as held against its original."""
    dossier = dossier_or_404(request, code)
    if not receives_or_handles(dossier, request.user):
        raise PermissionDenied
    checked = request.POST.get("checked") == "1"
    try:
        checking.check_paper(dossier_id=dossier.pk, attachment_id=pk, checked=checked, by=request.user, **meta(request))
    except Attachment.DoesNotExist:
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, refusal.message)
    if request.htmx:
        return preview_part(request, code)
    return redirect(f"{dossier_url(dossier, Place.of(request))}#giay-to")


def preview_part(request: HttpRequest, code: str) -> HttpResponse:
    """The list of papers alone, after a tick."""
    dossier = dossier_or_404(request, code)
    context = {**desk.preview(dossier, request.user), "place": Place.of(request), "wide": request.POST.get("wide")}
    return render(request, "dossiers/staff/papers.html", context)


@require_POST
@staff_view
def result(request: HttpRequest, code: str) -> HttpResponse:
    """Add a result file, or take one away."""
    dossier = dossier_or_404(request, code)
    if not handles(dossier, request.user):
        raise PermissionDenied
    removed = request.POST.get("remove", "")
    try:
        if removed.isdecimal():
            checking.remove_result(
                dossier_id=dossier.pk, attachment_id=int(removed[:18]), by=request.user, **meta(request)
            )
            messages.success(request, _("Đã bỏ tệp kết quả."))
        elif upload := request.FILES.get("file"):
            checking.add_result(dossier_id=dossier.pk, upload=upload, by=request.user, **meta(request))
            messages.success(request, _("Đã đính kèm kết quả: %(name)s.") % {"name": upload.name})
        else:
            messages.error(request, _("Hãy chọn tệp kết quả."))
    except Attachment.DoesNotExist:
        raise Http404 from None
    except Refusal as refusal:
        return show(request, dossier_or_404(request, code), status=refusal.status, refusal=refusal.message)
    return redirect(f"{dossier_url(dossier, Place.of(request))}#ket-qua")


# --- the whole -------------------------------------------------------------------------------------------------------
@require_safe
@staff_view
def overview_page(request: HttpRequest) -> HttpResponse:
    """Counts by lateness of what this person answers for; nothing is done here."""
    if not duties_of(request.user).has(*OVERSEERS):
        raise Http404
    ways = overview.ways(request.user)
    by = request.GET.get("theo", "")
    by = by if by in dict(ways) else ways[0][0]
    lines = overview.lines(request.user, by)
    context = {
        **frame(request, "overview"),
        "ways": ways,
        "by": by,
        "total": overview.total(lines),
        "page": Paginator(lines, 50).get_page(request.GET.get("trang")),
    }
    return render(request, "dossiers/staff/overview.html", context)

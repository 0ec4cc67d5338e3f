"""What staff say about themselves: relatives they keep away from, who signs while they are away."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.second_factor import ask_again, is_fresh
from audit.services import Actor
from branches import delegating
from branches.forms import DelegationForm, RelativeForm
from branches.models import Delegation, RelativeDeclaration
from branches.selectors import duties_of
from dossiers.errors import Refusal
from dossiers.services import conflicts
from dossiers.views.frame import frame, staff_view


def _actor(request: HttpRequest) -> Actor:
    return Actor.of(request, posting_label=duties_of(request.user).postings[0].label)


# --- relatives -------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@staff_view
def relatives(request: HttpRequest) -> HttpResponse:
    """Declare one more, and the list of one's own declarations."""
    form = RelativeForm(request.POST or None, instance=RelativeDeclaration(user=request.user))
    if request.method == "POST" and form.is_valid():
        conflicts.declare(form.save(commit=False), actor=_actor(request))
        messages.success(request, _("Đã ghi khai báo. Hồ sơ của người này sẽ không giao cho anh/chị."))
        return redirect("desk:relatives")
    rows = RelativeDeclaration.objects.filter(user=request.user).order_by("-declared_at", "-pk")
    current = set(rows.in_force().values_list("pk", flat=True))
    context = {
        **frame(request, "relatives"),
        "form": form,
        "rows": [(row, row.pk in current) for row in rows],
    }
    return render(request, "dossiers/staff/relatives.html", context, status=422 if form.errors else 200)


@require_POST
@staff_view
def end_relative(request: HttpRequest, pk: int) -> HttpResponse:
    """The relation is over after today."""
    try:
        conflicts.end(pk, by=request.user, actor=_actor(request))
    except RelativeDeclaration.DoesNotExist:
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Đã kết thúc khai báo; khai báo còn hiệu lực đến hết hôm nay."))
    return redirect("desk:relatives")


# --- signing in a leader's place -------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@staff_view
def delegations(request: HttpRequest) -> HttpResponse:
    """A leader names who signs "KT." and for which days."""
    if not delegating.led_by(request.user):
        raise Http404
    form = DelegationForm(request.POST or None, instance=Delegation(leader=request.user))
    if form.is_valid() and not is_fresh(request):  # it gives rights
        return ask_again(request)
    if form.is_valid() and _delegated(request, form):
        messages.success(request, _("Đã ghi ủy quyền. Người ký thay ký được trong những ngày đã chọn."))
        return redirect("desk:delegations")
    mine = Delegation.objects.filter(leader=request.user).select_related("unit", "deputy").order_by("-pk")[:100]
    context = {**frame(request, "delegations"), "form": form, "rows": mine}
    return render(request, "dossiers/staff/delegations.html", context, status=422 if form.errors else 200)


def _delegated(request: HttpRequest, form: DelegationForm) -> bool:
    try:
        delegating.delegate(form.save(commit=False), actor=_actor(request))
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


@require_POST
@staff_view
def end_delegation(request: HttpRequest, pk: int) -> HttpResponse:
    """The deputy signs no more from this moment on."""
    try:
        delegating.end(pk, by=request.user, actor=_actor(request))
    except Delegation.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("Đã thôi ủy quyền."))
    return redirect("desk:delegations")

"""Opening a dossier in an emergency, and what the inspector reads of that and of late declarations."""

from collections.abc import Callable
from functools import wraps

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from branches.models import Role
from branches.selectors import duties_of
from dossiers.errors import Refusal
from dossiers.models import EmergencyAccess, LateDeclaration
from dossiers.services import emergency
from dossiers.views.frame import frame, meta, staff_view

PAGE = 50


class EmergencyForm(forms.Form):
    code = forms.CharField(label=_l("Mã hồ sơ"), max_length=40)
    reason = forms.CharField(
        label=_l("Lý do khẩn cấp"),
        min_length=emergency.SHORTEST_REASON,
        max_length=emergency.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("Ít nhất 20 ký tự. Lý do được gửi ngay cho người thứ hai và lưu để thanh tra."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_view
def open_page(request: HttpRequest) -> HttpResponse:
    """Code and reason; then the dossier itself, for an hour, to be read."""
    form = EmergencyForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                access = emergency.open_dossier(**form.cleaned_data, by=request.user, **meta(request))
            except Refusal as refusal:
                form.add_error(refusal.field or None, refusal.message)
                status = refusal.status
            else:
                told = _("Hồ sơ mở để xem trong 60 phút. Đã báo cho %(name)s.") % {"name": access.told}
                messages.warning(request, told)
                return redirect("desk:dossier", access.dossier.code)
    mine = EmergencyAccess.objects.in_force().filter(user=request.user).select_related("dossier").order_by("-ends_at")
    context = {**frame(request, "emergency"), "form": form, "mine": mine}
    return render(request, "dossiers/staff/emergency.html", context, status=status)


# --- the inspector's reports -----------------------------------------------------------------------------------------
def inspector_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @staff_view
    @wraps(view)
    def inner(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not duties_of(request.user).has(Role.INSPECTOR):
            raise Http404
        return view(request, *args, **kwargs)

    return inner


@require_safe
@inspector_view
def emergencies(request: HttpRequest) -> HttpResponse:
    """Every dossier opened in an emergency, the newest first."""
    rows = EmergencyAccess.objects.select_related("dossier", "user", "told").order_by("-starts_at", "-pk")
    return _report(request, "emergencies", rows.defer("dossier__answers", "dossier__search"))


@require_safe
@inspector_view
def late_declarations(request: HttpRequest) -> HttpResponse:
    """Acts on dossiers whose applicant was declared only afterwards."""
    rows = LateDeclaration.objects.select_related("declaration__user", "dossier").order_by("-pk")
    return _report(request, "late", rows.defer("dossier__answers", "dossier__search"))


def _report(request: HttpRequest, name: str, rows) -> HttpResponse:
    page = Paginator(rows, PAGE).get_page(request.GET.get("trang"))
    return render(request, f"dossiers/staff/{name}.html", {**frame(request, name), "page": page})

"""A running dossier to another version of its procedure: look first, then move it, with a reason."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.services import Actor
from dossiers.errors import Refusal
from dossiers.models import Dossier
from dossiers.services import moving
from procedures.models import ProcedureVersion
from studio.forms import MoveForm
from studio.views.frame import admins_only, page
from studio.views.life import crumbs_of


@require_safe
@admins_only
def find(request: HttpRequest) -> HttpResponse:
    """From a code typed to the dossier's page of moving."""
    code = request.GET.get("ma", "").strip().upper()[:40].replace("\0", "")
    if Dossier.objects.filter(code=code).exists():
        return redirect("studio:move", code)
    messages.error(request, _("Không có hồ sơ mã “%(code)s”.") % {"code": code})
    back = request.GET.get("ve", "")
    return redirect("studio:timeline", int(back)) if back.isdecimal() and len(back) < 15 else redirect("studio:home")


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def move(request: HttpRequest, code: str) -> HttpResponse:
    dossier = get_object_or_404(Dossier.objects.select_related("procedure", "version", "unit"), code=code)
    versions = list(moving.targets(dossier))
    chosen = _chosen(request, dossier, versions)
    refusal = moving.refusal(dossier)
    look = moving.preview(dossier, chosen) if chosen and not refusal else None
    form = MoveForm(request.POST or None, steps=look.steps, proposed=look.step) if look else None
    if form and request.method == "POST" and form.is_valid() and _moved(request, dossier, chosen, form):
        return redirect("studio:timeline", dossier.procedure_id)
    return page(
        request,
        "move.html",
        _("Chuyển hồ sơ %(code)s") % {"code": dossier.code},
        crumbs=crumbs_of(dossier.procedure),
        dossier=dossier,
        versions=versions,
        chosen=chosen,
        refusal=refusal,
        look=look,
        form=form,
        step=look.old.steps_by_key.get(dossier.step) if look else None,
        here=reverse("studio:move", args=[dossier.code]),
    )


def _chosen(request: HttpRequest, dossier: Dossier, versions: list[ProcedureVersion]) -> ProcedureVersion | None:
    """The version asked for by its number; else the one in force; else the newest other one."""
    asked = (request.POST.get("version") or request.GET.get("version") or "")[:10]
    by_number = {str(version.number): version for version in versions}
    in_force = next((v for v in versions if v.pk == dossier.procedure.published_id), None)
    return by_number.get(asked) or in_force or next(iter(versions), None)


def _moved(request: HttpRequest, dossier: Dossier, version: ProcedureVersion, form: MoveForm) -> bool:
    try:
        moving.move(
            dossier_id=dossier.pk, version=version, by=request.user, actor=Actor.of(request), **form.cleaned_data
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return False
    told = {"code": dossier.code, "number": version.number}
    messages.success(request, _("Hồ sơ %(code)s nay theo phiên bản %(number)s. Ngày hẹn trả giữ nguyên.") % told)
    return True

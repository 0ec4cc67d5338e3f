"""The drawing of a version, alone or with what waits on it; and a page of all versions on which somebody waits."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from procedures.drafts import readable
from procedures.drawing import describe, draw
from procedures.models import Procedure, ProcedureVersion
from procedures.versions import read
from studio.heat import heat_of, rows_of, waiting_in
from studio.views.frame import lookers, page, version_or_404


@require_safe
@lookers
def drawing(request: HttpRequest, version_id: int) -> HttpResponse:
    """The drawing as a piece of a page for htmx, else as a page of its own; `?heat=1` with the live figures."""
    version = version_or_404(version_id)
    live = heat_of(waiting_in([version.pk]).get(version.pk, {})) if request.GET.get("heat") == "1" else None
    if spec := readable(version):
        shown = {"version": version, "picture": draw(spec, heat=live), "sentences": describe(spec)}
    else:
        shown = {"version": version, "picture": _("Bản nháp có ô dữ liệu chưa đúng dạng nên chưa vẽ được quy trình.")}
    if request.htmx:
        return render(request, "studio/_drawing.html", shown)
    crumbs = (_procedure_crumb(version.procedure),)
    title = _("Sơ đồ quy trình, phiên bản %(number)s") % {"number": version.number}
    return page(request, "drawing.html", title, crumbs=crumbs, live=live is not None, **shown)


@require_safe
@lookers
def heat(request: HttpRequest, procedure_id: int) -> HttpResponse:
    """Where the dossiers of a procedure wait, for every version that has live ones, the newest first."""
    procedure = get_object_or_404(Procedure, pk=procedure_id)
    waiting = waiting_in(procedure.versions.values("pk"))
    versions = [
        _shown(version, waiting[version.pk])
        for version in procedure.versions.filter(pk__in=waiting).order_by("-number")
    ]
    crumbs = (_procedure_crumb(procedure),)
    return page(
        request, "heat.html", _("Hồ sơ đang chờ ở đâu"), crumbs=crumbs, procedure=procedure, versions=versions
    )  # fmt: skip


def _shown(version: ProcedureVersion, places: dict) -> dict:
    spec = read(version.pk)
    return {
        "version": version,
        "picture": draw(spec, heat=heat_of(places)),
        "sentences": describe(spec),
        "rows": rows_of(spec, places),
        "count": sum(one.count for place, one in places.items() if "." not in place),
    }


def _procedure_crumb(procedure: Procedure) -> tuple[str, str]:
    return reverse("admin:procedures_procedure_change", args=[procedure.pk]), str(procedure)

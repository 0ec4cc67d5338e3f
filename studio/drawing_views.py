"""The drawing of a version, alone or with what waits on it; and a page of all versions on which somebody waits."""

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from procedures.drawing import describe, draw
from procedures.models import Procedure, ProcedureVersion
from procedures.versions import read
from studio.heat import heat_of, rows_of, waiting_in

_may_look = permission_required("procedures.view_procedure", raise_exception=True)


@require_safe
@_may_look
def drawing(request: HttpRequest, version_id: int) -> HttpResponse:
    """The drawing as a piece of a page for htmx, else as a page of its own; `?heat=1` with the live figures."""
    version = get_object_or_404(ProcedureVersion.objects.select_related("procedure"), pk=version_id)
    spec = read(version.pk)
    live = heat_of(waiting_in([version.pk]).get(version.pk, {})) if request.GET.get("heat") == "1" else None
    page = {
        **admin.site.each_context(request),
        "title": _("Sơ đồ quy trình"),
        "version": version,
        "picture": draw(spec, heat=live),
        "sentences": describe(spec),
        "live": live is not None,
    }
    return render(request, "studio/_drawing.html" if request.htmx else "studio/drawing.html", page)


@require_safe
@_may_look
def heat(request: HttpRequest, procedure_id: int) -> HttpResponse:
    """Where the dossiers of a procedure wait, for every version that has live ones, the newest first."""
    procedure = get_object_or_404(Procedure, pk=procedure_id)
    waiting = waiting_in(procedure.versions.values("pk"))
    versions = []
    for version in procedure.versions.filter(pk__in=waiting).order_by("-number"):
        spec, places = read(version.pk), waiting[version.pk]
        versions.append(
            {
                "version": version,
                "picture": draw(spec, heat=heat_of(places)),
                "sentences": describe(spec),
                "rows": rows_of(spec, places),
                "count": sum(one.count for place, one in places.items() if "." not in place),
            }
        )
    page = {
        **admin.site.each_context(request),
        "title": _("Hồ sơ đang chờ ở đâu"),
        "procedure": procedure,
        "versions": versions,
    }
    return render(request, "studio/heat.html", page)

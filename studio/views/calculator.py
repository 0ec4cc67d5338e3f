"""The fees of any version, drafts too, worked out for some answers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dossiers.errors import Refusal
from dossiers.fee_calculator import calculate
from studio import trying
from studio.views.frame import lookers, page, version_or_404
from studio.views.trying import crumbs_of


@require_safe
@lookers
def calculator(request: HttpRequest, version_id: int) -> HttpResponse:
    version = version_or_404(version_id)
    try:
        spec = trying.spec_of(version.pk)
        context = calculate(spec, request.GET or None)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("studio:try", version_id)
    except trying.BROKEN as error:
        messages.error(request, trying.unready(error).message)
        return redirect("studio:try", version_id)
    crumbs = crumbs_of(version)
    return page(request, "calculator.html", _("Tính thử phí"), crumbs=crumbs, version=version, spec=spec, **context)

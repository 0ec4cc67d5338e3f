"""What every page of the studio stands in: the admin's look, its door, and who may change something."""

from functools import wraps

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from procedures.deciding import may_decide
from procedures.models import ProcedureVersion


def may_look(user) -> bool:
    return user.has_perm("procedures.view_procedure")


def admins_only(view):
    """For pages on which something is decided."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs):
        if not may_decide(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapped


def lookers(view):
    """For pages that only show: whoever may look at procedures in the admin."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs):
        if not may_look(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapped


def page(
    request: HttpRequest,
    template: str,
    title: str,
    *,
    crumbs: tuple[tuple[str, str], ...] = (),
    status: int = 200,
    **context,
) -> HttpResponse:
    """A page in the admin's frame. `crumbs`: (address, words) of the pages above, below the studio's front."""
    return render(
        request,
        f"studio/{template}",
        {
            **admin.site.each_context(request),
            "title": title,
            "crumbs": crumbs,
            "may_change": may_decide(request.user),
            **context,
        },
        status=status,
    )


def version_or_404(version_id: int) -> ProcedureVersion:
    return get_object_or_404(ProcedureVersion.objects.select_related("procedure__published"), pk=version_id)

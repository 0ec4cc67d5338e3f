"""What a procedure would cost me: for everybody, before anything is filled in."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dossiers.fee_calculator import calculate
from procedures.versions import published_spec
from procedures.words import name_of, spoken


@require_safe
def calculator(request: HttpRequest, code: str) -> HttpResponse:
    """Nothing is kept and nobody is asked who they are: the answers stand in the address."""
    spec = published_spec(code) if "\0" not in code else None
    if spec is None:
        raise Http404
    spec = spoken(spec)
    context = {"spec": spec, "name": name_of(spec), **calculate(spec, request.GET or None)}
    return render(request, "dossiers/calculator.html", context)

"""Finding a ward by any name it has or had."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from places.models import Ward


@require_safe
def wards(request: HttpRequest) -> HttpResponse:
    """`/phuong-xa/?q=`: up to 20 wards, best first; a list of options for htmx, JSON for others, a page for people."""
    found = Ward.objects.search(request.GET.get("q", ""))[:20]
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"results": [{"code": w.code, "name": w.name, "was": w.was} for w in found]})
    return render(request, "places/wards.html", {"wards": found, "q": request.GET.get("q", "")})

"""The front door, and the few pages that belong to no app."""

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language as django_set_language

from hanoi_psc.display import Display
from hanoi_psc.front import front_page


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", front_page())


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/accessibility.html")


@require_POST
def display(request: HttpRequest) -> HttpResponse:
    """Turn large print or plain mode on or off, and go back to where one was."""
    shown = Display.of(request)
    switch = request.POST.get("switch")
    if switch in ("large", "plain"):
        shown = replace(shown, **{switch: not getattr(shown, switch)})
    wanted = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(wanted if safe else "/")
    shown.keep(response, secure=settings.SECURE)
    return response


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Change the language of this browser and, for a person who is logged in, of the letters they get."""
    response = django_set_language(request)
    language = request.POST.get("language")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES) and language != request.user.language:
        request.user.language = language
        request.user.save(update_fields=["language"])
    return response

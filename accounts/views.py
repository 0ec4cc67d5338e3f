"""A person's own page."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import social
from accounts.forms import ProfileForm

ONE_YEAR = 365 * 24 * 3600


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Facts that forms are filled in with; saving them changes no dossier that was already submitted."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        with translation.override(user.language):
            messages.success(request, _("Đã lưu thông tin của anh/chị."))
        response = redirect("accounts:profile")
        kept = {"max_age": ONE_YEAR, "samesite": "Lax", "secure": settings.SECURE, "httponly": True}
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, **kept)
        return response
    if form.errors:
        request.user.refresh_from_db(fields=["full_name"])  # a refused form must not rename the person in the masthead
    return render(request, "account/profile.html", {"form": form})


@login_required
def connect_vneid(request: HttpRequest) -> HttpResponse:
    """What VNeID said is joined to the account only when the person, seeing both names, says so here."""
    identity = social.pending(request)
    if identity is None:
        return redirect("accounts:profile")
    if request.method == "POST":
        return social.connect_pending(request, identity)
    return render(request, "socialaccount/connect.html", {"identity": identity})

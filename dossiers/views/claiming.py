"""A person takes a dossier filed at a counter into their account, with the claim code on their slip."""

from allauth.core.ratelimit import respond_429
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from audit.services import Actor
from dossiers.errors import Refusal
from dossiers.services.claiming import claim
from dossiers.views.keeping import person_required
from dossiers.views.public import tidy, too_many

TRIES_A_MINUTE = 6


class ClaimForm(forms.Form):
    code = forms.CharField(
        label=_l("Mã hồ sơ"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label=_l("Mã nhận hồ sơ"),
        help_text=_l("10 chữ và số in trên giấy hẹn, ví dụ ABCDE-23456."),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        return tidy(self.cleaned_data["code"])


@person_required
def claim_dossier(request: HttpRequest) -> HttpResponse:
    form = ClaimForm(request.POST or None, initial={"code": request.GET.get("ma", "")[:60]})
    if request.method == "POST":
        if too_many(request, TRIES_A_MINUTE, what="claim"):
            return respond_429(request)
        if form.is_valid():
            try:
                dossier = claim(**form.cleaned_data, by=request.user, actor=Actor.of(request))
            except Refusal as refusal:
                form.add_error(refusal.field, refusal.message)
            else:
                messages.success(
                    request, _("Hồ sơ %(code)s nay nằm trong tài khoản của anh/chị.") % {"code": dossier.code}
                )
                return redirect("dossiers:detail", dossier.code)
    return render(request, "dossiers/claim.html", {"form": form}, status=422 if form.errors else 200)

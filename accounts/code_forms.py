"""Coming in by a one-time code: asking for one, and showing it."""

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.app_settings import LoginMethod
from allauth.account.internal.flows.login import derive_login_method
from allauth.core import context
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import waits
from accounts.demo import may_log_in
from accounts.numbers import find_named, owner_of_phone
from accounts.phone import normalise_phone

CODE_INPUT = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "12", "autofocus": True}


class RequestCodeForm(allauth_forms.RequestLoginCodeForm):
    """One field for a telephone number or an e-mail address. Says the same for known and unknown ones."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        login = forms.CharField(
            label=_("Số điện thoại hoặc thư điện tử"), max_length=254, widget=forms.TextInput(attrs)
        )
        self.fields = {"login": login}

    def clean(self) -> dict:
        login = self.cleaned_data.get("login", "").strip()
        method = derive_login_method(login) if login else None
        if method == LoginMethod.PHONE:
            name = self.cleaned_data["phone"] = normalise_phone(login)
            user = owner_of_phone(name)
        elif method == LoginMethod.EMAIL:
            name = self.cleaned_data["email"] = login.lower()
            user, _name = find_named({"email": name})
        else:
            if login:
                self.add_error("login", get_adapter().validation_error("invalid_login"))
            return self.cleaned_data
        self._user = user if user is not None and user.is_active and may_log_in(user) else None
        try:
            waits.take(context.request, what="send", name=name, user=self._user)
        except waits.TooSoon as error:
            self.add_error("login", error)
        return self.cleaned_data


class CodeForm(forms.Form):
    """Mixed into allauth's forms that ask for a code: its tries are counted for the account and the address too.

    allauth counts them in the session, which many requests at once read before any of them writes.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Mã gồm 6 chữ số")
        self.fields["code"].max_length = 12
        self.fields["code"].widget = forms.TextInput(attrs=CODE_INPUT)

    def clean_code(self) -> str:
        request = context.request
        user, name = self._whose(request)
        taken = waits.take(request, what="code", name=name, user=user)
        code = super().clean_code()
        waits.give_back(taken)
        return code

    def _whose(self, request) -> tuple[object | None, str]:
        return self.user, self.phone


class LoginCodeForm(CodeForm, allauth_forms.ConfirmLoginCodeForm):
    def _whose(self, request):
        stage = request._login_stage
        return stage.login.user, stage.state.get("phone") or stage.state.get("email") or ""


class PhoneCodeForm(CodeForm, allauth_forms.VerifyPhoneForm):
    pass


class EmailCodeForm(CodeForm, allauth_forms.ConfirmEmailVerificationCodeForm):
    def _whose(self, request):
        return self.user, self.email


class ChangePhoneForm(allauth_forms.ChangePhoneForm):
    def clean_phone(self) -> str:
        phone = super().clean_phone()
        waits.take(context.request, what="send", name=phone, user=None)
        return phone

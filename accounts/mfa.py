"""What allauth.mfa asks of us: sealed secrets, Vietnamese words, our own rule for used codes, and its pages as ours."""

from io import BytesIO

from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as base_forms
from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm as AllauthActivateTOTPForm
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.forms import AddWebAuthnForm as AllauthAddWebAuthnForm
from allauth.mfa.webauthn.forms import EditWebAuthnForm as AllauthEditWebAuthnForm
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts import second_factor, waits
from keys.ring import hide, show

SECRET = "mfa.authenticator.secret"  # what a sealed secret is bound to


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _(
            "Tài khoản cán bộ luôn phải có xác minh hai lớp. Hãy thêm cách xác minh khác trước khi bỏ cách này."
        ),
        "cannot_generate_recovery_codes": _("Hãy bật xác minh hai lớp trước khi tạo mã khôi phục."),
        "incorrect_code": _("Mã chưa đúng, đã hết hạn hoặc đã dùng. Hãy nhập mã đang hiện trong ứng dụng."),
        "unverified_email": _("Hãy xác minh thư điện tử trước."),
    }

    def encrypt(self, text: str) -> str:
        return hide(text, place=SECRET)

    def decrypt(self, encrypted_text: str) -> str:
        return show(encrypted_text, place=SECRET)

    def build_totp_svg(self, url: str) -> str:
        """On white of its own: a QR code on a dark page is not read by every telephone."""
        import qrcode
        from qrcode.image.svg import SvgPathFillImage

        out = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(out)
        return out.getvalue().decode()

    def get_totp_label(self, user) -> str:
        return user.username  # shown in a list on somebody's telephone: neither an address nor a number

    def generate_authenticator_name(self, user, type) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return str(_("Khóa %(number)s") % {"number": count + 1})

    def can_delete_authenticator(self, authenticator) -> bool:
        """Who must have a factor keeps at least one; everybody else may go without."""
        others = Authenticator.objects.filter(user=authenticator.user, type__in=second_factor.Main)
        return others.exclude(pk=authenticator.pk).exists() or not second_factor.is_required(authenticator.user)


# --- forms -----------------------------------------------------------------------------------------------------------
class CodeForm:
    """The one field of these forms, in our words; TOTP codes are used once by our own table (second_factor.accepts)."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Mã xác minh")
        field.help_text = _("6 chữ số đang hiện trong ứng dụng xác minh, hoặc một mã khôi phục 8 chữ số.")
        field.max_length = 20
        field.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "20"}

    def clean_code(self) -> str:
        taken = waits.take(context.request, what="code", name=self.user.username, user=self.user)
        code = self.cleaned_data["code"]
        for found in Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN):
            if self._accepts(found, code):
                found.user = self.user
                self.authenticator = found
                waits.give_back(taken)
                return code
        raise MFAAdapter().validation_error("incorrect_code")

    def _accepts(self, authenticator: Authenticator, code: str) -> bool:
        if authenticator.type == Authenticator.Type.TOTP:
            return second_factor.accepts_in_browser(self.user, code)
        return authenticator.wrap().validate_code(code)


class AuthenticateForm(CodeForm, base_forms.AuthenticateForm):
    pass


class ReauthenticateForm(CodeForm, base_forms.ReauthenticateForm):
    pass


class ActivateTOTPForm(AllauthActivateTOTPForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Mã đang hiện trong ứng dụng")
        field.help_text = _("6 chữ số, đổi mới sau mỗi 30 giây.")
        field.max_length = 20
        field.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "20"}


class AddWebAuthnForm(AllauthAddWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Tên để nhận ra khóa này")
        self.fields["name"].help_text = _("Ví dụ: Điện thoại của tôi.")
        self.fields["name"].max_length = 100
        self.fields["passwordless"].label = _("Dùng để đăng nhập mà không cần mật khẩu")
        self.fields["passwordless"].help_text = _("Khóa phải hỏi vân tay, khuôn mặt hoặc mã PIN.")


class EditWebAuthnForm(AllauthEditWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Tên để nhận ra khóa này")
        self.fields["name"].max_length = 100


# --- pages -----------------------------------------------------------------------------------------------------------
def demo_code(user) -> str:
    """The present code of a demo account, for the page that asks for it; "" for any other account."""
    if not (settings.DEMO and user.is_demo):
        return ""
    totp = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return second_factor.code_now(show(totp.data["secret"], place=SECRET)) if totp else ""


class Authenticate(AuthenticateView):
    def get_context_data(self, **kwargs) -> dict:
        user = self.stage.login.user
        by_key = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists()
        return super().get_context_data(**kwargs) | {"demo_code": demo_code(user), "by_key": by_key}


class Reauthenticate(ReauthenticateView):
    def get_context_data(self, **kwargs) -> dict:
        user = self.request.user
        by_key = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists()
        return super().get_context_data(**kwargs) | {"demo_code": demo_code(user), "by_key": by_key}


class ActivateTOTP(ActivateTOTPView):
    """Whoever just showed a code of the new factor has passed it."""

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(**kwargs)
        secret = context["form"].secret  # in fours, as a person reads it out
        return context | {"secret_groups": [secret[i : i + 4] for i in range(0, len(secret), 4)]}

    def form_valid(self, form):
        response = super().form_valid(form)
        record_authentication(self.request, self.request.user, "mfa", type="totp", reauthenticated=True)
        return response


class AddKey(AddWebAuthnView):
    def form_valid(self, form):
        response = super().form_valid(form)
        record_authentication(self.request, self.request.user, "mfa", type="webauthn", reauthenticated=True)
        return response


class RemoveKey(RemoveWebAuthnView):
    def form_valid(self, form):
        adapter = MFAAdapter()
        if adapter.can_delete_authenticator(self.get_object()):
            return super().form_valid(form)
        messages.error(self.request, adapter.error_messages["cannot_delete_authenticator"])
        return redirect("mfa_list_webauthn")

"""What allauth asks of us: telephone numbers, where to go after login, and user names nobody has to invent."""

import logging
from smtplib import SMTPException

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as context_of
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from accounts.demo import may_log_in
from accounts.phone import normalise_phone
from accounts.phone_field import PhoneField
from keys.ring import blind
from worktime import now

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_taken": _("Thư điện tử này đã có tài khoản. Hãy đăng nhập, hoặc lấy lại mật khẩu nếu quên."),
        "phone_taken": _("Số điện thoại này đã có tài khoản. Hãy đăng nhập, hoặc lấy lại mật khẩu nếu quên."),
        "email_password_mismatch": _("Thư điện tử hoặc mật khẩu chưa đúng."),
        "phone_password_mismatch": _("Số điện thoại hoặc mật khẩu chưa đúng."),
        "username_password_mismatch": _("Tên đăng nhập hoặc mật khẩu chưa đúng."),
        "unknown_email": _("Chưa có tài khoản nào dùng thư điện tử này."),
        "unknown_phone": _("Chưa có tài khoản nào dùng số điện thoại này."),
        "too_many_login_attempts": _("Nhập sai quá nhiều lần. Xin chờ vài phút rồi thử lại."),
        "enter_current_password": _("Mật khẩu hiện tại chưa đúng."),
        "incorrect_password": _("Mật khẩu chưa đúng."),
        "invalid_password_reset": _("Đường dẫn đặt lại mật khẩu không còn dùng được. Hãy xin đường dẫn mới."),
        "account_inactive": _("Tài khoản này đang bị khóa."),
        "cannot_remove_primary_email": _("Không xóa được thư điện tử chính. Hãy chọn địa chỉ khác làm chính trước."),
        "duplicate_email": _("Thư điện tử này đã có trong tài khoản của anh/chị."),
        "max_email_addresses": _("Mỗi tài khoản có tối đa %d thư điện tử."),
        "unverified_primary_email": _("Thư điện tử chính phải được xác minh."),
        "rate_limited": _("Yêu cầu quá dồn dập. Xin chờ một lát rồi thử lại."),
    }

    def pre_login(self, request, user, **options):
        """allauth lets a right password of a refused account this far, to say that the account is closed."""
        if not may_log_in(user):
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **options)

    def populate_username(self, request, user) -> None:
        """People log in by e-mail or telephone; the user name is opaque, so that it tells nothing about them."""
        if not user.username:
            user.username = f"cd{get_random_string(12, 'abcdefghjkmnpqrstuvwxyz23456789')}"

    def save_user(self, request, user, form, commit=True):
        """The telephone number is written with the rest of the row: a number already taken leaves no half account."""
        user.phone = form.cleaned_data.get("phone") or ""
        return super().save_user(request, user, form, commit)

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Letters with secret links leave at once and are stored nowhere; when none can leave, the page says so."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException):
            logger.warning("mail not sent", extra={"template": template_prefix}, exc_info=True)
            text = _("Chưa gửi được thư lúc này. Xin thử lại sau ít phút.")
            self.add_message(context_of.request, messages.WARNING, message=text)

    def get_login_redirect_url(self, request) -> str:
        """Who designs procedures begins there, others with a posting at their desk, everybody else at home.

        `next` wins over all of them.
        """
        postings = getattr(request.user, "postings", None)  # a floor above: asked for, not imported
        in_force = postings.in_force(timezone.localdate(now())) if postings is not None else ()
        roles = {posting.role for posting in in_force}
        if roles:
            try:
                return reverse("studio:home" if roles == {"ADMIN"} else "desk:queue")
            except NoReverseMatch:
                pass
        return reverse("home")

    # --- Telephone numbers ----------------------------------------------------------------------------------------
    def phone_form_field(self, **kwargs):
        return PhoneField(**kwargs)

    def get_phone(self, user) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user, phone: str, verified: bool) -> None:
        user.phone, user.phone_verified = normalise_phone(phone), verified
        user.save(update_fields=["phone", "phone_verified"])

    def set_phone_verified(self, user, phone: str) -> None:
        self.set_phone(user, phone, True)

    def get_user_by_phone(self, phone: str):
        return get_user_model().objects.filter(phone_index=blind("phone", normalise_phone(phone))).first()

    def send_verification_code_sms(self, user, phone: str, code: str, **kwargs) -> None:
        """Never reached while ACCOUNT_PHONE_VERIFICATION_ENABLED is off: there is no text-message channel yet."""
        raise NotImplementedError("no text-message channel is configured")

"""What allauth asks of us: telephone numbers, where to go after login, and user names nobody has to invent."""

import logging
from smtplib import SMTPException
from urllib.parse import urljoin, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as context_of
from django.conf import settings
from django.contrib import messages
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from accounts import recording, waits
from accounts.demo import may_log_in
from accounts.numbers import find_named, holder_of_phone, owner_of_phone, prove_phone
from accounts.phone import normalise_phone
from accounts.phone_field import PhoneField
from notifications.channels import ChannelError
from notifications.sms import send_text
from worktime import now

logger = logging.getLogger(__name__)


def _at_home(value):
    """An absolute address as one of SITE_URL; anything else as it is."""
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        return value
    parts = urlsplit(value)
    return urljoin(settings.SITE_URL, f"{parts.path}?{parts.query}" if parts.query else parts.path)


# Numbers and addresses are proved when an account is made, not at every login of one that has not yet.
STAGES = {
    "allauth.account.stages.PhoneVerificationStage": "accounts.stages.PhoneAtSignup",
    "allauth.account.stages.EmailVerificationStage": "accounts.stages.EmailAtSignup",
}


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
        "incorrect_code": _("Mã chưa đúng. Hãy xem lại tin nhắn mới nhất."),
        "invalid_login": _("Hãy ghi số điện thoại hoặc thư điện tử của anh/chị."),
        "same_as_current": _("Đây là số đang dùng."),
        "rate_limited": _("Yêu cầu quá dồn dập. Xin chờ một lát rồi thử lại."),
    }

    # --- Tries ----------------------------------------------------------------------------------------------------
    def pre_authenticate(self, request, **credentials) -> None:
        user, name = find_named(credentials)
        self._taken = waits.take(request, what="password", name=name, user=user)

    def authenticate(self, request, **credentials):
        user = super().authenticate(request, **credentials)
        if user is not None:
            waits.give_back(self._taken)
        return user

    def get_login_stages(self) -> list[str]:
        return [STAGES.get(path, path) for path in super().get_login_stages()]

    def pre_login(self, request, user, **options):
        """allauth lets a right password of a refused account this far, to say that the account is closed."""
        if not may_log_in(user):
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **options)

    def post_login(self, request, user, **options):
        recording.logged_in(request, user)
        return super().post_login(request, user, **options)

    def logout(self, request) -> None:
        recording.logged_out(request)
        super().logout(request)

    def authentication_failed(self, request, **credentials) -> None:
        recording.login_failed(request, credentials)
        super().authentication_failed(request, **credentials)

    def populate_username(self, request, user) -> None:
        """People log in by e-mail or telephone; the user name is opaque, so that it tells nothing about them."""
        if not user.username:
            user.username = f"cd{get_random_string(12, 'abcdefghjkmnpqrstuvwxyz23456789')}"

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Letters with secret links leave at once and are stored nowhere; when none can leave, the page says so.

        Their links lead to SITE_URL: allauth takes the host that the request claims, which its sender chose.
        """
        try:
            super().send_mail(template_prefix, email, {name: _at_home(value) for name, value in context.items()})
        except (OSError, SMTPException) as error:  # which may quote the address: its kind is all that is logged
            logger.warning("mail not sent: %s", type(error).__name__, extra={"template": template_prefix})
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

    def get_user_by_phone(self, phone: str):
        return owner_of_phone(phone)

    def set_phone(self, user, phone: str, verified: bool) -> None:
        """A number that somebody else wrote down first is not written here before it is proved (accounts.stages)."""
        phone = user.phone_to_prove = normalise_phone(phone)
        holder = holder_of_phone(phone)
        if holder is None or holder.pk == user.pk:
            user.phone, user.phone_verified = phone, verified
            user.save(update_fields=["phone", "phone_verified"])

    def set_phone_verified(self, user, phone: str) -> None:
        prove_phone(user=user, phone=phone)

    def generate_phone_verification_code(self, *, user, phone: str) -> str:
        return get_random_string(6, "0123456789")

    def send_verification_code_sms(self, user, phone: str, code: str, **kwargs) -> None:
        text = _("%(code)s là mã của anh/chị trên Dịch vụ công Hà Nội. Không đưa mã này cho ai, kể cả cán bộ.")
        self._send_text(phone, text % {"code": code})

    def send_unknown_account_sms(self, phone: str, **kwargs) -> None:
        """Known number or not, one message leaves: neither the page nor the time it takes tells which."""
        text = _("Dịch vụ công Hà Nội: số này chưa có tài khoản. Đăng ký tại %(url)s")
        self._send_text(phone, text % {"url": urljoin(settings.SITE_URL, reverse("account_signup"))})

    def send_account_already_exists_sms(self, phone: str) -> None:
        text = _("Dịch vụ công Hà Nội: số này đã có tài khoản. Đăng nhập tại %(url)s")
        self._send_text(phone, text % {"url": urljoin(settings.SITE_URL, reverse("account_login"))})

    def _send_text(self, phone: str, text: str) -> None:
        try:
            send_text(phone=phone, text=text)
        except ChannelError as error:
            logger.warning("text message not sent: %s", type(error).__name__)
            self.add_message(
                context_of.request,
                messages.WARNING,
                message=_("Chưa gửi được tin nhắn lúc này. Xin thử lại sau ít phút."),
            )

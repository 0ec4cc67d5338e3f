"""People who log in, and the tokens that log in for them."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from keys.fields import BlindIndexField, FoundByIndex, HiddenDateField, HiddenTextField
from worktime import now

personal_number_validator = RegexValidator(r"^\d{12}$", _("Số định danh cá nhân gồm đúng 12 chữ số."))


class User(FoundByIndex, AbstractUser):
    """One person, one account. What a member of staff may do comes from postings (see branches), never from here.

    `phone` is E.164 (`+84912345678`); `email` and `phone` are unique when given. `is_staff` opens Django admin only.
    Hidden fields are looked up by their index: `phone_index=blind("phone", …)`, `number_index=blind("number", …)`.
    """

    LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
    UNVERIFIED, LEVEL_1, LEVEL_2 = 0, 1, 2  # how surely VNeID knows the person (Decree 69/2024, art. 5)

    first_name = None
    last_name = None
    full_name = models.CharField(_("họ và tên"), max_length=150, blank=True)
    email = models.EmailField(_("thư điện tử"), blank=True)
    phone = HiddenTextField(_("điện thoại"), max_length=16, blank=True)
    phone_index = BlindIndexField(of="phone", purpose="phone")
    phone_verified = models.BooleanField(_("điện thoại đã xác minh"), default=False)
    personal_number = HiddenTextField(
        _("số định danh cá nhân"), max_length=12, blank=True, validators=[personal_number_validator]
    )
    number_index = BlindIndexField(of="personal_number", purpose="number", db_index=True)
    birth_date = HiddenDateField(_("ngày sinh"), null=True, blank=True)
    ward = models.ForeignKey(
        "places.Ward", models.SET_NULL, null=True, blank=True, verbose_name=_("phường, xã"), related_name="+"
    )
    verified_at = models.DateTimeField(_("xác minh danh tính lúc"), null=True, blank=True, editable=False)
    identity_level = models.PositiveSmallIntegerField(_("mức định danh"), default=UNVERIFIED, editable=False)
    address_line = HiddenTextField(_("số nhà, đường, thôn"), max_length=200, blank=True)
    language = models.CharField(_("ngôn ngữ"), max_length=2, choices=LANGUAGES, default="vi")
    is_demo = models.BooleanField(_("tài khoản dùng thử"), default=False, editable=False)

    REQUIRED_FIELDS = ["email"]

    class Meta:
        verbose_name = _("tài khoản")
        verbose_name_plural = _("tài khoản")
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="one_account_per_email"),
            models.UniqueConstraint(
                fields=["number_index"],
                condition=models.Q(verified_at__isnull=False) & ~models.Q(number_index=""),
                name="one_account_per_verified_number",
            ),
            models.UniqueConstraint(
                fields=["phone_index"], condition=~models.Q(phone_index=""), name="one_account_per_phone"
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    @property
    def is_verified(self) -> bool:
        """Whether name, personal number and date of birth were said by VNeID, and may not be typed over."""
        return self.verified_at is not None

    def get_full_name(self) -> str:
        return self.full_name or self.username

    def get_short_name(self) -> str:
        return self.get_full_name().split()[-1]


def display_name(user: User) -> str:
    """What allauth's pages and letters call a person."""
    return str(user)


# What a token may be used for. Signing by a token needs a step-up code besides (accounts.tokens).
SCOPES = {
    "read": _("xem hồ sơ, hàng việc"),
    "file": _("tải tệp lên, nộp hồ sơ"),
    "act": _("xử lý hồ sơ"),
    "sign": _("ký, quyết định"),
    "design": _("xem các phiên bản thủ tục chưa ban hành"),
}
ALL_SCOPES = " ".join(SCOPES)
TOKEN_DAYS = 90


def in_token_days():
    return now() + timedelta(days=TOKEN_DAYS)


def check_scopes(text: str) -> None:
    if unknown := set(text.split()) - SCOPES.keys():
        raise ValidationError(
            _("Không có phạm vi “%(scope)s”. Các phạm vi: %(all)s.")
            % {"scope": " ".join(sorted(unknown)), "all": ALL_SCOPES}
        )


class Attempt(models.Model):
    """How often a login was tried in vain for one account, address or device, and when it may be tried again.

    `key` is a blind index: neither names nor addresses lie here. Rows are written by accounts.waits alone.
    """

    key = models.CharField(max_length=43, primary_key=True)
    count = models.PositiveIntegerField()
    tried_at = models.DateTimeField(db_index=True)
    next_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.count} · {self.next_at:%d/%m/%Y %H:%M:%S}"


class ApiTokenQuerySet(models.QuerySet):
    def in_force(self):
        tokens = self.filter(expires_at__gt=now(), user__is_active=True)
        return tokens if settings.DEMO else tokens.filter(user__is_demo=False)


class ApiToken(models.Model):
    """A bearer token of the API. Only its SHA-256 is kept; the token itself is shown once, when it is made.

    Every token ends, and does no more than its scopes say; both only narrow what its owner may do.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens", verbose_name=_("tài khoản"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    label = models.CharField(_("dùng cho"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("tạo lúc"), default=now, editable=False)
    expires_at = models.DateTimeField(_("hết hạn lúc"), default=in_token_days)
    scopes = models.CharField(_("phạm vi"), max_length=60, default=ALL_SCOPES, validators=[check_scopes])

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("mã truy cập API")
        verbose_name_plural = _("mã truy cập API")

    def __str__(self) -> str:
        return f"{self.user} · {self.label or self.pk}"

    @staticmethod
    def digest_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    def may(self, scope: str) -> bool:
        return scope in self.scopes.split()

    @classmethod
    def issue(cls, user: User, *, label: str = "", expires_at=None, scopes: str = ALL_SCOPES) -> str:
        """Make a token for `user` and return its clear text, which is not stored. Without an end: TOKEN_DAYS."""
        token = secrets.token_urlsafe(32)
        ends = expires_at or in_token_days()
        cls.objects.create(user=user, digest=cls.digest_of(token), label=label, expires_at=ends, scopes=scopes)
        return token


class UsedCode(models.Model):
    """A one-time code of an authenticator app that was accepted: `counter` is its step of 30 seconds (RFC 6238)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    counter = models.BigIntegerField()
    used_by = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "counter"], name="one_use_of_a_code")]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.counter}"


class KnownDevice(models.Model):
    """A browser from which an account was entered: the SHA-256 of the cookie it was given."""

    user = models.ForeignKey(User, models.CASCADE, related_name="devices")
    digest = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="one_row_a_device")]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.first_seen_at:%d/%m/%Y}"

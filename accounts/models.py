"""People who log in, and the tokens that log in for them."""

import hashlib
import secrets

from django.conf import settings
from django.contrib.auth.models import AbstractUser
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
        tokens = self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=now()), user__is_active=True)
        return tokens if settings.DEMO else tokens.filter(user__is_demo=False)


class ApiToken(models.Model):
    """A bearer token of the API. Only its SHA-256 is kept; the token itself is shown once, when it is made."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens", verbose_name=_("tài khoản"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    label = models.CharField(_("dùng cho"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("tạo lúc"), default=now, editable=False)
    expires_at = models.DateTimeField(_("hết hạn lúc"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("mã truy cập API")
        verbose_name_plural = _("mã truy cập API")

    def __str__(self) -> str:
        return f"{self.user} · {self.label or self.pk}"

    @staticmethod
    def digest_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(cls, user: User, *, label: str = "", expires_at=None) -> str:
        """Make a token for `user` and return its clear text, which is not stored."""
        token = secrets.token_urlsafe(32)
        cls.objects.create(user=user, digest=cls.digest_of(token), label=label, expires_at=expires_at)
        return token

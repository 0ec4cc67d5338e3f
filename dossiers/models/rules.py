"""What an inspector looks at: dossiers opened in an emergency, and relatives declared after the act."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keys.fields import HiddenTextField
from worktime import now

EMERGENCY_LASTS = timedelta(minutes=60)


class EmergencyQuerySet(models.QuerySet):
    def in_force(self):
        at = now()
        return self.filter(starts_at__lte=at, ends_at__gt=at)


class EmergencyAccess(models.Model):
    """One dossier opened to be read by somebody without a right to it, for an hour; it ends by its own moment."""

    dossier = models.ForeignKey("dossiers.Dossier", models.PROTECT, related_name="+", verbose_name=_("hồ sơ"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người mở"))
    posting_label = models.CharField(_("phân công lúc đó"), max_length=300)
    reason = HiddenTextField(_("lý do"), max_length=500)
    told = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người được báo")
    )
    starts_at = models.DateTimeField(_("mở lúc"), default=now)
    ends_at = models.DateTimeField(_("hết lúc"))

    objects = EmergencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("mở hồ sơ khẩn cấp")
        verbose_name_plural = _("mở hồ sơ khẩn cấp")
        indexes = [
            models.Index(fields=["user", "ends_at"], name="emergency_of_user"),
            models.Index(fields=["-starts_at", "-id"], name="emergency_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                name="emergency_lasts_an_hour_at_most",
                condition=Q(ends_at__gt=models.F("starts_at"), ends_at__lte=models.F("starts_at") + EMERGENCY_LASTS),
            ),
            models.CheckConstraint(name="emergency_is_told_to_another", condition=~Q(user=models.F("told"))),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.dossier}"


class LateDeclaration(models.Model):
    """An act on a dossier that a declaration made afterwards forbids ("khai muộn"); found when it is declared."""

    declaration = models.ForeignKey(
        "branches.RelativeDeclaration", models.CASCADE, related_name="late", verbose_name=_("khai báo")
    )
    dossier = models.ForeignKey("dossiers.Dossier", models.PROTECT, related_name="+", verbose_name=_("hồ sơ"))
    act = models.CharField(_("việc đã làm"), max_length=200)
    acted_at = models.DateTimeField(_("làm lúc"))

    class Meta:
        verbose_name = _("khai báo muộn")
        verbose_name_plural = _("khai báo muộn")
        indexes = [models.Index(fields=["-id"], name="late_newest")]

    def __str__(self) -> str:
        return f"{self.declaration} · {self.dossier}"

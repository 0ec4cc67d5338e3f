"""What is owed and paid, about any subject. VND are whole numbers."""

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from worktime import now

TRIAL = "trial"  # the kind of subject that only an admin's trial of a draft has: its sums are no real money


class ObligationQuerySet(models.QuerySet):
    def about(self, subject_type: str, subject_id: int):
        return self.filter(subject_type=subject_type, subject_id=subject_id)

    def due(self):
        return self.filter(settled_at=None, cancelled_at=None)

    def amount(self) -> int:
        return self.aggregate(total=Sum("amount"))["total"] or 0


class Obligation(models.Model):
    """One sum that somebody owes. Settled by a cashier who writes down the receipt's number."""

    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    key = models.CharField(max_length=60)
    label = models.CharField(_("khoản thu"), max_length=200)
    count = models.PositiveIntegerField(_("số lượng"), default=1)
    amount = models.PositiveBigIntegerField(_("số tiền (đồng)"))
    created_at = models.DateTimeField(_("phát sinh lúc"), default=now)
    settled_at = models.DateTimeField(_("nộp lúc"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người thu")
    )
    receipt_number = models.CharField(_("số biên lai"), max_length=40, blank=True)
    cancelled_at = models.DateTimeField(_("hủy lúc"), null=True, blank=True)

    objects = ObligationQuerySet.as_manager()

    class Meta:
        verbose_name = _("nghĩa vụ tài chính")
        verbose_name_plural = _("nghĩa vụ tài chính")
        indexes = [models.Index(fields=["subject_type", "subject_id"])]
        constraints = [
            models.CheckConstraint(
                name="a_settled_obligation_has_a_receipt",
                condition=Q(settled_at__isnull=True) | (~Q(receipt_number="") & Q(settled_by__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.label

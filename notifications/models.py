"""The outbox: every message that must leave, stored once in the transaction of the act that causes it."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from keys import masking
from keys.fields import BlindIndexField, FoundByIndex, HiddenTextField


class MessageQuerySet(models.QuerySet):
    def inbox_of(self, user):
        """What `user` reads on the portal."""
        return self.filter(channel=Message.INBOX, recipient=user)

    def unread(self):
        return self.filter(read_at=None)

    def due(self, at: datetime):
        return self.filter(status=Message.PENDING, next_attempt_at__lte=at)

    def undelivered(self):
        """Given up, or failed at least once and still being tried."""
        return self.filter(models.Q(status=Message.DEAD) | models.Q(status=Message.PENDING) & ~models.Q(error=""))


class Message(FoundByIndex):
    """One message to one person by one channel, with its text as it was at that moment.

    PENDING → SENT, or → DEAD after too many attempts (and back to PENDING when somebody retries it). `next_attempt_at`
    is also the lease: whoever sends a message moves it ahead first, so that no other sender takes it meanwhile.
    """

    INBOX, EMAIL = "inbox", "email"
    PENDING, SENT, DEAD = "PENDING", "SENT", "DEAD"
    STATUSES: ClassVar = [(PENDING, _("Đang chờ gửi")), (SENT, _("Đã gửi")), (DEAD, _("Không gửi được"))]

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("người nhận")
    )
    channel = models.CharField(_("kênh"), max_length=12)
    address = HiddenTextField(_("địa chỉ nhận"), max_length=254)
    address_index = BlindIndexField(of="address", purpose="address")
    template = models.CharField(_("mẫu"), max_length=40)
    language = models.CharField(_("ngôn ngữ"), max_length=2)
    subject = HiddenTextField(_("tiêu đề"), max_length=250)
    body = HiddenTextField(_("nội dung"))
    link = models.CharField(_("đường dẫn"), max_length=300, blank=True)
    subject_type = models.CharField(_("loại đối tượng"), max_length=60, blank=True)
    subject_id = models.BigIntegerField(_("mã đối tượng"), null=True)
    status = models.CharField(_("tình trạng"), max_length=7, choices=STATUSES, default=PENDING)
    attempts = models.PositiveSmallIntegerField(_("số lần thử"), default=0)
    next_attempt_at = models.DateTimeField(_("lần thử tới"), null=True)
    error = HiddenTextField(_("lỗi"), blank=True)
    dedupe_key = models.CharField(_("khóa chống trùng"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("tạo lúc"))
    sent_at = models.DateTimeField(_("gửi lúc"), null=True)
    read_at = models.DateTimeField(_("đọc lúc"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("thông báo")
        verbose_name_plural = _("thông báo")
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key", "channel", "address_index"],
                condition=~models.Q(dedupe_key=""),
                name="message_once_per_dedupe_key",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=models.Q(status="PENDING"), name="message_pending"),
            models.Index(fields=["-id"], condition=models.Q(status="DEAD"), name="message_dead"),
            models.Index(fields=["recipient", "-id"], condition=models.Q(channel="inbox"), name="message_inbox"),
            models.Index(
                fields=["recipient"], condition=models.Q(channel="inbox", read_at=None), name="message_unread"
            ),
            models.Index(fields=["subject_type", "subject_id"], name="message_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{masking.text(self.subject)} → {masking.address(self.address)}"


class UndeliveredMessage(Message):
    """The staff screen of messages that did not leave."""

    class Meta:
        proxy = True
        verbose_name = _("thư chưa gửi được")
        verbose_name_plural = _("thư chưa gửi được")

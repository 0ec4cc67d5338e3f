"""Files people hand in: sealed in private storage, once for equal contents, never at a public address."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.life import Status
from keys.fields import HiddenTextField
from worktime import now

PDF = "application/pdf"


class StoredFile(models.Model):
    """One upload. Its bytes lie sealed under `content_key` (dossiers/sealed.py), shared by equal uploads; the row says
    whose it is. Neither the row nor the disk holds the plain hash of the content."""

    class Scan(models.TextChoices):
        UNSCANNED = "unscanned", _("Chưa quét mã độc")
        CLEAN = "clean", _("Đã quét, không thấy mã độc")
        INFECTED = "infected", _("Có mã độc, đã chặn")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    content_key = models.CharField(max_length=64, db_index=True, editable=False)
    # 0: from before files were sealed; `content_key` is then the SHA-256 until the sweep seals the file.
    key_version = models.PositiveSmallIntegerField(default=0, db_index=True, editable=False)
    size = models.PositiveIntegerField(_("dung lượng (byte)"), editable=False)
    content_type = models.CharField(_("loại"), max_length=100, editable=False)
    pages = models.PositiveSmallIntegerField(_("số trang"), default=0, editable=False)  # 0: not shown, or not known
    name = HiddenTextField(_("tên tệp"), max_length=150, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người tải lên")
    )
    created_at = models.DateTimeField(_("tải lên lúc"), default=now, editable=False)
    scan = models.CharField(_("quét mã độc"), max_length=10, choices=Scan.choices, default=Scan.UNSCANNED)
    scanned_at = models.DateTimeField(_("quét lúc"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("tệp")
        verbose_name_plural = _("tệp")
        indexes = [models.Index(fields=["content_key"], name="file_unscanned", condition=models.Q(scan="unscanned"))]

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        return self.content_type in ("image/jpeg", "image/png", "image/webp")

    @property
    def is_shown(self) -> bool:
        """Whether its pages can be looked at; anything else is downloaded."""
        return self.is_image or self.content_type == PDF

    @property
    def is_infected(self) -> bool:
        return self.scan == self.Scan.INFECTED


class SpentLink(models.Model):
    """A one-time link to a file that was used, until it would have run out anyway."""

    nonce = models.CharField(primary_key=True, max_length=22)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("liên kết đã dùng")
        verbose_name_plural = _("liên kết đã dùng")


class AttachmentQuerySet(models.QuerySet):
    def present(self):
        return self.filter(removed_at=None)

    def readable_by(self, user):
        """Without the results of this person's own dossiers that have not been handed over (D61 art. 20)."""
        return self.exclude(
            models.Q(purpose="result", dossier__owner=user) & ~models.Q(dossier__status=Status.RETURNED)
        )


class Attachment(models.Model):
    """A file handed in with a dossier for one required document ("" for anything else)."""

    class Purpose(models.TextChoices):
        DOCUMENT = "document", _("Giấy tờ kèm theo")
        SUPPLEMENT = "supplement", _("Giấy tờ bổ sung")
        RESULT = "result", _("Kết quả")

    dossier = models.ForeignKey("dossiers.Dossier", models.CASCADE, related_name="attachments", verbose_name=_("hồ sơ"))
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("tệp"))
    requirement = models.CharField(_("giấy tờ"), max_length=60, blank=True)
    purpose = models.CharField(_("mục đích"), max_length=12, choices=Purpose.choices, default=Purpose.DOCUMENT)
    added_at = models.DateTimeField(_("nộp lúc"), default=now, editable=False)
    removed_at = models.DateTimeField(_("bỏ lúc"), null=True, blank=True, editable=False)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("người đối chiếu"),
    )
    checked_at = models.DateTimeField(_("đối chiếu lúc"), null=True, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("giấy tờ kèm theo")
        verbose_name_plural = _("giấy tờ kèm theo")
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "requirement", "file"],
                condition=models.Q(removed_at=None),
                name="one_attachment_of_a_file",
            )
        ]

    def __str__(self) -> str:
        return self.file.name

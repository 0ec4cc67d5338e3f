"""Files people hand in: stored once by the hash of their content, in private storage, never at a public address."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.life import Status
from worktime import now


class StoredFile(models.Model):
    """One upload. Its bytes lie at `path` (by SHA-256), shared by equal uploads; the row says whose it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.CharField(max_length=64, db_index=True, editable=False)
    size = models.PositiveIntegerField(_("dung lượng (byte)"), editable=False)
    content_type = models.CharField(_("loại"), max_length=100, editable=False)
    name = models.CharField(_("tên tệp"), max_length=150, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người tải lên")
    )
    created_at = models.DateTimeField(_("tải lên lúc"), default=now, editable=False)

    class Meta:
        verbose_name = _("tệp")
        verbose_name_plural = _("tệp")

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        return f"{self.sha256[:2]}/{self.sha256[2:4]}/{self.sha256}"

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")


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

"""The national catalogue: every procedure the country knows, whether the city takes it online or not."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.utils.translation import gettext_lazy as _

from worktime import now


class NationalEntry(models.Model):
    """One procedure of the national database as it was read last. Loaded by `import_national`, never edited here."""

    code = models.CharField(_("mã thủ tục"), max_length=20, unique=True)
    name = models.TextField(_("tên"))
    field = models.CharField(_("lĩnh vực"), max_length=200)
    issuing_body = models.CharField(_("cơ quan ban hành"), max_length=200)
    executing_bodies = models.TextField(_("cơ quan thực hiện"), blank=True)
    audience = models.CharField(_("đối tượng"), max_length=20)
    kind = models.CharField(_("loại"), max_length=20)
    previous = models.JSONField(_("trước đó"), default=dict, blank=True)  # column → value before the last change
    changed_at = models.DateTimeField(_("đổi lúc"), null=True, blank=True)
    read_at = models.DateTimeField(_("đọc lúc"), default=now)
    gone_at = models.DateTimeField(_("không còn từ"), null=True, blank=True)
    search = models.TextField(editable=False)

    class Meta:
        verbose_name = _("thủ tục quốc gia")
        verbose_name_plural = _("danh mục quốc gia")
        indexes = [GinIndex(OpClass("search", "gin_trgm_ops"), name="national_search_trgm")]

    def __str__(self) -> str:
        return f"{self.code} · {self.name[:80]}"

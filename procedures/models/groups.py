"""Groups of questions asked alike in many procedures, in versions: a change never reaches a released form by itself."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from worktime import now


class FieldGroup(models.Model):
    key = models.SlugField(_("khóa"), max_length=60, primary_key=True)
    title = models.CharField(_("tiêu đề"), max_length=150)

    class Meta:
        verbose_name = _("nhóm câu hỏi dùng chung")
        verbose_name_plural = _("nhóm câu hỏi dùng chung")

    def __str__(self) -> str:
        return self.title


class FieldGroupVersion(models.Model):
    """One wording of a group. `fields` are questions as plain data (procedures.spec.Field), keys without prefix."""

    group = models.ForeignKey(FieldGroup, models.PROTECT, related_name="versions", verbose_name=_("nhóm"))
    number = models.PositiveIntegerField(_("số"))
    title = models.CharField(_("tiêu đề"), max_length=150)
    prefix = models.CharField(_("tiền tố"), max_length=60)
    fields = models.JSONField(_("câu hỏi"))
    note = models.TextField(_("ghi chú thay đổi"), blank=True)
    created_at = models.DateTimeField(_("tạo lúc"), default=now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("phiên bản nhóm câu hỏi")
        verbose_name_plural = _("phiên bản nhóm câu hỏi")
        constraints = [models.UniqueConstraint(fields=["group", "number"], name="one_group_version_of_a_number")]
        triggers = [
            pgtrigger.ReadOnly(name="group_version_stays"),
            pgtrigger.Protect(name="group_version_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {_('phiên bản')} {self.number}"

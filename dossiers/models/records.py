"""What is written down about a dossier beside its own row."""

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Role
from keys.fields import HiddenJSONField, HiddenTextField
from worktime import now


class SupplementRequest(models.Model):
    """One request for what is missing: once by the clerk before reception, once by the unit after it (D61 art. 19)."""

    class Stage(models.TextChoices):
        CLERK = "clerk", _("Trước tiếp nhận")
        UNIT = "unit", _("Sau tiếp nhận")

    dossier = models.ForeignKey("dossiers.Dossier", models.CASCADE, related_name="supplements", verbose_name=_("hồ sơ"))
    stage = models.CharField(_("giai đoạn"), max_length=10, choices=Stage.choices)
    reason = HiddenTextField(_("lý do và nội dung cần bổ sung"))
    documents = models.JSONField(_("giấy tờ cần bổ sung"), default=list, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người yêu cầu")
    )
    asked_at = models.DateTimeField(_("yêu cầu lúc"))
    due_at = models.DateTimeField(_("bổ sung trước"))
    answered_at = models.DateTimeField(_("bổ sung lúc"), null=True, blank=True)
    answer = HiddenTextField(_("lời nhắn"), blank=True)

    class Meta:
        verbose_name = _("yêu cầu bổ sung")
        verbose_name_plural = _("yêu cầu bổ sung")
        constraints = [models.UniqueConstraint(fields=["dossier", "stage"], name="one_supplement_a_stage")]

    def __str__(self) -> str:
        return f"{self.dossier}: {self.get_stage_display()}"


class Pause(models.Model):
    """A stretch in which the count stands still (payment; a supplement when the version says resume)."""

    dossier = models.ForeignKey("dossiers.Dossier", models.CASCADE, related_name="pauses", verbose_name=_("hồ sơ"))
    reason = models.CharField(_("lý do"), max_length=20)
    started_at = models.DateTimeField(_("từ lúc"))
    ended_at = models.DateTimeField(_("đến lúc"), null=True, blank=True)

    class Meta:
        verbose_name = _("tạm dừng tính thời hạn")
        verbose_name_plural = _("tạm dừng tính thời hạn")
        constraints = [
            models.UniqueConstraint(fields=["dossier"], condition=Q(ended_at=None), name="one_open_pause_of_a_dossier")
        ]

    def __str__(self) -> str:
        return f"{self.dossier}: {self.reason}"


class FormerAnswers(models.Model):
    """The declaration as it stood before the applicant corrected it: a submission is replaced, never lost."""

    dossier = models.ForeignKey(
        "dossiers.Dossier", models.CASCADE, related_name="former_answers", verbose_name=_("hồ sơ")
    )
    submission = models.PositiveSmallIntegerField(_("lần nộp"))
    answers = HiddenJSONField(_("tờ khai"))
    replaced_at = models.DateTimeField(_("thay lúc"))

    class Meta:
        verbose_name = _("tờ khai trước khi sửa")
        verbose_name_plural = _("tờ khai trước khi sửa")
        constraints = [models.UniqueConstraint(fields=["dossier", "submission"], name="one_declaration_a_submission")]

    def __str__(self) -> str:
        return f"{self.dossier} · {self.submission}"


class VersionMove(models.Model):
    """A running dossier was moved to a newer version: an explicit act of somebody, never a side effect (a trigger)."""

    dossier = models.ForeignKey(
        "dossiers.Dossier", models.CASCADE, related_name="version_moves", verbose_name=_("hồ sơ")
    )
    from_version = models.ForeignKey("procedures.ProcedureVersion", models.PROTECT, related_name="+")
    to_version = models.ForeignKey("procedures.ProcedureVersion", models.PROTECT, related_name="+")
    from_step = models.CharField(_("từ bước"), max_length=60, blank=True)
    to_step = models.CharField(_("đến bước"), max_length=60, blank=True)
    reason = models.TextField(_("lý do"))
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("ai"))
    at = models.DateTimeField(_("lúc"), default=now)

    class Meta:
        verbose_name = _("chuyển phiên bản")
        verbose_name_plural = _("chuyển phiên bản")
        triggers = [pgtrigger.Protect(name="version_move_stays", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.dossier}: {self.from_version} → {self.to_version}"


class Note(models.Model):
    """A note among staff; the applicant never sees it."""

    dossier = models.ForeignKey("dossiers.Dossier", models.CASCADE, related_name="notes", verbose_name=_("hồ sơ"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người viết"))
    text = HiddenTextField(_("nội dung"))
    at = models.DateTimeField(_("lúc"), default=now)

    class Meta:
        verbose_name = _("ghi chú nội bộ")
        verbose_name_plural = _("ghi chú nội bộ")

    def __str__(self) -> str:
        return self.text[:60]


class Rating(models.Model):
    dossier = models.OneToOneField("dossiers.Dossier", models.CASCADE, related_name="rating", verbose_name=_("hồ sơ"))
    score = models.PositiveSmallIntegerField(_("điểm"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    text = HiddenTextField(_("nhận xét"), blank=True)
    at = models.DateTimeField(_("lúc"), default=now)

    class Meta:
        verbose_name = _("đánh giá")
        verbose_name_plural = _("đánh giá")
        constraints = [models.CheckConstraint(name="rating_from_1_to_5", condition=Q(score__gte=1, score__lte=5))]

    def __str__(self) -> str:
        return f"{self.dossier}: {self.score}"


class CodeCounter(models.Model):
    """The last serial given by a unit on a day. Its row is the lock that keeps codes without gaps (DOMAIN §7)."""

    unit = models.ForeignKey("branches.CompetentUnit", models.PROTECT, related_name="+")
    day = models.DateField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "day"], name="one_counter_a_unit_and_day")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.day} {self.last}"


class IdempotencyKey(models.Model):
    """What was answered to a key, kept in the submit's own transaction: the same key gets the same answer."""

    caller = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    route = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    dossier = models.ForeignKey("dossiers.Dossier", models.CASCADE, related_name="+")
    answer = HiddenJSONField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "route", "key"], name="one_answer_a_key")]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"


class Threshold(models.Model):
    """When a running dossier reminds whom (DOMAIN §5). Every threshold is a row that an admin can change."""

    class Kind(models.TextChoices):
        SHARE = "share", _("khi đã qua … % thời hạn")
        BEFORE = "before", _("khi còn … ngày làm việc")
        AFTER = "after", _("khi đã quá hạn … ngày làm việc")

    kind = models.CharField(_("khi nào"), max_length=10, choices=Kind.choices)
    value = models.PositiveSmallIntegerField(_("giá trị"))
    role = models.CharField(_("nhắc ai"), max_length=12, choices=Role.choices)
    template = models.CharField(_("mẫu thông báo"), max_length=60)
    is_active = models.BooleanField(_("đang dùng"), default=True)

    class Meta:
        verbose_name = _("ngưỡng nhắc hạn")
        verbose_name_plural = _("ngưỡng nhắc hạn")
        constraints = [
            models.UniqueConstraint(fields=["kind", "value", "role"], name="one_threshold_a_moment_and_role")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value} → {self.get_role_display()}"

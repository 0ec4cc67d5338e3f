"""The parts of a version as rows: form, papers, fees, process. Rows like any while a draft; frozen after."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from branches.models import UnitKind
from procedures.models.frozen import frozen
from procedures.models.procedure import TIME_UNITS, ProcedureVersion


class FormSection(models.Model):
    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="sections", verbose_name=_("phiên bản"))
    position = models.PositiveSmallIntegerField(_("thứ tự"))
    key = models.CharField(_("khóa"), max_length=60)
    title = models.CharField(_("tiêu đề"), max_length=150)
    hint = models.TextField(_("hướng dẫn"), blank=True)
    group = models.CharField(_("nhóm dùng chung"), max_length=60, blank=True)
    group_version = models.PositiveIntegerField(_("phiên bản nhóm"), default=0)

    class Meta:
        verbose_name = _("phần của tờ khai")
        verbose_name_plural = _("phần của tờ khai")
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="one_section_of_a_key")]
        triggers = [frozen("section_frozen")]

    def __str__(self) -> str:
        return self.title


class FormField(models.Model):
    """One question. `version` repeats the section's, so that a key is unique in the whole form.

    A question of a repeating group or a table names it in `parent`; its key is unique among its siblings.
    """

    version = models.ForeignKey(
        ProcedureVersion, models.CASCADE, related_name="form_fields", verbose_name=_("phiên bản")
    )
    section = models.ForeignKey(FormSection, models.CASCADE, related_name="form_fields", verbose_name=_("phần"))
    parent = models.CharField(_("trong nhóm lặp"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(_("thứ tự"))
    key = models.CharField(_("khóa"), max_length=60)
    kind = models.CharField(_("kiểu"), max_length=20)
    label = models.CharField(_("câu hỏi"), max_length=250)
    hint = models.TextField(_("gợi ý"), blank=True)
    example = models.JSONField(_("ví dụ"), null=True)
    required = models.BooleanField(_("bắt buộc"), default=True)
    options = models.JSONField(_("lựa chọn"), default=list, blank=True)
    minimum = models.JSONField(_("nhỏ nhất"), null=True, blank=True)
    maximum = models.JSONField(_("lớn nhất"), null=True, blank=True)
    max_length = models.PositiveIntegerField(_("dài nhất"), null=True, blank=True)
    pattern = models.CharField(_("mẫu"), max_length=200, blank=True)
    decimals = models.PositiveSmallIntegerField(_("số chữ số thập phân"), default=0)
    condition = models.JSONField(_("điều kiện"), default=dict, blank=True)
    formula = models.JSONField(_("công thức"), default=dict, blank=True)
    source = models.CharField(_("lấy từ"), max_length=60, blank=True)
    privacy = models.CharField(_("mức riêng tư"), max_length=10, default="none")
    seen_by = ArrayField(models.CharField(max_length=12), default=list, blank=True, verbose_name=_("ai được xem"))

    class Meta:
        verbose_name = _("câu hỏi")
        verbose_name_plural = _("câu hỏi")
        constraints = [models.UniqueConstraint(fields=["version", "parent", "key"], name="one_field_of_a_key")]
        triggers = [frozen("field_frozen")]

    def __str__(self) -> str:
        return self.label


class DocumentRequirement(models.Model):
    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="documents", verbose_name=_("phiên bản"))
    position = models.PositiveSmallIntegerField(_("thứ tự"))
    key = models.CharField(_("khóa"), max_length=60)
    name = models.CharField(_("tên thường gọi"), max_length=120)
    full_name = models.TextField(_("tên đầy đủ"), blank=True)
    required = models.BooleanField(_("bắt buộc"), default=True)
    condition = models.JSONField(_("điều kiện"), default=dict, blank=True)
    condition_text = models.CharField(_("điều kiện bằng lời"), max_length=250, blank=True)
    originals = models.PositiveSmallIntegerField(_("bản chính"), default=0)
    copies = models.PositiveSmallIntegerField(_("bản sao"), default=0)
    assumed = models.BooleanField(_("chưa được xác nhận"), default=False)

    class Meta:
        verbose_name = _("giấy tờ cần nộp")
        verbose_name_plural = _("giấy tờ cần nộp")
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="one_document_of_a_key")]
        triggers = [frozen("document_frozen")]

    def __str__(self) -> str:
        return self.name


class FeeRule(models.Model):
    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="fees", verbose_name=_("phiên bản"))
    position = models.PositiveSmallIntegerField(_("thứ tự"))
    key = models.CharField(_("khóa"), max_length=60)
    label = models.CharField(_("tên khoản thu"), max_length=150)
    amount = models.PositiveBigIntegerField(_("số tiền (đồng)"), default=0)
    formula = models.JSONField(_("công thức"), default=dict, blank=True)
    rows = models.JSONField(_("biểu mức thu"), default=list, blank=True)
    minimum = models.PositiveBigIntegerField(_("ít nhất (đồng)"), null=True, blank=True)
    maximum = models.PositiveBigIntegerField(_("nhiều nhất (đồng)"), null=True, blank=True)
    per = models.CharField(_("tính theo"), max_length=10, default="dossier")
    count_field = models.CharField(_("câu hỏi số lượng"), max_length=60, blank=True)
    channel = models.CharField(_("cách nộp"), max_length=10, default="any")
    condition = models.JSONField(_("điều kiện"), default=dict, blank=True)
    assumed = models.BooleanField(_("chưa được xác nhận"), default=False)

    class Meta:
        verbose_name = _("phí, lệ phí")
        verbose_name_plural = _("phí, lệ phí")
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="one_fee_of_a_key")]
        triggers = [frozen("fee_frozen")]

    def __str__(self) -> str:
        return self.label


class FeeExemption(models.Model):
    """Who pays less of a fee: on which condition, by which ground, shown by which paper."""

    version = models.ForeignKey(
        ProcedureVersion, models.CASCADE, related_name="exemptions", verbose_name=_("phiên bản")
    )
    fee = models.CharField(_("khoản thu"), max_length=60)
    position = models.PositiveSmallIntegerField(_("thứ tự"))
    key = models.CharField(_("khóa"), max_length=60)
    name = models.CharField(_("đối tượng"), max_length=200)
    condition = models.JSONField(_("điều kiện"), default=dict, blank=True)
    percent = models.PositiveSmallIntegerField(_("giảm (%)"), default=100)
    ground = models.CharField(_("căn cứ"), max_length=250, blank=True)
    proof = models.CharField(_("giấy tờ chứng minh"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("miễn, giảm")
        verbose_name_plural = _("miễn, giảm")
        constraints = [models.UniqueConstraint(fields=["version", "fee", "key"], name="one_exemption_of_a_key")]
        triggers = [frozen("exemption_frozen")]

    def __str__(self) -> str:
        return self.name


class Step(models.Model):
    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="steps", verbose_name=_("phiên bản"))
    position = models.PositiveSmallIntegerField(_("thứ tự"))
    key = models.CharField(_("khóa"), max_length=60)
    name = models.CharField(_("tên bước"), max_length=120)
    public_name = models.CharField(_("tên cho người dân"), max_length=120, blank=True)
    role = models.CharField(_("vai trò"), max_length=12)
    unit_kind = models.CharField(_("cơ quan làm"), max_length=20, blank=True, choices=UnitKind.choices)
    share = models.PositiveSmallIntegerField(_("phần thời gian (%)"), default=0)
    amount = models.PositiveSmallIntegerField(_("thời gian cố định"), null=True, blank=True)
    unit = models.CharField(_("đơn vị"), max_length=12, blank=True, choices=TIME_UNITS)
    produces = models.CharField(_("phải có"), max_length=20, blank=True)
    end = models.BooleanField(_("bước kết thúc"), default=False)

    class Meta:
        verbose_name = _("bước xử lý")
        verbose_name_plural = _("bước xử lý")
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="one_step_of_a_key")]
        triggers = [frozen("step_frozen")]

    def __str__(self) -> str:
        return self.name


class StepItem(models.Model):
    """Work that a step asks of another unit: an opinion, or a linked result, each with its own deadline."""

    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="items", verbose_name=_("phiên bản"))
    step = models.CharField(_("bước"), max_length=60)
    position = models.PositiveSmallIntegerField(_("thứ tự"))
    key = models.CharField(_("khóa"), max_length=60)
    kind = models.CharField(
        _("loại"), max_length=10, choices=[("opinion", _("Lấy ý kiến")), ("linked", _("Việc liên thông"))]
    )
    name = models.CharField(_("việc"), max_length=150)
    unit_kind = models.CharField(_("cơ quan"), max_length=20, choices=UnitKind.choices)
    amount = models.PositiveSmallIntegerField(_("thời hạn"))
    unit = models.CharField(_("đơn vị"), max_length=12, choices=TIME_UNITS, default="WORKING_DAY")
    required = models.BooleanField(_("bắt buộc"), default=True)
    after = models.CharField(_("sau việc"), max_length=60, blank=True)
    procedure = models.CharField(_("thủ tục liên thông"), max_length=20, blank=True)
    result = models.CharField(_("kết quả"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("việc cho cơ quan khác")
        verbose_name_plural = _("việc cho cơ quan khác")
        constraints = [models.UniqueConstraint(fields=["version", "step", "key"], name="one_item_of_a_key")]
        triggers = [frozen("item_frozen")]

    def __str__(self) -> str:
        return self.name


class Move(models.Model):
    """An arrow of the process. `source` "" enters it; the database trigger on dossiers reads exactly these rows."""

    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="moves", verbose_name=_("phiên bản"))
    position = models.PositiveSmallIntegerField(_("thứ tự"))
    key = models.CharField(_("khóa"), max_length=60)
    label = models.CharField(_("nhãn"), max_length=120)
    source = models.CharField(_("từ bước"), max_length=60, blank=True)
    target = models.CharField(_("đến bước"), max_length=60)
    role = models.CharField(_("vai trò"), max_length=12, blank=True)
    condition = models.JSONField(_("điều kiện"), default=dict, blank=True)
    needs_reason = models.BooleanField(_("cần lý do"), default=False)
    effects = ArrayField(models.CharField(max_length=20), default=list, blank=True, verbose_name=_("hệ quả"))
    primary = models.BooleanField(_("đường đi chính"), default=False)

    class Meta:
        verbose_name = _("chuyển bước")
        verbose_name_plural = _("chuyển bước")
        constraints = [models.UniqueConstraint(fields=["version", "source", "key"], name="one_move_of_a_key")]
        indexes = [models.Index(fields=["version", "source", "target"])]
        triggers = [frozen("move_frozen")]

    def __str__(self) -> str:
        return self.label

"""A procedure by its national code, the doors to it, and its versions."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.utils.translation import gettext_lazy as _

from branches.models import FieldOfLaw, UnitKind
from procedures.models.frozen import frozen
from worktime import now

TIME_UNITS = [("HOUR", _("giờ làm việc")), ("WORKING_DAY", _("ngày làm việc")), ("DAY", _("ngày"))]


class LifeEvent(models.Model):
    """A door on the home page: what happened in a person's life, rather than what the law calls it."""

    key = models.SlugField(_("khóa"), primary_key=True)
    name = models.CharField(_("tên"), max_length=60)
    text = models.CharField(_("mô tả"), max_length=160)
    icon = models.CharField(_("biểu tượng"), max_length=40)
    position = models.PositiveSmallIntegerField(_("thứ tự"), default=0)

    class Meta:
        verbose_name = _("sự kiện trong đời")
        verbose_name_plural = _("sự kiện trong đời")

    def __str__(self) -> str:
        return self.name


class Procedure(models.Model):
    """An administrative procedure by its national code. What it asks and promises stands in its versions."""

    code = models.CharField(_("mã thủ tục"), max_length=20, unique=True)
    name = models.TextField(_("tên đầy đủ"))
    short_name = models.CharField(_("tên thường gọi"), max_length=120)
    short_name_en = models.CharField(_("tên tiếng Anh"), max_length=160, blank=True)
    summary = models.TextField(_("tóm tắt"), blank=True)
    field_of_law = models.ForeignKey(FieldOfLaw, models.PROTECT, related_name="procedures", verbose_name=_("lĩnh vực"))
    ministry = models.CharField(_("bộ ban hành"), max_length=150, blank=True)
    audience = models.CharField(
        _("đối tượng"),
        max_length=10,
        choices=[
            ("citizen", _("Công dân")),
            ("business", _("Tổ chức, doanh nghiệp")),
            ("both", _("Công dân và tổ chức")),
        ],
    )
    life_events = models.ManyToManyField(LifeEvent, blank=True, related_name="procedures", verbose_name=_("sự kiện"))
    popularity = models.PositiveSmallIntegerField(_("mức phổ biến"), default=0)
    keywords = models.TextField(_("từ khóa"), blank=True)
    national_non_territorial = models.BooleanField(_("cờ phi địa giới quốc gia"), null=True, blank=True)
    search = models.TextField(editable=False)
    search_name = models.TextField(editable=False)
    published = models.ForeignKey(
        "ProcedureVersion",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("phiên bản đang dùng"),
    )

    class Meta:
        verbose_name = _("thủ tục hành chính")
        verbose_name_plural = _("thủ tục hành chính")
        indexes = [
            GinIndex(OpClass("search", "gin_trgm_ops"), name="procedure_search_trgm"),
            GinIndex(OpClass("search_name", "gin_trgm_ops"), name="procedure_name_trgm"),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.short_name}"


class ProcedureVersion(models.Model):
    """One wording of a procedure: form, documents, fees, process. Rows like any while a draft; frozen after."""

    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="versions", verbose_name=_("thủ tục"))
    number = models.PositiveIntegerField(_("số"))
    name = models.TextField(_("tên đầy đủ"))
    short_name = models.CharField(_("tên thường gọi"), max_length=120)
    short_name_en = models.CharField(_("tên tiếng Anh"), max_length=160, blank=True)
    summary = models.TextField(_("tóm tắt"), blank=True)
    field_of_law = models.CharField(_("lĩnh vực"), max_length=120)
    ministry = models.CharField(_("bộ ban hành"), max_length=150, blank=True)
    audience = models.CharField(_("đối tượng"), max_length=10)
    unit_kind = models.CharField(_("cơ quan giải quyết"), max_length=20, choices=UnitKind.choices)
    family = models.CharField(_("họ quy trình"), max_length=20)
    time_amount = models.PositiveSmallIntegerField(_("thời hạn"))
    time_unit = models.CharField(_("đơn vị thời hạn"), max_length=12, choices=TIME_UNITS)
    routing_field = models.CharField(_("câu hỏi định tuyến"), max_length=60)
    any_branch = models.BooleanField(_("không phụ thuộc địa giới"), default=True)
    immediate = models.BooleanField(_("giải quyết ngay tại quầy"), default=False)
    channels = ArrayField(models.CharField(max_length=10), verbose_name=_("cách nộp"))
    returns = ArrayField(models.CharField(max_length=10), verbose_name=_("cách nhận kết quả"))
    result = models.TextField(_("kết quả"), blank=True)
    supplement_days = models.PositiveSmallIntegerField(_("số ngày làm việc để bổ sung"), default=10)
    after_supplement = models.CharField(
        _("sau khi bổ sung"),
        max_length=10,
        default="restart",
        choices=[("restart", _("tính lại từ đầu")), ("resume", _("tính tiếp"))],
    )
    payment_days = models.PositiveSmallIntegerField(_("số ngày làm việc để nộp tiền"), default=30)
    weight = models.PositiveSmallIntegerField(_("khối lượng việc"), default=1)
    legal_basis = models.TextField(_("căn cứ pháp lý"), blank=True)
    assumed = ArrayField(
        models.CharField(max_length=20), blank=True, default=list, verbose_name=_("chưa được xác nhận")
    )
    english = models.JSONField(_("bản tiếng Anh"), default=dict, blank=True)
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("tạo lúc"), default=now, editable=False)
    saved_at = models.DateTimeField(_("sửa lúc"), default=now, editable=False)
    editors = ArrayField(models.BigIntegerField(), blank=True, default=list, editable=False)  # ids: none may approve it
    edition = models.PositiveIntegerField(default=0, editable=False)  # counts the saves, so that two admins notice
    copied_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("sửa từ")
    )
    note = models.TextField(_("ghi chú thay đổi"), blank=True)

    class Meta:
        verbose_name = _("phiên bản thủ tục")
        verbose_name_plural = _("phiên bản thủ tục")
        constraints = [models.UniqueConstraint(fields=["procedure", "number"], name="one_version_of_a_number")]
        triggers = [frozen("version_frozen", "id")]

    def __str__(self) -> str:
        return f"{self.procedure.code}, {_('phiên bản')} {self.number}"

"""The catalogue: what can be asked for, in versions that never change once released."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import FieldOfLaw, UnitKind
from worktime import now

TIME_UNITS = [("HOUR", _("giờ làm việc")), ("WORKING_DAY", _("ngày làm việc")), ("DAY", _("ngày"))]


def _frozen(name: str, version_column: str = "version_id") -> pgtrigger.Trigger:
    """Refuse any change of a row whose version has a release, raw SQL included (HOUSE: versions are immutable)."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("row_version", "BIGINT")],
        func=f"""
            IF TG_OP = 'INSERT' THEN row_version := NEW.{version_column};
            ELSE row_version := OLD.{version_column}; END IF;
            IF EXISTS (SELECT 1 FROM procedures_release WHERE version_id = row_version) OR (TG_OP = 'UPDATE'
               AND EXISTS (SELECT 1 FROM procedures_release WHERE version_id = NEW.{version_column})) THEN
                RAISE EXCEPTION 'version % is released and cannot be changed', row_version USING ERRCODE = '23001';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


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
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("tạo lúc"), default=now, editable=False)
    note = models.TextField(_("ghi chú thay đổi"), blank=True)

    class Meta:
        verbose_name = _("phiên bản thủ tục")
        verbose_name_plural = _("phiên bản thủ tục")
        constraints = [models.UniqueConstraint(fields=["procedure", "number"], name="one_version_of_a_number")]
        triggers = [_frozen("version_frozen", "id")]

    def __str__(self) -> str:
        return f"{self.procedure.code} v{self.number}"


class FormSection(models.Model):
    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="sections", verbose_name=_("phiên bản"))
    position = models.PositiveSmallIntegerField(_("thứ tự"))
    key = models.CharField(_("khóa"), max_length=60)
    title = models.CharField(_("tiêu đề"), max_length=150)
    hint = models.TextField(_("hướng dẫn"), blank=True)

    class Meta:
        verbose_name = _("phần của tờ khai")
        verbose_name_plural = _("phần của tờ khai")
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="one_section_of_a_key")]
        triggers = [_frozen("section_frozen")]

    def __str__(self) -> str:
        return self.title


class FormField(models.Model):
    """One question. `version` repeats the section's, so that a key is unique in the whole form."""

    version = models.ForeignKey(
        ProcedureVersion, models.CASCADE, related_name="form_fields", verbose_name=_("phiên bản")
    )
    section = models.ForeignKey(FormSection, models.CASCADE, related_name="form_fields", verbose_name=_("phần"))
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
    source = models.CharField(_("lấy từ"), max_length=60, blank=True)
    privacy = models.CharField(_("mức riêng tư"), max_length=10, default="none")

    class Meta:
        verbose_name = _("câu hỏi")
        verbose_name_plural = _("câu hỏi")
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="one_field_of_a_key")]
        triggers = [_frozen("field_frozen")]

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
        triggers = [_frozen("document_frozen")]

    def __str__(self) -> str:
        return self.name


class FeeRule(models.Model):
    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="fees", verbose_name=_("phiên bản"))
    position = models.PositiveSmallIntegerField(_("thứ tự"))
    key = models.CharField(_("khóa"), max_length=60)
    label = models.CharField(_("tên khoản thu"), max_length=150)
    amount = models.PositiveBigIntegerField(_("số tiền (đồng)"))
    per = models.CharField(_("tính theo"), max_length=10, default="dossier")
    count_field = models.CharField(_("câu hỏi số lượng"), max_length=60, blank=True)
    channel = models.CharField(_("cách nộp"), max_length=10, default="any")
    condition = models.JSONField(_("điều kiện"), default=dict, blank=True)
    assumed = models.BooleanField(_("chưa được xác nhận"), default=False)

    class Meta:
        verbose_name = _("phí, lệ phí")
        verbose_name_plural = _("phí, lệ phí")
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="one_fee_of_a_key")]
        triggers = [_frozen("fee_frozen")]

    def __str__(self) -> str:
        return self.label


class Step(models.Model):
    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="steps", verbose_name=_("phiên bản"))
    position = models.PositiveSmallIntegerField(_("thứ tự"))
    key = models.CharField(_("khóa"), max_length=60)
    name = models.CharField(_("tên bước"), max_length=120)
    public_name = models.CharField(_("tên cho người dân"), max_length=120, blank=True)
    role = models.CharField(_("vai trò"), max_length=12)
    share = models.PositiveSmallIntegerField(_("phần thời gian (%)"), default=0)
    produces = models.CharField(_("phải có"), max_length=20, blank=True)
    items = models.JSONField(_("việc cho cơ quan khác"), default=list, blank=True)
    end = models.BooleanField(_("bước kết thúc"), default=False)

    class Meta:
        verbose_name = _("bước xử lý")
        verbose_name_plural = _("bước xử lý")
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="one_step_of_a_key")]
        triggers = [_frozen("step_frozen")]

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
        triggers = [_frozen("move_frozen")]

    def __str__(self) -> str:
        return self.label


class ReleaseQuerySet(models.QuerySet):
    def in_force(self, at=None):
        at = at or now()
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at, state=Release.State.PUBLISHED)


class Release(models.Model):
    """The life of a version beside it: who let it go, when, why. The newest published one in force is used."""

    class State(models.TextChoices):
        TRIAL = "trial", _("Chạy thử")
        PUBLISHED = "published", _("Ban hành")

    version = models.ForeignKey(ProcedureVersion, models.PROTECT, related_name="releases", verbose_name=_("phiên bản"))
    state = models.CharField(_("trạng thái"), max_length=10, choices=State.choices, default=State.PUBLISHED)
    starts_at = models.DateTimeField(_("từ lúc"))
    ends_at = models.DateTimeField(_("đến lúc"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("người ban hành"),
    )
    reason = models.TextField(_("lý do"), blank=True)
    legal_ground = models.TextField(_("căn cứ"), blank=True)
    created_at = models.DateTimeField(_("tạo lúc"), default=now, editable=False)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("ban hành")
        verbose_name_plural = _("ban hành")
        triggers = [
            pgtrigger.Protect(name="release_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="release_only_ends",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF (to_jsonb(NEW) - 'ends_at') IS DISTINCT FROM (to_jsonb(OLD) - 'ends_at') THEN
                        RAISE EXCEPTION 'of a release only its end can change' USING ERRCODE = '23001';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.get_state_display()}"

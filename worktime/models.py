"""Working calendars with their exceptions, and the clocks that fire on deadlines."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from worktime import calendars
from worktime.hours import parse_day, parse_week


def validate_week(value: object) -> None:
    parse_week(value)


def validate_day(value: object) -> None:
    parse_day(value)


class CalendarQuerySet(models.QuerySet):
    """Bulk writes forget the calendars kept in the process, as save() and delete() do."""

    def update(self, **values):
        count = super().update(**values)
        calendars.invalidate()
        return count

    update.alters_data = True

    def delete(self):
        deleted = super().delete()
        calendars.invalidate()
        return deleted

    delete.alters_data = True
    delete.queryset_only = True

    def bulk_create(self, *args, **options):
        rows = super().bulk_create(*args, **options)
        calendars.invalidate()
        return rows


class CalendarRow(models.Model):
    objects = CalendarQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **options) -> None:
        super().save(*args, **options)
        calendars.invalidate()

    def delete(self, *args, **options):
        deleted = super().delete(*args, **options)
        calendars.invalidate()
        return deleted


class WorkCalendar(CalendarRow):
    """The weekly hours of an office; branches and units name theirs by key, "default" serves everyone else."""

    key = models.SlugField(_("khóa"), max_length=60, unique=True)
    name = models.CharField(_("tên"), max_length=120)
    hours = models.JSONField(
        _("giờ làm việc"),
        validators=[validate_week],
        help_text=_('Theo ngày trong tuần, "0" là thứ Hai: {"0": [["08:00", "12:00"], ["13:00", "17:00"]]}'),
    )

    class Meta:
        verbose_name = _("lịch làm việc")
        verbose_name_plural = _("lịch làm việc")

    def __str__(self) -> str:
        return self.name


class CalendarException(CalendarRow):
    """A date that differs: an extra day off, a made-up working day, other hours. Without calendar: for all."""

    calendar = models.ForeignKey(
        WorkCalendar,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="exceptions",
        verbose_name=_("lịch làm việc"),
        help_text=_("Để trống nếu áp dụng cho mọi lịch."),
    )
    date = models.DateField(_("ngày"))
    is_working = models.BooleanField(_("là ngày làm việc"), default=False)
    reason = models.CharField(_("lý do, căn cứ"), max_length=200)
    hours = models.JSONField(
        _("giờ làm việc riêng"),
        null=True,
        blank=True,
        validators=[validate_day],
        help_text=_('Để trống nếu làm việc cả ngày như thường lệ. Ví dụ: [["08:00", "12:00"]]'),
    )

    class Meta:
        verbose_name = _("ngày ngoại lệ")
        verbose_name_plural = _("ngày ngoại lệ")
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "date"],
                nulls_distinct=False,
                name="calendar_exception_once",
                violation_error_message=_("Ngày này đã có ngoại lệ trong lịch đã chọn."),
            ),
            models.CheckConstraint(
                condition=Q(is_working=True) | Q(hours__isnull=True),
                name="calendar_exception_off_has_no_hours",
                violation_error_message=_("Ngày nghỉ thì không có giờ làm việc."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date:%d/%m/%Y}"

    def clean(self) -> None:
        if self.hours == []:
            raise ValidationError({"hours": _("Để trống thay vì một danh sách rỗng.")})


class ClockQuerySet(models.QuerySet):
    def due(self, at: datetime) -> "ClockQuerySet":
        """Clocks to fire at that moment, whether or not a sweep has them in hand."""
        return self.filter(next_fire_at__lte=at)

    def claimable(self, at: datetime) -> "ClockQuerySet":
        return self.due(at).filter(Q(claimed_until=None) | Q(claimed_until__lte=at))

    def failed(self) -> "ClockQuerySet":
        """Clocks whose last firing failed; they try again by themselves."""
        return self.filter(attempts__gt=0)


class Clock(models.Model):
    """One kind of deadline of one subject. Set, cancelled and fired by `worktime.clocks` only."""

    kind = models.CharField(_("loại"), max_length=60)
    subject_type = models.CharField(_("loại đối tượng"), max_length=60)
    subject_id = models.BigIntegerField(_("mã đối tượng"))
    next_fire_at = models.DateTimeField(_("điểm giờ kế tiếp"), null=True, blank=True)
    fired_at = models.DateTimeField(_("điểm giờ gần nhất"), null=True, blank=True, editable=False)
    stage = models.CharField(_("chặng"), max_length=60, blank=True, default="")
    payload = models.JSONField(_("dữ liệu kèm theo"), blank=True, default=dict)
    claimed_until = models.DateTimeField(_("đang được xử lý đến"), null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(_("số lần lỗi liên tiếp"), default=0, editable=False)
    error = models.TextField(_("lỗi"), blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("tạo lúc"), auto_now_add=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        verbose_name = _("đồng hồ thời hạn")
        verbose_name_plural = _("đồng hồ thời hạn")
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "kind"], name="clock_once_per_subject"),
        ]
        indexes = [
            # What a sweep reads: as long as what is set to fire, whatever the number of clocks that are done.
            models.Index(fields=["next_fire_at"], condition=Q(next_fire_at__isnull=False), name="clock_due"),
            models.Index(fields=["-id"], condition=Q(attempts__gt=0), name="clock_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.subject_type} {self.subject_id}"

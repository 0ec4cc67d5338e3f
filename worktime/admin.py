from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from audit.admin import RecordedAdmin
from worktime import clocks
from worktime.forms import CalendarExceptionForm, WorkCalendarForm
from worktime.models import CalendarException, Clock, WorkCalendar


class CalendarExceptionInline(admin.TabularInline):
    model = CalendarException
    form = CalendarExceptionForm
    extra = 0
    ordering = ["-date"]


@admin.register(WorkCalendar)
class WorkCalendarAdmin(RecordedAdmin):
    form = WorkCalendarForm
    list_display = ["name", "key"]
    search_fields = ["name", "key"]
    ordering = ["key"]
    inlines = [CalendarExceptionInline]


@admin.register(CalendarException)
class CalendarExceptionAdmin(RecordedAdmin):
    form = CalendarExceptionForm
    list_display = ["date", "is_working", "reason", "calendar"]
    list_filter = ["is_working", "calendar"]
    list_select_related = ["calendar"]
    search_fields = ["reason"]
    autocomplete_fields = ["calendar"]
    date_hierarchy = "date"
    ordering = ["-date"]


class FailedFilter(admin.SimpleListFilter):
    title = _("lỗi")
    parameter_name = "failed"

    def lookups(self, request, model_admin):
        return [("1", _("Đang lỗi"))]

    def queryset(self, request, queryset):
        return queryset.failed() if self.value() else queryset


@admin.register(Clock)
class ClockAdmin(admin.ModelAdmin):
    """Clocks are set by the services; an admin looks, and may fire one early."""

    list_display = ["kind", "subject_type", "subject_id", "next_fire_at", "stage", "attempts", "error_line", "fired_at"]
    list_filter = [FailedFilter, ("next_fire_at", admin.EmptyFieldListFilter), "kind", "subject_type"]
    search_fields = ["=subject_id"]
    search_help_text = _("Tìm theo mã đối tượng")
    ordering = ["-id"]
    show_full_result_count = False
    readonly_fields = [field.name for field in Clock._meta.fields]
    actions = ["fire_now"]

    @admin.display(description=_("lỗi"))
    def error_line(self, clock: Clock) -> str:
        return clock.error[:120]

    @admin.action(description=_("Điểm giờ ngay"), permissions=["change"])
    def fire_now(self, request, queryset) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        for clock_id in ids:
            clocks.fire_now(clock_id)
        self.message_user(request, _("Đã đặt %(n)d đồng hồ điểm ngay trong lượt quét tới.") % {"n": len(ids)})

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

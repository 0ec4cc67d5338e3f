from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from audit.admin import RecordedAdmin
from branches.models import (
    Absence,
    Branch,
    BranchArea,
    CompetentUnit,
    FieldOfLaw,
    Posting,
    ServicePoint,
    UnitArea,
)


@admin.register(Branch)
class BranchAdmin(RecordedAdmin):
    list_display = ["number", "code", "name", "ward", "phone", "opened_on", "is_active", "assumed"]
    list_display_links = ["code", "name"]
    list_filter = ["is_active", "assumed"]
    list_select_related = ["ward"]
    search_fields = ["code", "name", "address", "ward__name"]
    autocomplete_fields = ["ward"]
    ordering = ["number"]


@admin.register(BranchArea)
class BranchAreaAdmin(RecordedAdmin):
    list_display = ["ward", "branch"]
    list_filter = ["branch"]
    list_select_related = ["ward", "branch"]
    search_fields = ["ward__name", "ward__search", "ward__code"]
    autocomplete_fields = ["ward", "branch"]
    ordering = ["branch__number", "ward__name"]


@admin.register(ServicePoint)
class ServicePointAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "branch", "ward", "address", "is_active", "assumed"]
    list_filter = ["branch", "is_active", "assumed"]
    list_select_related = ["branch", "ward"]
    search_fields = ["code", "name", "address", "ward__name"]
    autocomplete_fields = ["branch", "ward"]
    ordering = ["code"]


@admin.register(CompetentUnit)
class CompetentUnitAdmin(RecordedAdmin):
    list_display = ["code", "name", "kind", "parent", "is_active", "assumed"]
    list_filter = ["kind", "is_active", "assumed"]
    list_select_related = ["parent"]
    search_fields = ["code", "name", "short_name"]
    autocomplete_fields = ["parent"]
    ordering = ["code"]


@admin.register(UnitArea)
class UnitAreaAdmin(RecordedAdmin):
    list_display = ["ward", "kind", "unit"]
    list_filter = ["kind"]
    list_select_related = ["ward", "unit"]
    search_fields = ["ward__name", "ward__search", "unit__code", "unit__name"]
    autocomplete_fields = ["ward", "unit"]
    ordering = ["kind", "ward__name"]


@admin.register(FieldOfLaw)
class FieldOfLawAdmin(admin.ModelAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    ordering = ["name"]


class InForceFilter(admin.SimpleListFilter):
    title = _("hiệu lực")
    parameter_name = "in_force"

    def lookups(self, request, model_admin):
        return [("1", _("Hôm nay")), ("work", _("Hôm nay có mặt"))]

    def queryset(self, request, queryset):
        return {"1": queryset.in_force, "work": queryset.at_work}.get(self.value(), queryset.all)()


@admin.register(Posting)
class PostingAdmin(RecordedAdmin):
    """Who may do what. A posting ends by its last day and is not deleted: it says who could do what then."""

    list_display = ["user", "role", "branch", "unit", "kind", "starts_on", "ends_on"]
    list_filter = [InForceFilter, "role", "kind", "branch"]
    list_select_related = ["user", "branch", "unit"]
    search_fields = ["user__username", "user__full_name", "unit__code", "unit__name", "unit__short_name"]
    search_help_text = _("Tên người, tên đăng nhập, tên hoặc mã cơ quan")
    autocomplete_fields = ["user", "branch", "unit", "fields_of_law"]
    ordering = ["-starts_on", "-pk"]
    list_per_page = 50

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Absence)
class AbsenceAdmin(RecordedAdmin):
    list_display = ["user", "starts_on", "ends_on", "reason"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__full_name", "reason"]
    autocomplete_fields = ["user"]
    date_hierarchy = "starts_on"
    ordering = ["-starts_on"]

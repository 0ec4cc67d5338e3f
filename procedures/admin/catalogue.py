from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from audit.admin import ReadOnlyAdmin
from procedures.admin.blank import NewThings
from procedures.admin.bulk import Bulk
from procedures.admin.exchanging import Exchange
from procedures.admin.national import Compared
from procedures.deciding import lock, refresh_head
from procedures.models import LifeEvent, Procedure, Release


@admin.register(LifeEvent)
class LifeEventAdmin(admin.ModelAdmin):
    list_display = ["name", "text", "icon", "position"]
    list_editable = ["position"]
    search_fields = ["key", "name", "text"]
    ordering = ["position", "key"]


@admin.register(Procedure)
class ProcedureAdmin(Exchange, Bulk, Compared, NewThings):
    """What helps people find a procedure is changed here; what it asks and promises stands in its versions."""

    list_display = ["code", "short_name", "field_of_law", "audience", "popularity", "life"]
    list_display_links = ["code", "short_name"]
    list_filter = ["audience", "field_of_law", "life_events"]
    list_select_related = ["field_of_law", "published__procedure"]
    search_fields = ["code", "short_name", "name", "search"]
    ordering = ["code"]
    autocomplete_fields = ["life_events"]
    actions = ["export_zip", "change_many"]
    readonly_fields = [
        "code", "name", "short_name", "short_name_en", "summary", "field_of_law", "ministry", "audience", "published",
        "national_non_territorial",
    ]  # fmt: skip
    fieldsets = [
        (_("Để người dân tìm thấy"), {"fields": ["life_events", "popularity", "keywords"]}),
        (_("Theo phiên bản đang dùng"), {"fields": readonly_fields}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("field_of_law", "published__procedure")

    @admin.display(description=_("dòng thời gian"))
    def life(self, procedure) -> str:
        """To the studio's page of its versions."""
        return format_html('<a href="{}">{}</a>', reverse("studio:timeline", args=[procedure.pk]), _("Các phiên bản"))

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def save_model(self, request, obj, form, change) -> None:
        """Only what the form asks: a version that came into force since the page was read stays so."""
        obj.save(update_fields=["popularity", "keywords"])
        procedure = lock(obj.pk)
        if procedure.published_id:
            refresh_head(procedure)


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    list_display = ["version", "starts_at", "ends_at", "released_by", "legal_ground"]
    list_filter = ["starts_at"]
    list_select_related = ["version__procedure", "released_by"]
    search_fields = ["version__procedure__code", "version__short_name"]
    date_hierarchy = "starts_at"
    ordering = ["-starts_at", "-pk"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("version__procedure", "released_by")

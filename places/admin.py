from django.contrib import admin

from places.models import FormerDistrict, FormerWard, Ward, WardChange


class WardChangeInline(admin.TabularInline):
    """The reorganisation of 2025, to be read: it comes with the catalogue."""

    model = WardChange
    extra = 0
    can_delete = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("former_ward__district", "ward")

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Ward)
class WardAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "kind", "former_district"]
    list_filter = ["kind", "former_district"]
    list_select_related = ["former_district"]
    search_fields = ["code", "name", "search"]
    autocomplete_fields = ["former_district"]
    ordering = ["name"]
    inlines = [WardChangeInline]


@admin.register(FormerDistrict)
class FormerDistrictAdmin(admin.ModelAdmin):
    list_display = ["code", "name"]
    search_fields = ["code", "name"]
    ordering = ["name"]


@admin.register(FormerWard)
class FormerWardAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "district"]
    list_filter = ["district"]
    list_select_related = ["district"]
    search_fields = ["code", "name", "search"]
    autocomplete_fields = ["district"]
    ordering = ["name"]

from django.contrib import admin

from places.models import FormerDistrict, FormerWard, Ward, WardChange


class WardChangeInline(admin.TabularInline):
    model = WardChange
    extra = 0
    autocomplete_fields = ["former_ward"]


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

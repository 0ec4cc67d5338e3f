"""The national catalogue in the admin: searched and read, never edited; and where ours parts from it."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.admin import ReadOnlyAdmin
from procedures import national
from procedures.models import NationalEntry, Procedure

KINDS = [
    ("STANDARD", _("Chung cả nước")),
    ("SPECIFIC", _("Riêng của một địa phương")),
    ("STANDARD_INTERNAL", _("Nội bộ giữa các cơ quan")),
]
AUDIENCES = Procedure._meta.get_field("audience").choices


class Compared(admin.ModelAdmin):
    """Mixed into the admin of procedures: its page warns where the national entry says otherwise."""

    change_form_template = "admin/procedures/procedure/change_form.html"

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context["differences"] = national.differences(obj, NationalEntry.objects.filter(code=obj.code).first())
        return super().render_change_form(request, context, add, change, form_url, obj)


class TakenFilter(admin.SimpleListFilter):
    title = _("thành phố đã tiếp nhận")
    parameter_name = "taken"

    def lookups(self, request, model_admin):
        return [("1", _("Đã tiếp nhận trực tuyến")), ("0", _("Chưa tiếp nhận trực tuyến"))]

    def queryset(self, request, queryset):
        return queryset.filter(accepted=self.value() == "1") if self.value() in ("0", "1") else queryset


class ValueFilter(admin.SimpleListFilter):
    """The rows of one value of a column; the values in words."""

    words: list[tuple[str, str]] = []

    def lookups(self, request, model_admin):
        return self.words

    def queryset(self, request, queryset):
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class KindFilter(ValueFilter):
    title, parameter_name, words = _("loại"), "kind", KINDS


class AudienceFilter(ValueFilter):
    title, parameter_name, words = _("đối tượng"), "audience", AUDIENCES


class StateFilter(admin.SimpleListFilter):
    title = _("tình trạng")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("changed", _("Đã đổi")), ("gone", _("Không còn"))]

    def queryset(self, request, queryset):
        column = {"changed": "changed_at", "gone": "gone_at"}.get(self.value())
        return queryset.exclude(**{column: None}) if column else queryset


@admin.register(NationalEntry)
class NationalEntryAdmin(ReadOnlyAdmin):
    change_list_template = "admin/procedures/national/change_list.html"
    list_display = ["code", "short", "field", "issuing_body", "executing", "taken"]
    list_filter = [TakenFilter, StateFilter, KindFilter, AudienceFilter]
    search_fields = ["search"]
    search_help_text = _("Tên hoặc mã, không cần dấu")
    ordering = ["code"]
    list_per_page = 50
    show_full_result_count = False
    fields = [
        "begin", "code", "name", "field", "issuing_body", "executing_bodies", "whose", "sort", "taken",
        "before", "changed_at", "read_at", "gone_at",
    ]  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request):
        return national.every()

    def get_search_results(self, request, queryset, search_term):
        """As citizens search, among all of them."""
        return (national.find(search_term, queryset) if search_term.strip() else queryset), False

    @admin.display(description=_("tên"), ordering="name")
    def short(self, entry) -> str:
        return Truncator(entry.name).chars(150)

    @admin.display(description=_("cơ quan thực hiện"))
    def executing(self, entry) -> str:
        return Truncator(entry.executing_bodies).chars(80)

    @admin.display(description=_("đối tượng"))
    def whose(self, entry) -> str:
        return dict(AUDIENCES).get(entry.audience, entry.audience)

    @admin.display(description=_("loại"))
    def sort(self, entry) -> str:
        return dict(KINDS).get(entry.kind, entry.kind)

    @admin.display(description=_("đã tiếp nhận"), boolean=True)
    def taken(self, entry) -> bool:
        return entry.accepted

    @admin.display(description=_("trước đó"))
    def before(self, entry) -> str:
        said = "; ".join(f"{national.column_name(name)}: {value}" for name, value in entry.previous.items())
        return said or "—"

    @admin.display(description=_("thủ tục của thành phố"))
    def begin(self, entry) -> str:
        ours = Procedure.objects.filter(code=entry.code).first()
        if ours is not None:
            return format_html(
                '<a href="{}">{}</a>', reverse("admin:procedures_procedure_change", args=[ours.pk]), ours
            )
        address = f"{reverse('admin:procedures_procedure_add')}?code={entry.code}"
        return format_html('<a href="{}">{}</a>', address, gettext("Bắt đầu thủ tục từ mục này"))

    def get_urls(self):
        view = self.admin_site.admin_view(self.compare_view)
        return [path("so-sanh/", view, name="procedures_national_compare"), *super().get_urls()]

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        """Where our versions in force part from the national entries of the same code."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {"title": gettext("So với danh mục quốc gia"), "opts": self.opts, "rows": national.compared()}
        context |= self.admin_site.each_context(request)
        return TemplateResponse(request, "admin/procedures/national/compare.html", context)

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from audit.services import Actor
from procedures import releasing
from procedures.models import (
    DocumentRequirement,
    FeeRule,
    FormField,
    FormSection,
    Move,
    ProcedureVersion,
    Release,
    Step,
)


class PartInline(admin.TabularInline):
    """A part of a version: changed while it is a draft, read afterwards."""

    extra = 0
    ordering = ["position", "pk"]

    def has_add_permission(self, request, obj=None) -> bool:
        return not is_released(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request, obj=None) -> bool:
        return not is_released(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None) -> bool:
        return not is_released(obj) and super().has_delete_permission(request, obj)


def is_released(version: ProcedureVersion | None) -> bool:
    return bool(version and version.released)


class SectionInline(PartInline):
    model = FormSection
    fields = ["position", "key", "title", "hint"]


class FieldInline(PartInline):
    model = FormField
    fields = [
        "section", "position", "key", "kind", "label", "hint", "example", "required", "options", "minimum", "maximum",
        "condition",
    ]  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("section").order_by("section__position", "position")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """The version's own sections, read once for all the rows."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "section":
            field.queryset = FormSection.objects.filter(version_id=request.resolver_match.kwargs.get("object_id"))
            field.choices = list(field.choices)
        return field


class DocumentInline(PartInline):
    model = DocumentRequirement
    fields = ["position", "key", "name", "full_name", "required", "condition", "condition_text", "originals", "copies"]


class FeeInline(PartInline):
    model = FeeRule
    fields = ["position", "key", "label", "amount", "per", "count_field", "channel", "condition"]


class StepInline(PartInline):
    model = Step
    fields = ["position", "key", "name", "public_name", "role", "share", "produces", "end"]


class MoveInline(PartInline):
    model = Move
    fields = [
        "position", "key", "label", "source", "target", "role", "condition", "needs_reason", "effects", "primary",
    ]  # fmt: skip


class ReleasedFilter(admin.SimpleListFilter):
    title = _("tình trạng")
    parameter_name = "released"

    def lookups(self, request, model_admin):
        return [("0", _("Bản nháp")), ("1", _("Đã ban hành"))]

    def queryset(self, request, queryset):
        return queryset.filter(released=self.value() == "1") if self.value() else queryset


@admin.register(ProcedureVersion)
class ProcedureVersionAdmin(admin.ModelAdmin):
    """Drafts are changed and released here. A released version never changes: dossiers were filed on its words."""

    list_display = ["procedure", "number", "short_name", "is_released", "time_amount", "time_unit", "created_at"]
    list_filter = [ReleasedFilter, "family", "unit_kind"]
    list_select_related = ["procedure"]
    search_fields = ["procedure__code", "short_name", "name"]
    ordering = ["procedure__code", "-number"]
    list_per_page = 50
    actions = ["release_drafts", "copy_to_drafts"]
    inlines = [SectionInline, FieldInline, DocumentInline, FeeInline, StepInline, MoveInline]
    readonly_fields = ["state", "procedure", "number", "created_at"]
    fieldsets = [
        (None, {"fields": ["state", "procedure", "number", "note", "created_at"]}),
        (
            _("Thủ tục"),
            {
                "fields": [
                    "name",
                    "short_name",
                    "short_name_en",
                    "summary",
                    "field_of_law",
                    "ministry",
                    "audience",
                    "result",
                ]
            },
        ),
        (
            _("Nơi giải quyết và thời hạn"),
            {"fields": ["unit_kind", "routing_field", "any_branch", "immediate", "time_amount", "time_unit", "weight"]},
        ),
        (
            _("Cách nộp, bổ sung, nộp tiền"),
            {"fields": ["channels", "returns", "supplement_days", "after_supplement", "payment_days"]},
        ),
        (_("Căn cứ"), {"fields": ["legal_basis", "assumed", "family"]}),
    ]

    def get_queryset(self, request):
        released = Exists(Release.objects.filter(version=OuterRef("pk")))
        return super().get_queryset(request).select_related("procedure").annotate(released=released)

    @admin.display(description=_("đã ban hành"), boolean=True)
    def is_released(self, version) -> bool:
        return version.released

    @admin.display(description=_("tình trạng"))
    def state(self, version) -> str:
        if version.released:
            return _(
                "Đã ban hành. Phiên bản đã ban hành không bao giờ thay đổi, vì hồ sơ đã nộp theo đúng phiên bản đó. "
                "Muốn sửa, hãy dùng “Tạo bản nháp” trong danh sách phiên bản."
            )
        return _("Bản nháp. Sửa xong, hãy dùng “Ban hành” trong danh sách phiên bản.")

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return not is_released(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None) -> bool:
        return obj is not None and not is_released(obj) and super().has_delete_permission(request, obj)

    def save_related(self, request, form, formsets, change) -> None:
        super().save_related(request, form, formsets, change)
        problems = list(releasing.problems_of(form.instance))
        for problem in problems:
            self.message_user(request, problem, messages.WARNING)
        if not problems:
            releasing.keep_digest(form.instance)

    @admin.action(description=_("Ban hành"), permissions=["change"])
    def release_drafts(self, request, queryset) -> None:
        for version in queryset:
            try:
                releasing.release(version, by=request.user, actor=Actor.of(request))
            except releasing.NotReleasable as error:
                for problem in error.problems:
                    self.message_user(request, f"{version}: {problem}", messages.ERROR)
            else:
                self.message_user(request, _("Đã ban hành %(version)s.") % {"version": version}, messages.SUCCESS)

    @admin.action(description=_("Tạo bản nháp"), permissions=["change"])
    def copy_to_drafts(self, request, queryset) -> None:
        for version in queryset:
            draft = releasing.copy_to_draft(version)
            self.message_user(request, _("Đã tạo bản nháp %(version)s.") % {"version": draft}, messages.SUCCESS)

"""The lists of a version's page: which rows, which form, and which selects choose from one another."""

from adminsortable2.admin import SortableInlineAdminMixin
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from procedures.admin import forms, rows
from procedures.models import (
    DocumentRequirement,
    FeeExemption,
    FeeRule,
    FormField,
    FormSection,
    Move,
    Step,
    StepItem,
)
from procedures.spec import REPEATED

NOTHING = _("— chọn —")


class PartInline(SortableInlineAdminMixin, admin.TabularInline):
    """A part of a version: changed while it is a draft, read afterwards."""

    template = "admin/procedures/version/rows.html"
    extra = 0
    max_num = 500
    ordering = ["position"]

    def get_queryset(self, request):
        return super().get_queryset(request).order_by("position", "pk")

    def has_add_permission(self, request, obj=None) -> bool:
        return not _released(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request, obj=None) -> bool:
        return not _released(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None) -> bool:
        return not _released(obj) and super().has_delete_permission(request, obj)


def _released(version) -> bool:
    return bool(version and version.released)


def _inline(of, of_form, of_formset, **selects) -> type[PartInline]:
    formset = type(of_formset.__name__, (of_formset,), {"selects": selects})
    return type(f"{of.__name__}Inline", (PartInline,), {
        "model": of, "form": of_form, "formset": formset, "fields": of_form.Meta.fields,
        "verbose_name_plural": of._meta.verbose_name_plural,
    })  # fmt: skip


SectionInline = _inline(FormSection, forms.SectionForm, rows.SectionFormSet)
DocumentInline = _inline(DocumentRequirement, forms.DocumentForm, rows.DocumentFormSet)
FeeInline = _inline(
    FeeRule, forms.FeeForm, rows.FeeFormSet, count_field=("fields", _("không nhân"), "number", *REPEATED)
)
ExemptionInline = _inline(
    FeeExemption, forms.ExemptionForm, rows.ExemptionFormSet,
    fee=("fees", NOTHING), proof=("documents", _("không cần giấy tờ")),
)  # fmt: skip
StepInline = _inline(Step, forms.StepForm, rows.StepFormSet)
ItemInline = _inline(
    StepItem, forms.ItemForm, rows.ItemFormSet, step=("steps", NOTHING), after=("items", _("không chờ việc nào"))
)
MoveInline = _inline(
    Move, forms.MoveForm, rows.MoveFormSet, source=("steps", _("(bắt đầu quy trình)")), target=("steps", NOTHING)
)


class FieldInline(
    _inline(
        FormField, forms.FieldForm, rows.FieldFormSet,
        section_key=("sections", NOTHING), parent=("fields", _("không nằm trong nhóm"), *REPEATED),
    )
):  # fmt: skip
    def get_queryset(self, request):
        return super().get_queryset(request).select_related("section")


INLINES = [
    SectionInline, FieldInline, DocumentInline, FeeInline, ExemptionInline, StepInline, ItemInline, MoveInline,
]  # fmt: skip

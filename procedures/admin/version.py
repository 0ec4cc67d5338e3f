"""The page of a version in Django admin: a draft is changed there, a released version is read."""

from adminsortable2.admin import SortableAdminBase
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.forms.widgets import Script
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audit.services import Actor, record
from procedures import releasing, upstairs
from procedures.admin import page, saving
from procedures.admin.endpoints import EditorEndpoints
from procedures.admin.inlines import INLINES
from procedures.admin.rows import Board
from procedures.admin.trials import MindsTrials
from procedures.admin.version_form import ReadOnlyVersionForm, VersionForm
from procedures.deciding import lock
from procedures.models import ProcedureVersion, Release


class ReleasedFilter(admin.SimpleListFilter):
    title = _("tình trạng")
    parameter_name = "released"

    def lookups(self, request, model_admin):
        return [("0", _("Bản nháp")), ("1", _("Đã ban hành"))]

    def queryset(self, request, queryset):
        return queryset.filter(released=self.value() == "1") if self.value() else queryset


@admin.register(ProcedureVersion)
class ProcedureVersionAdmin(MindsTrials, EditorEndpoints, SortableAdminBase, admin.ModelAdmin):
    """Drafts are changed here. A released version never changes: dossiers were filed on its words."""

    change_form_template = "admin/procedures/version/change_form.html"
    list_display = ["procedure", "number", "short_name", "is_released", "time_amount", "time_unit", "saved_at"]
    list_filter = [ReleasedFilter, "family", "unit_kind"]
    list_select_related = ["procedure"]
    search_fields = ["procedure__code", "short_name", "name"]
    ordering = ["procedure__code", "-number"]
    list_per_page = 50
    actions = ["copy_to_drafts"]
    inlines = INLINES
    fieldsets = [(None, {"fields": list(VersionForm.base_fields)})]

    class Media:
        css = {"all": ["css/process.css", "css/editor.css"]}
        js = [Script("js/editor.js", defer=True)]

    def get_queryset(self, request):
        released = Exists(Release.objects.filter(version=OuterRef("pk")))
        return super().get_queryset(request).select_related("procedure").annotate(released=released)

    @admin.display(description=_("đã ban hành"), boolean=True)
    def is_released(self, version) -> bool:
        return version.released

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return not (obj and obj.released) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None) -> bool:
        return obj is not None and not obj.released and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs, request):
        """What goes with a draft: its rows, and the trials of it, which stand in its way until they are gone."""
        with transaction.atomic():
            trials = sum(upstairs.clear_away(version) for version in objs)
            gone, counts, needed, kept = super().get_deleted_objects(objs, request)
            transaction.set_rollback(request.method != "POST")
        if trials:
            gone = [*gone, ngettext("%(n)d hồ sơ thử", "%(n)d hồ sơ thử", trials) % {"n": trials}]
        return gone, counts, needed, kept

    def delete_model(self, request, obj) -> None:
        record(
            chain=f"procedure:{obj.procedure_id}", act="delete_draft", actor=Actor.of(request),
            subject_type="procedure", subject_id=obj.procedure_id, before={"version": obj.number, "digest": obj.digest},
        )  # fmt: skip
        super().delete_model(request, obj)

    # --- the forms ------------------------------------------------------------------------------------------------
    def get_object(self, request, object_id, from_field=None):
        """Who saves holds the procedure's lock, as whoever releases does: neither overtakes the other."""
        version = super().get_object(request, object_id, from_field)
        if version is None or not self.saves(request):
            return version
        lock(version.procedure_id)
        return super().get_object(request, object_id, from_field)

    def saves(self, request) -> bool:
        return request.method == "POST" and request.resolver_match.url_name.endswith("_change")

    def get_form(self, request, obj=None, change=False, **kwargs):
        return VersionForm if self.has_change_permission(request, obj) else ReadOnlyVersionForm

    def get_formset_kwargs(self, request, obj, inline, prefix):
        read_only = not self.has_change_permission(request, obj)
        return super().get_formset_kwargs(request, obj, inline, prefix) | {"read_only": read_only}

    def _create_formsets(self, request, obj, change):
        formsets, inlines = super()._create_formsets(request, obj, change)
        request.board = Board(formsets)
        for formset in formsets:
            if request.GET.get("them") == formset.part:
                formset.extra = page.EXTRA_ROWS
        return formsets, inlines

    # --- the page -------------------------------------------------------------------------------------------------
    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            context |= page.context_of(obj, context["adminform"].form, request)
        return super().render_change_form(request, context, add, change, form_url, obj)

    # --- saving ---------------------------------------------------------------------------------------------------
    def save_model(self, request, obj, form, change) -> None:
        """The head is saved together with its rows, in `save_related`."""

    def save_related(self, request, form, formsets, change) -> None:
        english = saving.english_of(request.POST.getlist("text_vi"), request.POST.getlist("text_en"))
        request.saved = saving.save(form.instance, request.board, english, by=request.user, actor=Actor.of(request))

    def construct_change_message(self, request, form, formsets, add=False):
        """What changed stands in the record, in words (audit)."""
        return str(_("Đã sửa bản nháp.") if request.saved else _("Không có thay đổi."))

    def response_change(self, request, obj):
        said = _("Đã lưu bản nháp.") if request.saved else _("Không có gì thay đổi nên không lưu.")
        self.message_user(request, said, messages.SUCCESS if request.saved else messages.INFO)
        self.warn_of_trials(request, obj)
        part = request.POST.get("_add_rows", "")
        tab = request.POST.get("_tab", "")
        query = f"?them={part}" if part in request.board.parts else ""
        return HttpResponseRedirect(
            reverse("admin:procedures_procedureversion_change", args=[obj.pk])
            + query
            + (f"#{tab}" if tab in page.TABS else "")
        )

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:version_id>/bieu-thuc/", view(self.explain), name="procedures_version_explain"),
            path("<int:version_id>/ve/", view(self.draw), name="procedures_version_draw"),
            path("<int:version_id>/tao-ban-nhap/", view(self.copy), name="procedures_version_copy"),
            *super().get_urls(),
        ]

    @admin.action(description=_("Tạo bản nháp"), permissions=["change"])
    def copy_to_drafts(self, request, queryset) -> None:
        for version in queryset:
            draft = releasing.copy_to_draft(version, by=request.user)
            self.message_user(request, _("Đã tạo bản nháp %(version)s.") % {"version": draft}, messages.SUCCESS)

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from audit.admin import ReadOnlyAdmin, RecentPaginator, RecordedAdmin
from dossiers.life import Status
from dossiers.looking import ADMIN, looked
from dossiers.models import (
    Attachment,
    Dossier,
    Note,
    Pause,
    Rating,
    StoredFile,
    SupplementRequest,
    Threshold,
    WorkItem,
)
from dossiers.queue import search
from dossiers.reading import kept_files, mask_row
from procedures.versions import read


class HistoryInline(admin.TabularInline):
    """What happened, to be read: only the acts of the desk add to it."""

    extra = 0
    can_delete = False
    related: list[str] = []

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*self.related).order_by("pk")

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


class WorkItemInline(HistoryInline):
    model = WorkItem
    fields = ["name", "kind", "state", "unit", "branch", "assignee", "opened_at", "due_at", "done_at"]
    related = ["unit", "branch", "assignee"]


class SupplementInline(HistoryInline):
    model = SupplementRequest
    fields = ["stage", "reason", "asked_by", "asked_at", "due_at", "answered_at", "answer"]
    related = ["asked_by", "dossier"]


class AttachmentInline(HistoryInline):
    model = Attachment
    fields = ["requirement", "file", "purpose", "added_at", "removed_at", "checked_by", "checked_at"]
    readonly_fields = ["added_at", "removed_at"]
    related = ["file", "checked_by"]

    def get_queryset(self, request):
        return super().get_queryset(request).exclude(file__in=getattr(request, "kept_files", ()))


class PauseInline(HistoryInline):
    model = Pause
    fields = ["reason", "started_at", "ended_at"]
    related = ["dossier"]


class NoteInline(HistoryInline):
    model = Note
    fields = ["at", "author", "text"]
    related = ["author"]


@admin.register(Dossier)
class DossierAdmin(ReadOnlyAdmin):
    """Every submitted dossier, to be read. The law moves it on: the desk does that, and its page is linked."""

    list_display = ["code", "status", "due_at", "procedure_name", "applicant_name", "unit", "branch", "submitted_at"]
    list_filter = ["status", "channel", "outcome", "branch", "submitted_at"]
    search_fields = ["code"]
    search_help_text = _("Mã hồ sơ, tên, số định danh hoặc số điện thoại người nộp")
    ordering = ["-pk"]
    paginator = RecentPaginator
    show_full_result_count = False
    list_per_page = 50
    inlines = [WorkItemInline, SupplementInline, AttachmentInline, PauseInline, NoteInline]
    readonly_fields = ["desk_page", "submitted_at", "received_at", "due_at", "decided_at", "completed_at", "closed_at"]
    fieldsets = [
        (None, {"fields": ["desk_page", "status", "step", "outcome", "outcome_note"]}),
        (_("Thủ tục"), {"fields": ["procedure", "version", "channel", "submission"]}),
        (_("Nơi giải quyết"), {"fields": ["branch", "unit", "ward", "assignee", "return_by", "return_address"]}),
        (
            _("Người nộp"),
            {"fields": ["owner", "created_by", "applicant_name", "applicant_phone", "applicant_email", "answers"]},
        ),
        (
            _("Mốc thời gian"),
            {"fields": ["submitted_at", "received_at", "due_at", "decided_at", "completed_at", "closed_at"]},
        ),
    ]

    def get_queryset(self, request):
        """Drafts are their owners' own business until they are submitted."""
        rows = super().get_queryset(request).exclude(status=Status.DRAFT)
        return rows.select_related(
            "version__procedure", "procedure", "branch", "unit", "ward", "assignee", "owner", "created_by"
        )

    def get_object(self, request, object_id, from_field=None):
        """With the answers and files that this person may read (`Field.seen_by`); nothing is ever saved from here."""
        dossier = super().get_object(request, object_id, from_field)
        if dossier is not None:
            looked(request, dossier, at=ADMIN)
            spec = read(dossier.version_id)
            request.kept_files = kept_files(dossier, spec, request.user)
            mask_row(dossier, spec, request.user)
        return dossier

    def get_search_results(self, request, queryset, search_term):
        """Only what an index answers: a code, a whole telephone or personal number, or a part of a name."""
        return (search(queryset, search_term) if search_term.strip() else queryset), False

    @admin.display(description=_("thủ tục"))
    def procedure_name(self, dossier: Dossier) -> str:
        return dossier.version.short_name

    @admin.display(description=_("trang xử lý"))
    def desk_page(self, dossier: Dossier) -> str:
        return format_html('<a href="{}">{}</a>', reverse("desk:dossier", args=[dossier.code]), dossier.code)


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    list_display = ["at", "score", "text", "dossier"]
    list_filter = ["score", "at"]
    list_select_related = ["dossier"]
    search_fields = ["=dossier__code"]
    ordering = ["-pk"]
    paginator = RecentPaginator
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request):
        return super().get_queryset(request).filter(dossier__is_scratch=False)


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    """That a file is there, whose it is and what it weighs; its content only opens with its dossier."""

    list_display = ["created_at", "name", "content_type", "size", "scan", "uploaded_by"]
    list_filter = ["scan", "content_type", "created_at"]
    sortable_by = ["created_at", "content_type", "size", "scan"]
    list_select_related = ["uploaded_by"]
    search_fields = ["=uploaded_by__username"]
    search_help_text = _("Tên đăng nhập của người tải lên")
    readonly_fields = ["name", "content_type", "size", "scan", "scanned_at", "uploaded_by", "created_at"]
    ordering = ["-created_at"]
    paginator = RecentPaginator
    show_full_result_count = False
    list_per_page = 50


@admin.register(Threshold)
class ThresholdAdmin(RecordedAdmin):
    list_display = ["kind", "value", "role", "template", "is_active"]
    list_filter = ["kind", "role", "is_active"]
    search_fields = ["template"]
    ordering = ["kind", "value", "role"]

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from audit.models import AuditEntry, DailyRoot


class RecentPaginator(Paginator):
    """Counts no further than anybody would turn pages: counting millions of rows takes seconds."""

    @cached_property
    def count(self):
        return self.object_list[:10_000].count()


class ReadOnlyAdmin(admin.ModelAdmin):
    """The record can be read here and nowhere changed."""

    def has_add_permission(self, request, *args):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "act", "actor_label", "posting_label", "chain", "seq", "subject_type", "subject_id", "ip"]
    list_filter = ["at"]
    search_fields = ["chain"]
    search_help_text = _("Đầu mã chuỗi (ví dụ dossier:123), hoặc mã số của người thực hiện hay đối tượng")
    paginator = RecentPaginator
    ordering = ["-pk"]
    show_full_result_count = False
    list_per_page = 50

    def get_search_results(self, request, queryset, search_term):
        """Only what an index answers."""
        term = search_term.strip()
        if term.isdecimal() and len(term) < 19:
            return queryset.filter(Q(actor_id=term) | Q(subject_id=term)), False
        return queryset.filter(chain__startswith=term), False


@admin.register(DailyRoot)
class DailyRootAdmin(ReadOnlyAdmin):
    list_display = ["day", "entries", "chains", "root", "sealed_at"]
    date_hierarchy = "day"
    ordering = ["-day"]

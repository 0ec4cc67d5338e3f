from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from audit.models import AuditEntry, DailyRoot
from audit.services import Actor, record, sealed_for


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


class RecordedAdmin(admin.ModelAdmin):
    """An admin page whose changes stand in the record too: what gives rights, or changes the law's numbers, must.

    Django's own log is a table like any other; the record is chained and sealed. Both are written in the change's
    transaction.
    """

    def log_addition(self, request, obj, message):
        self._record(request, obj, "admin_add", message)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        self._record(request, obj, "admin_change", message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for obj in queryset:
            self._record(request, obj, "admin_delete", [])
        return super().log_deletions(request, queryset)

    def _record(self, request, obj, act: str, message) -> None:
        label = obj._meta.label_lower
        fields = [
            name for part in message if isinstance(part, dict) for p in part.values() for name in p.get("fields", [])
        ]
        record(
            chain=f"{label}:{obj.pk}",
            act=act,
            actor=Actor.of(request),
            subject_type=label,
            subject_id=obj.pk if isinstance(obj.pk, int) else None,
            after={"fields": [str(name) for name in fields], "is": _named(obj)},
        )


def _named(obj) -> str:
    """The row as people call it; what belongs to a person is called by their name, which is sealed for them."""
    person = obj.pk if isinstance(obj, get_user_model()) else getattr(obj, "user_id", None)
    text = str(obj)[:200]
    return sealed_for(f"user:{person}", text) if person else text

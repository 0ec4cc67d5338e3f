from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from audit.admin import ReadOnlyAdmin, RecentPaginator
from payments.models import TRIAL, Obligation


@admin.register(Obligation)
class ObligationAdmin(ReadOnlyAdmin):
    """What is owed is made by submits and settled by cashiers; here it is only looked at."""

    list_display = ["created_at", "label", "amount", "receipt_number", "settled_at", "settled_by", "cancelled_at"]
    list_filter = [
        ("settled_at", admin.EmptyFieldListFilter),
        ("cancelled_at", admin.EmptyFieldListFilter),
        "created_at",
    ]
    list_select_related = ["settled_by"]
    search_fields = ["=receipt_number", "=subject_id"]
    search_help_text = _("Số biên lai, hoặc mã số của hồ sơ")
    ordering = ["-pk"]
    paginator = RecentPaginator
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request):
        return super().get_queryset(request).exclude(subject_type=TRIAL)

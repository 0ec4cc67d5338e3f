from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audit.admin import RecentPaginator
from audit.services import Actor
from notifications.models import Message, UndeliveredMessage
from notifications.services import retry


class ReadOnlyMessageAdmin(admin.ModelAdmin):
    list_display = ["created_at", "subject", "channel", "address", "status", "attempts", "sent_at"]
    list_filter = ["status", "channel", "created_at"]
    search_fields = ["=address", "=subject_id"]
    search_help_text = _("Địa chỉ nhận, hoặc mã số của đối tượng")
    ordering = ["-pk"]
    raw_id_fields = ["recipient"]
    list_per_page = 50
    show_full_result_count = False
    paginator = RecentPaginator

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Message)
class MessageAdmin(ReadOnlyMessageAdmin):
    pass


@admin.register(UndeliveredMessage)
class UndeliveredMessageAdmin(ReadOnlyMessageAdmin):
    """Messages that did not leave, with the reason, and a button that tries them again."""

    list_display = ["created_at", "subject", "channel", "address", "status", "attempts", "next_attempt_at", "error"]
    list_filter = ["status", "channel", "template"]
    actions = ["retry_selected"]
    change_form_template = "notifications/undelivered_change_form.html"

    def get_queryset(self, request):
        return super().get_queryset(request).undelivered()

    def has_retry_permission(self, request):
        return request.user.has_perm("notifications.change_undeliveredmessage")

    @admin.action(description=_("Gửi lại các thư đã chọn"), permissions=["retry"])
    def retry_selected(self, request, queryset):
        self._retry(request, queryset.values_list("pk", flat=True))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of one message; its button posts back here."""
        if request.method == "POST" and "_retry" in request.POST and self.has_retry_permission(request):
            self._retry(request, [int(object_id)])
            return HttpResponseRedirect("../../")
        context = {"can_retry": self.has_retry_permission(request), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def _retry(self, request, ids):
        count = retry(message_ids=list(ids), actor=Actor.of(request))
        text = ngettext("Sẽ gửi lại %(count)d thư ngay.", "Sẽ gửi lại %(count)d thư ngay.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)

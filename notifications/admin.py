from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from audit.admin import RecentPaginator
from audit.services import Actor
from keys import masking
from keys.ring import blind
from notifications.models import Message, UndeliveredMessage
from notifications.services import retry


class ReadOnlyMessageAdmin(admin.ModelAdmin):
    """What was sent to whom, with addresses and numbers masked; found by the whole address."""

    list_display = ["created_at", "masked_subject", "channel", "masked_address", "status", "attempts", "sent_at"]
    list_filter = ["status", "channel", "created_at"]
    search_fields = ["=subject_id"]  # the address: get_search_results
    fields = [
        "recipient", "channel", "masked_address", "template", "language", "masked_subject", "masked_body", "link",
        "subject_type", "subject_id", "status", "attempts", "next_attempt_at", "masked_error", "dedupe_key",
        "created_at", "sent_at", "read_at",
    ]  # fmt: skip
    search_help_text = _("Địa chỉ nhận, hoặc mã số của đối tượng")
    ordering = ["-pk"]
    raw_id_fields = ["recipient"]
    list_per_page = 50
    show_full_result_count = False
    paginator = RecentPaginator

    def get_search_results(self, request, queryset, search_term):
        """By the exact address it went to, or the number of what it is about."""
        term = search_term.strip()
        if not term or (term.isdecimal() and len(term) < 9):
            return super().get_search_results(request, queryset, term)
        phone = f"+84{term[1:]}" if term.isdecimal() and term.startswith("0") else term
        found = {blind("address", each) for each in (term, term.lower(), phone)}
        return queryset.filter(address_index__in=found), False

    @admin.display(description=_("tiêu đề"))
    def masked_subject(self, message: Message) -> str:
        return masking.text(message.subject)

    @admin.display(description=_("địa chỉ nhận"))
    def masked_address(self, message: Message) -> str:
        return masking.address(message.address)

    @admin.display(description=_("nội dung"))
    def masked_body(self, message: Message) -> str:
        return masking.text(message.body)

    @admin.display(description=_("lỗi"))
    def masked_error(self, message: Message) -> str:
        return masking.text(message.error)

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

    list_display = [
        "created_at", "masked_subject", "channel", "masked_address", "status", "attempts", "next_attempt_at",
        "masked_error",
    ]  # fmt: skip
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

import re
from contextlib import suppress

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, User
from accounts.phone import normalise_phone
from accounts.second_factor import StepUpAdmin
from audit.admin import RecordedAdmin
from keys.ring import blind


@admin.register(User)
class UserAdmin(StepUpAdmin, RecordedAdmin, DjangoUserAdmin):
    list_display = ["username", "full_name", "email", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser", "is_demo", "language"]
    search_fields = ["username", "full_name", "email"]
    search_help_text = _("Tên đăng nhập, họ tên, thư điện tử, hoặc cả số điện thoại, số định danh")
    ordering = ["username"]
    autocomplete_fields = ["ward"]
    readonly_fields = ["last_login", "date_joined", "is_demo"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (
            _("Người"),
            {"fields": ["full_name", "personal_number", "birth_date", "ward", "address_line", "language"]},
        ),
        (_("Liên lạc"), {"fields": ["email", "phone", "phone_verified"]}),
        (_("Quyền"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
        (_("Mốc thời gian"), {"fields": ["last_login", "date_joined", "is_demo"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": ["username", "full_name", "email", "usable_password", "password1", "password2"],
            },
        ),
    ]

    def get_queryset(self, request):
        """Citizens' accounts are nobody's business here but the system administrators'."""
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(pk__in=rows.exclude(postings=None).values("pk"))

    def get_search_results(self, request, queryset, search_term):
        """A whole telephone or personal number is found by its blind index, anything else as Django does."""
        digits = re.sub(r"[ .-]", "", search_term)
        if re.fullmatch(r"\d{12}", digits):
            return queryset.filter(number_index=blind("number", digits)), False
        if re.fullmatch(r"\+?\d{9,15}", digits):
            with suppress(ValidationError):
                return queryset.filter(phone_index=blind("phone", normalise_phone(digits))), False
        return super().get_search_results(request, queryset, search_term)


@admin.register(ApiToken)
class ApiTokenAdmin(StepUpAdmin, RecordedAdmin):
    """Seen and taken back here; `manage.py token USERNAME` makes one, because its text is shown once only."""

    list_display = ["user", "label", "scopes", "created_at", "expires_at"]
    search_fields = ["user__username", "user__full_name", "label"]
    list_select_related = ["user"]
    readonly_fields = ["user", "created_at"]
    ordering = ["-created_at"]

    def has_add_permission(self, request) -> bool:
        return False


class TakenBackAdmin(StepUpAdmin, RecordedAdmin):
    """Rows that people make themselves: listed, and taken back by deleting; nobody makes or changes one here."""

    search_fields = ["user__username", "user__full_name"]
    list_select_related = ["user"]

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


admin.site.unregister([Authenticator, UserSession])  # allauth's own pages let a secret be typed over


@admin.register(Authenticator)
class AuthenticatorAdmin(TakenBackAdmin):
    """Deleting a person's factors lets them set up new ones at the next login: for whoever lost telephone and codes."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    fields = ["user", "type", "created_at", "last_used_at"]
    ordering = ["-created_at"]


@admin.register(UserSession)
class UserSessionAdmin(TakenBackAdmin):
    """Deleting a row ends the session."""

    list_display = ["user", "ip", "user_agent", "created_at", "last_seen_at"]
    fields = list_display
    ordering = ["-last_seen_at"]

    def delete_model(self, request, obj) -> None:
        obj.end()

    def delete_queryset(self, request, queryset) -> None:
        for session in queryset:
            session.end()

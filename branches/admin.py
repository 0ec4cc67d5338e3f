from django.contrib import admin
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.second_factor import StepUpAdmin
from audit.admin import RecordedAdmin
from audit.services import Actor
from branches import people
from branches.admin_rules import PostingImport
from branches.hiring import NewStaffForm
from branches.models import (
    Absence,
    Branch,
    BranchArea,
    CompetentUnit,
    FieldOfLaw,
    Posting,
    Role,
    ServicePoint,
    UnitArea,
)
from branches.people import StaffMember
from worktime import now


@admin.register(Branch)
class BranchAdmin(RecordedAdmin):
    list_display = ["number", "code", "name", "ward", "phone", "opened_on", "is_active", "assumed"]
    list_display_links = ["code", "name"]
    list_filter = ["is_active", "assumed"]
    list_select_related = ["ward"]
    search_fields = ["code", "name", "address", "ward__name"]
    autocomplete_fields = ["ward"]
    ordering = ["number"]


@admin.register(BranchArea)
class BranchAreaAdmin(RecordedAdmin):
    list_display = ["ward", "branch"]
    list_filter = ["branch"]
    list_select_related = ["ward", "branch"]
    search_fields = ["ward__name", "ward__search", "ward__code"]
    autocomplete_fields = ["ward", "branch"]
    ordering = ["branch__number", "ward__name"]


@admin.register(ServicePoint)
class ServicePointAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "branch", "ward", "address", "is_active", "assumed"]
    list_filter = ["branch", "is_active", "assumed"]
    list_select_related = ["branch", "ward"]
    search_fields = ["code", "name", "address", "ward__name"]
    autocomplete_fields = ["branch", "ward"]
    ordering = ["code"]


@admin.register(CompetentUnit)
class CompetentUnitAdmin(RecordedAdmin):
    list_display = ["code", "name", "kind", "parent", "is_active", "assumed"]
    list_filter = ["kind", "is_active", "assumed"]
    list_select_related = ["parent"]
    search_fields = ["code", "name", "short_name"]
    autocomplete_fields = ["parent"]
    ordering = ["code"]


@admin.register(UnitArea)
class UnitAreaAdmin(RecordedAdmin):
    list_display = ["ward", "kind", "unit"]
    list_filter = ["kind"]
    list_select_related = ["ward", "unit"]
    search_fields = ["ward__name", "ward__search", "unit__code", "unit__name"]
    autocomplete_fields = ["ward", "unit"]
    ordering = ["kind", "ward__name"]


@admin.register(FieldOfLaw)
class FieldOfLawAdmin(admin.ModelAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    ordering = ["name"]


class InForceFilter(admin.SimpleListFilter):
    title = _("hiệu lực")
    parameter_name = "in_force"

    def lookups(self, request, model_admin):
        return [("1", _("Hôm nay")), ("work", _("Hôm nay có mặt"))]

    def queryset(self, request, queryset):
        return {"1": queryset.in_force, "work": queryset.at_work}.get(self.value(), queryset.all)()


class OwnPeopleAdmin(RecordedAdmin):
    """A table about people: who looks after one branch or unit meets the people of that one only, in every choice."""

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)

    def get_autocomplete_fields(self, request):
        """Searching needs a look at whole tables; who has few people to choose from chooses from a list."""
        return super().get_autocomplete_fields(request) if people.places_seen(request.user).all else ()

    def get_list_filter(self, request):
        """Not by other places' names for who sees one."""
        shown = super().get_list_filter(request)
        return shown if people.places_seen(request.user).all else [f for f in shown if f not in ("branch", "unit")]

    def formfield_for_foreignkey(self, db_field, request, **options):
        seen = people.places_seen(request.user)
        if db_field.name == "user" and not request.user.is_superuser:
            members = StaffMember.objects.visible_to(request.user).exclude(pk=request.user.pk)
            options["queryset"] = User.objects.filter(pk__in=members.values("pk"))
        elif db_field.name in ("branch", "unit") and not seen.all:
            chosen = seen.branches if db_field.name == "branch" else seen.units
            options["queryset"] = db_field.remote_field.model.objects.filter(pk__in=chosen)
        return super().formfield_for_foreignkey(db_field, request, **options)


@admin.register(Posting)
class PostingAdmin(PostingImport, StepUpAdmin, OwnPeopleAdmin):
    """Who may do what. A posting ends by its last day and is not deleted: it says who could do what then."""

    list_display = ["user", "role", "branch", "unit", "kind", "starts_on", "ends_on"]
    list_filter = [InForceFilter, "role", "kind", "branch"]
    list_select_related = ["user", "branch", "unit"]
    search_fields = ["user__username", "user__full_name", "unit__code", "unit__name", "unit__short_name"]
    search_help_text = _("Tên người, tên đăng nhập, tên hoặc mã cơ quan")
    autocomplete_fields = ["user", "branch", "unit", "fields_of_law"]
    ordering = ["-starts_on", "-pk"]
    list_per_page = 50

    def has_change_permission(self, request, obj=None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or people.may_manage(request.user, obj))

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def formfield_for_choice_field(self, db_field, request, **options):
        if db_field.name == "role":
            given = people.roles_given(request.user)
            options["choices"] = [("", "---------"), *(role for role in Role.choices if role[0] in given)]
        return super().formfield_for_choice_field(db_field, request, **options)


@admin.register(StaffMember)
class StaffMemberAdmin(StepUpAdmin, OwnPeopleAdmin):
    """Accounts of staff: made with their first posting, then renamed or locked. Nothing else of a person is here."""

    list_display = ["full_name", "username", "email", "is_active", "last_login"]
    list_filter = ["is_active"]
    search_fields = ["username", "full_name", "email"]
    ordering = ["full_name", "username"]
    fields = ["username", "full_name", "email", "is_active"]
    readonly_fields = ["username", "email"]  # whose account it is does not change hands
    list_per_page = 50

    def get_form(self, request, obj=None, **options):
        if obj:
            return super().get_form(request, obj, **options)
        return type("NewStaffForm", (NewStaffForm,), {"user": request.user})

    def get_fields(self, request, obj=None):
        return super().get_fields(request, obj) if obj else NewStaffForm.ORDER

    def get_readonly_fields(self, request, obj=None):
        return super().get_readonly_fields(request, obj) if obj else ()

    def get_changeform_initial_data(self, request):
        return {**super().get_changeform_initial_data(request), "starts_on": timezone.localdate(now())}

    def has_change_permission(self, request, obj=None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or people.may_lock(request.user, obj))

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def save_model(self, request, obj, form, change) -> None:
        if change:
            return super().save_model(request, obj, form, change)
        people.hire(obj, **form.posting(), by=request.user, actor=Actor.of(request))
        transaction.on_commit(lambda: people.send_password_link(request, obj))


@admin.register(Absence)
class AbsenceAdmin(OwnPeopleAdmin):
    list_display = ["user", "starts_on", "ends_on", "reason"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__full_name", "reason"]
    autocomplete_fields = ["user"]
    date_hierarchy = "starts_on"
    ordering = ["-starts_on"]

"""Who may do what in Django admin and elsewhere: a right comes from a posting in force, and from nothing else."""

from django.contrib.auth.backends import ModelBackend

from accounts.demo import may_log_in
from branches.models import Role
from branches.selectors import duties_of

# Role → app labels whose models the holder may look at, and those they may change, in Django admin.
ADMIN_VIEWS = {
    Role.ADMIN: {"procedures", "branches", "places", "worktime", "notifications", "dossiers", "payments", "accounts"},
    Role.INSPECTOR: {"audit", "dossiers", "procedures", "branches", "places", "worktime", "notifications", "payments"},
    Role.MONITOR: {"dossiers", "procedures", "branches", "places", "worktime", "notifications", "payments"},
}
# Of the dossiers' own rows only the thresholds of reminders can be changed: every other admin page there is read-only.
ADMIN_CHANGES = {Role.ADMIN: {"procedures", "branches", "worktime", "notifications", "dossiers"}}


class PostingBackend(ModelBackend):
    """Login by username and password; permissions by posting. System administrators are superusers."""

    def user_can_authenticate(self, user) -> bool:
        return super().user_can_authenticate(user) and may_log_in(user)

    def get_user(self, user_id):
        user = super().get_user(user_id)
        return user if user and may_log_in(user) else None

    def has_perm(self, user_obj, perm, obj=None) -> bool:
        if not user_obj.is_active:
            return False
        if user_obj.is_superuser:
            return True
        app, _, codename = perm.partition(".")
        table = ADMIN_VIEWS if codename.startswith("view_") else ADMIN_CHANGES
        return any(app in table.get(p.role, ()) for p in duties_of(user_obj).postings)

    def has_module_perms(self, user_obj, app_label) -> bool:
        if not user_obj.is_active:
            return False
        return user_obj.is_superuser or any(
            app_label in ADMIN_VIEWS.get(p.role, ()) for p in duties_of(user_obj).postings
        )

"""Who may do what in Django admin and elsewhere: a right comes from a posting in force, and from nothing else."""

from django.contrib.auth.backends import ModelBackend

from branches.models import Role
from branches.selectors import duties_of

# Role → app labels whose models the holder may look at, and those they may change, in Django admin.
ADMIN_VIEWS = {
    Role.ADMIN: {"procedures", "branches", "places", "worktime", "notifications", "dossiers", "payments", "accounts"},
    Role.INSPECTOR: {"audit", "dossiers", "procedures", "branches", "places", "worktime", "notifications", "payments"},
    Role.MONITOR: {"dossiers", "procedures", "branches", "places", "worktime", "notifications", "payments"},
}
ADMIN_CHANGES = {Role.ADMIN: {"procedures", "branches", "worktime", "notifications"}}


class PostingBackend(ModelBackend):
    """Login by username and password; permissions by posting. System administrators are superusers."""

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

"""Who may do what in Django admin and elsewhere: a right comes from a posting in force, and from nothing else."""

from django.contrib.auth.backends import ModelBackend

from accounts.demo import may_log_in
from branches.rights import opened, opens_app
from branches.selectors import duties_of


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
        verb, _, model = codename.partition("_")
        return any(opened(p.role, f"{app}.{model}", verb) for p in duties_of(user_obj).postings)

    def has_module_perms(self, user_obj, app_label) -> bool:
        if not user_obj.is_active:
            return False
        return user_obj.is_superuser or any(opens_app(p.role, app_label) for p in duties_of(user_obj).postings)

"""Demo accounts have a password that everybody knows: outside demo mode none of them gets in, by any door."""

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings

from accounts.numbers import holder_of_phone


def may_log_in(user) -> bool:
    return settings.DEMO or not user.is_demo


class AccountBackend(AuthenticationBackend):
    """Login by e-mail or phone. One try costs one hash, whether the name is known or not."""

    def _authenticate(self, request, **credentials):
        self._checked = {}
        return super()._authenticate(request, **credentials)

    def _check_password(self, user, password):
        # What looks like an e-mail is looked up both as a user name and as an e-mail: the second look costs nothing.
        if user is not None and user.pk in self._checked:
            return self._checked[user.pk]
        checked = super()._check_password(user, password)
        if user is not None:
            self._checked[user.pk] = checked
        return checked

    def _authenticate_by_phone(self, phone, password):
        """A number that nobody proved yet serves as a name beside a password; for a code it must be proved."""
        return self._check_password(holder_of_phone(phone), password)

    def user_can_authenticate(self, user) -> bool:
        return super().user_can_authenticate(user) and may_log_in(user)

    def get_user(self, user_id):
        user = super().get_user(user_id)
        return user if user and may_log_in(user) else None

    def has_perm(self, user_obj, perm, obj=None) -> bool:
        """This door only lets in: a right comes from a posting (branches.auth), never from a group or a grant."""
        return False

    def has_module_perms(self, user_obj, app_label) -> bool:
        return False

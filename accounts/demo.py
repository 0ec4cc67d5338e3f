"""Demo accounts have a password that everybody knows: outside demo mode none of them gets in, by any door."""

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings


def may_log_in(user) -> bool:
    return settings.DEMO or not user.is_demo


class AccountBackend(AuthenticationBackend):
    """Login by e-mail or phone."""

    def user_can_authenticate(self, user) -> bool:
        return super().user_can_authenticate(user) and may_log_in(user)

    def get_user(self, user_id):
        user = super().get_user(user_id)
        return user if user and may_log_in(user) else None

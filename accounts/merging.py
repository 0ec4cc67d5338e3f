"""Two accounts of one person become one: what hung on the first hangs on the second, and the first is closed."""

from collections.abc import Callable

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, User
from audit.services import Actor, record
from notifications.models import Message
from notifications.services import Recipient, send

Mover = Callable[..., dict[str, int]]
_movers: list[Mover] = []
OWN = ("phone", "email", "ward_id", "address_line")  # what the account that stays takes over where it has nothing


class CannotMerge(Exception):
    """These two accounts stay two; the text says why, for the person."""


def register(mover: Mover) -> Mover:
    """Called as `mover(source=User, target=User, actor=Actor)` inside the merge: moves its rows, returns how many.

    It may raise CannotMerge, and then nothing of the merge happened. Registered once, in AppConfig.ready().
    """
    if mover not in _movers:
        _movers.append(mover)
    return mover


@transaction.atomic
def merge(*, source: User, target: User, actor: Actor) -> User:
    """Move all of `source` to `target` and close `source`. The caller has proof that both are one person's.

    Raises CannotMerge for staff: what somebody did in office stays on the account of that office.
    """
    locked = {user.pk: user for user in User.objects.select_for_update().filter(pk__in=[source.pk, target.pk])}
    source, target = locked[source.pk], locked[target.pk]
    _guard(source, target)
    moved = _move_own(source, target)
    for mover in _movers:
        moved |= mover(source=source, target=target, actor=actor)
    _close(source, target)
    for user, act, other in ((source, "account_merged_into", target), (target, "account_merged", source)):
        record(
            chain=f"user:{user.pk}", act=act, actor=actor, subject_type="user", subject_id=user.pk,
            after={"other": other.pk, "moved": moved},
        )  # fmt: skip
    send(template="account_merged", to=Recipient.of(target), context={})
    return target


def _guard(source: User, target: User) -> None:
    for user in (source, target):
        if user.is_staff or user.is_superuser or user.postings.exists():
            raise CannotMerge(_("Tài khoản cán bộ không gộp với tài khoản khác."))
        if not user.is_active:
            raise CannotMerge(_("Một trong hai tài khoản đang bị khóa. Hãy đến một chi nhánh để được giúp."))
    if source.is_demo != target.is_demo:
        raise CannotMerge(_("Tài khoản dùng thử không gộp với tài khoản khác."))


def _move_own(source: User, target: User) -> dict[str, int]:
    """What this floor and those below hold about a person."""
    social = SocialAccount.objects.filter(user=source).update(user=target)
    messages = Message.objects.filter(recipient=source).update(recipient=target)
    primary = EmailAddress.objects.filter(user=target, primary=True).exists()
    addresses = EmailAddress.objects.filter(user=source)
    moved = addresses.update(user=target, **({"primary": False} if primary else {}))
    return {"identities": social, "messages": messages, "emails": moved}


def _close(source: User, target: User) -> None:
    """Close `source`; the name it was called by goes to `target` where that has none."""
    taken = {name: getattr(source, name) for name in OWN if not getattr(target, name) and getattr(source, name)}
    proved = source.phone_verified
    ApiToken.objects.filter(user=source).delete()
    Authenticator.objects.filter(user=source).delete()
    for session in UserSession.objects.filter(user=source):
        session.end()
    source.phone = source.email = source.personal_number = source.address_line = ""
    source.phone_verified, source.birth_date, source.ward_id = False, None, None
    source.is_active, source.verified_at, source.identity_level = False, None, User.UNVERIFIED
    source.set_unusable_password()
    source.save()
    for name, value in taken.items():
        setattr(target, name, value)
    target.phone_verified = proved if "phone" in taken else target.phone_verified
    target.save()

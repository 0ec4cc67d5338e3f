"""Who a person is, as VNeID says: their own fields take it over, and one person has one account."""

import re
from dataclasses import asdict, dataclass
from datetime import date

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import merging
from accounts.models import User
from audit.services import Actor, record
from keys.ring import blind
from notifications.services import Recipient, send
from worktime import now


class IdentityRefused(Exception):
    """VNeID's answer cannot be taken; the text says why, for the person."""


@dataclass(frozen=True)
class Identity:
    """What VNeID says of one person."""

    subject: str
    name: str
    number: str
    birth_date: date | None
    level: int

    @classmethod
    def of(cls, claims: dict) -> "Identity":
        """From the claims of a checked token. Raises IdentityRefused when they name nobody."""
        number = str(claims.get(settings.VNEID_NUMBER_CLAIM, ""))
        name = " ".join(str(claims.get("name", "")).split())[:150]
        if not re.fullmatch(r"[0-9]{12}", number) or not name:
            raise IdentityRefused(_("VNeID chưa cho biết họ tên và số định danh. Hãy đồng ý chia sẻ rồi thử lại."))
        try:
            born = date.fromisoformat(str(claims["birthdate"])) if claims.get("birthdate") else None
        except ValueError:
            born = None  # "0000-05-01" and "1985": allowed by OpenID Connect, no day of birth
        level = User.LEVEL_2 if str(claims.get("acr", "")) in settings.VNEID_LEVEL_2 else User.LEVEL_1
        return cls(str(claims["sub"]), name, number, born, level)

    def as_dict(self) -> dict:
        return asdict(self) | {"birth_date": self.birth_date.isoformat() if self.birth_date else None}

    @classmethod
    def from_dict(cls, kept: dict) -> "Identity":
        born = kept["birth_date"]
        return cls(**(kept | {"birth_date": date.fromisoformat(born) if born else None}))


def enter(*, provider: str, identity: Identity, actor: Actor) -> SocialAccount:
    """The account of whoever VNeID names: the one they had, else a new one. Safe against two such logins at once."""
    try:
        return _enter(provider, identity, actor)
    except IntegrityError:  # the other one has just made the account
        return _enter(provider, identity, actor)


@transaction.atomic
def _enter(provider: str, identity: Identity, actor: Actor) -> SocialAccount:
    known = SocialAccount.objects.select_related("user").filter(provider=provider, uid=identity.subject).first()
    user = known.user if known else _verified(identity.number) or _new_user(identity)
    return _bind(user, provider, identity, actor)


@transaction.atomic
def connect(*, user: User, provider: str, identity: Identity, actor: Actor) -> SocialAccount:
    """`user`, logged in, has proved to be this person. Another verified account of the person is merged into one.

    Raises IdentityRefused when the account, or the VNeID identity, is already somebody else's.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.is_verified and user.personal_number != identity.number:
        raise IdentityRefused(_("Tài khoản này đã xác minh là của người khác. Hãy đăng xuất rồi đăng nhập bằng VNeID."))
    known = SocialAccount.objects.select_related("user").filter(provider=provider, uid=identity.subject).first()
    other = known.user if known else _verified(identity.number)
    if other is None or other.pk == user.pk:
        return _bind(user, provider, identity, actor)
    try:
        merging.merge(source=user, target=other, actor=actor)
    except merging.CannotMerge as error:
        raise IdentityRefused(str(error)) from None
    return _bind(other, provider, identity, actor)


def has_level(user: User, level: int) -> bool:
    """Whether VNeID knows this person at least so surely: what a procedure may ask of its applicant."""
    return user.is_verified and user.identity_level >= level


def _verified(number: str) -> User | None:
    """The account verified as this number's. A number that somebody merely typed proves nothing."""
    return User.objects.filter(number_index=blind("number", number), verified_at__isnull=False).first()


def _new_user(identity: Identity) -> User:
    from allauth.account.adapter import get_adapter

    user = get_user_model()(full_name=identity.name)
    get_adapter().populate_username(None, user)
    user.set_unusable_password()
    user.save()
    send(template="account_welcome", to=Recipient(user_id=user.pk, name=str(user)), context={})
    return user


def _bind(user: User, provider: str, identity: Identity, actor: Actor) -> SocialAccount:
    """Write what VNeID says into the account. A later answer with another number is refused, never taken over."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.is_verified and user.personal_number != identity.number:
        raise IdentityRefused(_("VNeID cho số định danh khác với tài khoản. Hãy đến một chi nhánh để được giúp."))
    first = not user.is_verified
    user.full_name, user.personal_number = identity.name, identity.number
    user.birth_date = identity.birth_date or user.birth_date
    user.identity_level, user.verified_at = identity.level, user.verified_at or now()
    user.save(update_fields=["full_name", "personal_number", "birth_date", "identity_level", "verified_at"])
    account, made = SocialAccount.objects.get_or_create(
        provider=provider, uid=identity.subject, defaults={"user": user, "extra_data": {}}
    )
    if first or made:
        after = {
            "provider": provider,
            "level": identity.level,
            "fields": ["full_name", "personal_number", "birth_date"],
        }
        record(
            chain=f"user:{user.pk}", act="identity_verified", actor=actor, subject_type="user",
            subject_id=user.pk, after=after,
        )  # fmt: skip
    account.user = user
    return account

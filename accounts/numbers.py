"""Whose telephone number is whose. A number belongs to whoever proved it last with a code sent to it."""

from contextlib import suppress
from datetime import timedelta

from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import ProtectedError

from accounts.phone import normalise_phone
from audit.services import SYSTEM, record
from keys.ring import blind
from notifications.services import Recipient, send
from worktime import now

MADE_HERE = r"^cd[a-z2-9]{12}$"  # the user names that signing up gives (AccountAdapter.populate_username)


def holder_of_phone(phone: str):
    """The account that holds this number, proved or not; None when there is none."""
    return get_user_model().objects.filter(phone_index=blind("phone", normalise_phone(phone))).first()


def find_named(credentials: dict) -> tuple[object | None, str]:
    """Whom the credentials of a login name, if anybody, and the name they were called by."""
    if email := credentials.get("email"):
        found = filter_users_by_email(email, prefer_verified=True, for_login=True)
        return (found[0] if found else None), email
    if phone := credentials.get("phone"):
        return holder_of_phone(phone), normalise_phone(phone)
    username = credentials.get("username") or ""
    return get_user_by_username(username) if username else None, username


def owner_of_phone(phone: str):
    """The account that proved this number; None when nobody did."""
    holder = holder_of_phone(phone)
    return holder if holder is not None and holder.phone_verified else None


@transaction.atomic
def prove_phone(*, user, phone: str) -> None:
    """`user` has shown the code sent to `phone`: it is theirs. Whoever only wrote it down loses it, and is told.

    So nobody can keep another person out by typing their number first.
    """
    phone = normalise_phone(phone)
    if user.phone_verified and user.phone == phone:
        return
    users = get_user_model().objects.select_for_update(no_key=True)
    holder = users.filter(phone_index=blind("phone", phone)).exclude(pk=user.pk).first()
    if holder is not None:
        holder.phone, holder.phone_verified = "", False
        holder.save(update_fields=["phone", "phone_verified"])
        record(
            chain=f"user:{holder.pk}",
            act="phone_released",
            actor=SYSTEM,
            subject_type="user",
            subject_id=holder.pk,
        )
        send(template="account_phone_released", to=Recipient.of(holder), context={})
    user.phone, user.phone_verified = phone, True
    user.save(update_fields=["phone", "phone_verified"])
    record(chain=f"user:{user.pk}", act="phone_verified", actor=SYSTEM, subject_type="user", subject_id=user.pk)


def forget_unfinished() -> int:
    """Delete accounts whose maker never showed the code: a week old, never entered, nothing filed. Returns how many."""
    unfinished = get_user_model().objects.filter(
        username__regex=MADE_HERE, last_login=None, is_demo=False, verified_at=None, phone_verified=False,
        date_joined__lt=now() - timedelta(days=7),
    ).exclude(emailaddress__verified=True)  # fmt: skip
    deleted = 0
    for user in unfinished:
        with suppress(ProtectedError):  # a counter filed something in this name: it stays
            user.delete()
            deleted += 1
    return deleted

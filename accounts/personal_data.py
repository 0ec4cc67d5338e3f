"""Who holds what about a person: each room that keeps personal data registers itself here, in its AppConfig.ready().

The person's own page, their download and the erasure of an account ask all of them, and know none by name.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.db.models import Model

from notifications.models import Message


@dataclass(frozen=True)
class Subject:
    """A row of the record's that is about the person: `kind` and `pk` as entries name it."""

    kind: str
    pk: int
    label: str


@dataclass(frozen=True)
class StoredCopy:
    """A file of the person's: its path in the download, and how to open it."""

    path: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class Holder:
    """What one room keeps. `export` is plain data for JSON; `erase` removes what the law lets be removed.

    `keeps` says in sentences what must stay and why; while anybody keeps something the account itself stays.
    """

    key: str
    label: Any
    export: Callable[[Model], Any]
    erase: Callable[[Model], None]
    count: Callable[[Model], int]
    keeps: Callable[[Model], list[str]] = lambda user: []
    files: Callable[[Model], Iterable[StoredCopy]] = lambda user: ()
    subjects: Callable[[Model], Iterable[Subject]] = lambda user: ()


_holders: dict[str, Holder] = {}


def register(holder: Holder) -> None:
    _holders[holder.key] = holder


def holders() -> list[Holder]:
    return list(_holders.values())


def export(user) -> dict[str, Any]:
    return {holder.key: holder.export(user) for holder in holders()}


def files(user) -> Iterator[StoredCopy]:
    for holder in holders():
        yield from holder.files(user)


def subjects(user) -> list[Subject]:
    return [Subject("user", user.pk, ""), *(s for holder in holders() for s in holder.subjects(user))]


# --- what this room and the rooms below it keep ----------------------------------------------------------------------
ACCOUNT_FIELDS = (
    "username", "full_name", "email", "phone", "phone_verified", "personal_number", "birth_date", "address_line",
    "language", "date_joined", "last_login",
)  # fmt: skip


def _account(user) -> dict:
    return {name: getattr(user, name) for name in ACCOUNT_FIELDS} | {"ward": str(user.ward) if user.ward_id else ""}


def _messages(user) -> list[dict]:
    rows = Message.objects.filter(recipient=user).order_by("-pk")
    return [
        {"at": m.created_at, "channel": m.channel, "address": m.address, "subject": m.subject, "text": m.body}
        for m in rows.iterator(chunk_size=500)
    ]


def register_own() -> None:
    from django.utils.translation import gettext_lazy as _

    register(Holder("account", _("Tài khoản"), _account, lambda user: None, lambda user: 1))
    register(
        Holder(
            "messages", _("Thông báo đã gửi cho anh/chị"), _messages,
            lambda user: Message.objects.filter(recipient=user).delete(),
            lambda user: Message.objects.filter(recipient=user).count(),
        )
    )  # fmt: skip

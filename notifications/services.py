"""Storing a message with the act that causes it, reading it, and trying it again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from audit.services import Actor, record, sealed_for
from notifications.channels import CHANNELS
from notifications.models import Message
from notifications.sending import send_due
from notifications.templates import LANGUAGES, render
from notifications.waking import wake
from worktime import now

__all__ = ["Letter", "Recipient", "mark_read", "retry", "send", "send_due", "send_many", "wake"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to tell, and by what. Channels whose address is missing are left out."""

    user_id: int | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = "vi"

    @classmethod
    def of(cls, user) -> "Recipient":
        """The recipient behind an account."""
        return cls(user_id=user.pk, name=str(user), email=user.email, phone=user.phone, language=user.language)


@dataclass(frozen=True, slots=True)
class Letter:
    """One telling of one person: what `send` takes, for `send_many`."""

    template: str
    to: Recipient
    context: dict = field(default_factory=dict)
    link: str = ""
    subject_type: str = ""
    subject_id: int | None = None
    dedupe_key: str = ""


def send(
    *,
    template: str,
    to: Recipient,
    context: dict,
    link: str = "",
    subject_type: str = "",
    subject_id: int | None = None,
    dedupe_key: str = "",
) -> None:
    """Store one message a channel for `to` in the caller's transaction, in one statement.

    `link` is a path on this site. A second call with the same `dedupe_key` to the same address is ignored silently.
    """
    send_many([Letter(template, to, context, link, subject_type, subject_id, dedupe_key)])


def send_many(letters: Iterable[Letter]) -> None:
    """`send` for many people in one statement."""
    at = now()
    rows = [row for letter in letters for row in _rows(letter, at)]
    if not rows:
        return
    Message.objects.bulk_create(rows, ignore_conflicts=any(row.dedupe_key for row in rows))
    if any(row.status == Message.PENDING for row in rows):
        transaction.on_commit(wake, robust=True)


def _rows(letter: Letter, at: datetime) -> list[Message]:
    addresses = {key: address for key, channel in CHANNELS.items() if (address := channel().address_of(letter.to))}
    if not addresses:
        return []
    language = letter.to.language if letter.to.language in LANGUAGES else LANGUAGES[0]
    subject, body = render(letter.template, language, {"name": letter.to.name, **letter.context})
    text = {"language": language, "subject": subject, "body": body}
    return [_row(letter, key, address, text, at) for key, address in addresses.items()]


def _row(letter: Letter, channel: str, address: str, text: dict[str, str], at: datetime) -> Message:
    delivered = CHANNELS[channel].immediate
    return Message(
        recipient_id=letter.to.user_id,
        channel=channel,
        address=address,
        template=letter.template,
        **text,
        link=letter.link,
        subject_type=letter.subject_type,
        subject_id=letter.subject_id,
        dedupe_key=letter.dedupe_key,
        status=Message.SENT if delivered else Message.PENDING,
        created_at=at,
        sent_at=at if delivered else None,
        next_attempt_at=None if delivered else at,
    )


def mark_read(*, user, message_id: int | None = None) -> int:
    """Mark one message of `user`'s inbox as read, or all of them; another person's message is left alone."""
    unread = Message.objects.inbox_of(user).unread()
    if message_id is not None:
        unread = unread.filter(pk=message_id)
    return unread.update(read_at=now())


@transaction.atomic
def retry(*, message_ids: Iterable[int], actor: Actor) -> int:
    """Try messages that did not leave again, from the first attempt on; the act is recorded. Returns how many."""
    messages = list(
        Message.objects.undelivered().filter(pk__in=message_ids).select_for_update(skip_locked=True).order_by("pk")
    )
    for message in messages:
        subject = {"subject_type": "message", "subject_id": message.pk}
        person = f"user:{message.recipient_id}" if message.recipient_id else f"message:{message.pk}"
        note = sealed_for(person, message.error[:500])  # a mail server quotes the address it refuses
        record(chain=f"message:{message.pk}", act="message_retried", actor=actor, note=note, **subject)
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(
        status=Message.PENDING, attempts=0, next_attempt_at=now()
    )
    transaction.on_commit(wake, robust=True)
    return len(messages)

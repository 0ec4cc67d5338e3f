"""Daily roots of the record leave the house: by e-mail and by webhook, in the transaction that seals the day."""

import json

from django.conf import settings
from django.db import transaction

import outgoing
from audit.models import DailyRoot
from audit.signing import known_keys, public_text
from notifications.channels import CHANNELS, AddressRefused, Channel, ChannelError
from notifications.models import Message
from notifications.services import Recipient, send
from notifications.waking import wake
from worktime import now


class WebhookChannel(Channel):
    """One POST of JSON; the row's own number says which, so that a receiver can drop a repeat."""

    key = "webhook"

    def address_of(self, to) -> str:
        return ""  # no person has one

    def send(self, message: Message) -> None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"message-{message.pk}"}
        try:
            answer = outgoing.fetch(message.address, method="POST", body=message.body.encode(), headers=headers)
        except outgoing.Refused as error:
            raise AddressRefused(str(error)) from error
        except outgoing.OutgoingError as error:
            raise ChannelError(str(error)) from error
        if not answer.ok:
            raise ChannelError(f"HTTP {answer.status}")


def register() -> None:
    from audit.sealing import after_seal

    CHANNELS[WebhookChannel.key] = WebhookChannel
    after_seal.append(send_outside)


def send_outside(root: DailyRoot) -> None:
    """Store one message for each address that keeps our roots."""
    said = facts(root)
    for email in settings.AUDIT_ROOT_EMAILS:
        to = Recipient(email=email)
        send(template="audit_root", to=to, context=said, subject_type="audit.dailyroot", dedupe_key=_once(root))
    if settings.AUDIT_ROOT_WEBHOOK:
        at = now()
        row = Message(
            channel=WebhookChannel.key, address=settings.AUDIT_ROOT_WEBHOOK, template="audit_root", language="vi",
            subject=f"{root.day.isoformat()}", body=json.dumps(said), subject_type="audit.dailyroot",
            dedupe_key=_once(root), created_at=at, next_attempt_at=at,
        )  # fmt: skip
        Message.objects.bulk_create([row], ignore_conflicts=True)
        transaction.on_commit(wake, robust=True)


def facts(root: DailyRoot) -> dict[str, str | int]:
    """What somebody outside needs to prove later that nothing before that day was rewritten."""
    key = known_keys().get(root.key)
    return {
        "day": root.day.isoformat(),
        "root": root.root,
        "previous_root": root.previous_root,
        "entries": root.entries,
        "chains": root.chains,
        "key": root.key,
        "public_key": public_text(key) if key else "",
        "signature": root.signature,
    }


def _once(root: DailyRoot) -> str:
    return f"audit-root:{root.day.isoformat()}"

"""The sender: take what is due, send it, write down how it went. At least once, and one bad message blocks no other.

A message is leased before it is sent: its `next_attempt_at` is moved ahead and committed, so no transaction is open
during a slow SMTP call. If the sender dies, the lease runs out and another sender repeats that one message. The
attempt is counted with the lease, so a message that kills its sender each time is given up in the end too.
"""

import logging
import random
from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from notifications.channels import CHANNELS, AddressRefused, Channel, ChannelAway, ChannelError
from notifications.models import Message
from worktime import now

logger = logging.getLogger(__name__)
BATCH = 10
LEASE = timedelta(minutes=10)  # a batch of ten whose every SMTP call waits for its time-out ends well before
MAX_ATTEMPTS = 14  # with the back-off below: about a day and a half
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
ERROR_LENGTH = 1000


def send_due(*, at: datetime | None = None, limit: int = 200) -> Counter:
    """Send up to `limit` messages that are due; returns how many were sent, retried, dead, released.

    Any number of senders may run at once. When a channel does not answer, the rest of its messages is released without
    counting an attempt.
    """
    counts, channels, away = Counter(), {}, set()
    try:
        while limit > 0:
            batch = _lease(at or now(), min(BATCH, limit), away)
            for message in batch:
                counts[_deliver(message, channels, away, at)] += 1
            limit -= len(batch)
            if not batch:
                break
    finally:
        for channel in channels.values():
            channel.close()
    return counts


@transaction.atomic
def _lease(at: datetime, size: int, away: set[str]) -> list[Message]:
    """Take the messages that have waited longest, and move them out of the other senders' reach."""
    due = Message.objects.due(at).exclude(channel__in=away).order_by("next_attempt_at")
    batch = list(due.select_for_update(skip_locked=True)[:size])
    Message.objects.filter(pk__in=[message.pk for message in batch]).update(
        next_attempt_at=at + LEASE, attempts=F("attempts") + 1
    )
    return batch


def _deliver(message: Message, channels: dict[str, Channel], away: set[str], at: datetime | None) -> str:
    """Send one message and write down how it went: "sent", "retried", "dead" or "released"."""
    if message.channel in away:
        return _release(message, at or now())
    try:
        if message.attempts >= MAX_ATTEMPTS:
            raise ChannelError("every sender that took this message stopped before it could say how it went")
        _channel(message.channel, channels).send(message)
    except Exception as error:
        if isinstance(error, ChannelAway):
            away.add(message.channel)
        return _failed(message, error, at or now())
    _mark(message, status=Message.SENT, sent_at=at or now(), next_attempt_at=None, error="")
    return "sent"


def _channel(key: str, channels: dict[str, Channel]) -> Channel:
    if key not in channels:
        channels[key] = CHANNELS[key]()
    return channels[key]


def _failed(message: Message, error: Exception, at: datetime) -> str:
    attempts = message.attempts + 1  # as it was read before the lease, and this one
    dead = attempts >= MAX_ATTEMPTS or isinstance(error, AddressRefused)
    logger.warning("message %s failed (attempt %s): %s", message.pk, attempts, type(error).__name__)
    _mark(
        message,
        status=Message.DEAD if dead else Message.PENDING,
        next_attempt_at=None if dead else at + back_off(attempts),
        error=(str(error) or type(error).__name__).replace("\0", "")[:ERROR_LENGTH],
    )
    return "dead" if dead else "retried"


def _release(message: Message, at: datetime) -> str:
    _mark(message, next_attempt_at=at + FIRST_WAIT / 4, attempts=message.attempts)
    return "released"


def _mark(message: Message, **values) -> None:
    """Only while it is still pending: a retry by hand or another sender may have been faster."""
    Message.objects.filter(pk=message.pk, status=Message.PENDING).update(**values)


def back_off(attempts: int) -> timedelta:
    """How long to wait after the n-th failure: doubling from a minute up to six hours, give or take a fifth."""
    wait = min(FIRST_WAIT * 2 ** min(attempts - 1, 20), LONGEST_WAIT)
    return wait * random.uniform(0.8, 1.2)

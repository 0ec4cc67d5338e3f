"""Text messages: written to files while no gateway is named, posted to one by HTTP when SMS_URL names it.

Only what a person waits for at this moment leaves by text message (one-time codes): it is sent at once and stored
nowhere, so it does not pass the outbox.
"""

import json
import uuid
from urllib.parse import urlencode

from django.conf import settings

import outgoing
from notifications.channels import AddressRefused, ChannelAway, ChannelError
from worktime import now

TIMEOUT_SECONDS = 5
MAX_LENGTH = 480  # three parts of a message with Vietnamese letters; a gateway would cut what is longer


class FileGateway:
    """One file a message under SMS_DIR, as Django's file backend does with mail: for development and the demo."""

    def send(self, *, phone: str, text: str) -> None:
        directory = settings.SMS_DIR
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        at = now()
        content = {"to": phone, "text": text, "at": at.isoformat()}
        path = directory / f"{at:%Y%m%d-%H%M%S-%f}-{uuid.uuid4().hex[:8]}.json"
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


class HttpGateway:
    """POST `to` (E.164), `text` and `from` as a form to SMS_URL, with SMS_TOKEN as bearer; 2xx means taken.

    400, 404, 410 and 422 say that the number will never work; any other answer, that it may later. A redirect is not
    followed: a gateway that moved is a setting to change, not an address for an answer to choose.
    """

    def send(self, *, phone: str, text: str) -> None:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if settings.SMS_TOKEN:
            headers["Authorization"] = f"Bearer {settings.SMS_TOKEN}"
        body = urlencode({"to": phone, "text": text, "from": settings.SMS_SENDER}).encode()
        try:
            answer = outgoing.fetch(
                settings.SMS_URL, method="POST", body=body, headers=headers, seconds=TIMEOUT_SECONDS
            )
        except outgoing.OutgoingError as error:
            raise ChannelAway(type(error).__name__) from None
        status = answer.status
        if status in (400, 404, 410, 422):
            raise AddressRefused(f"HTTP {status}")
        if not 200 <= status < 300:
            raise ChannelError(f"HTTP {status}")


def gateway() -> FileGateway | HttpGateway:
    return HttpGateway() if settings.SMS_URL else FileGateway()


def send_text(*, phone: str, text: str) -> None:
    """Send `text` to an E.164 number now, or raise a ChannelError. Neither is ever logged."""
    gateway().send(phone=phone, text=text[:MAX_LENGTH])

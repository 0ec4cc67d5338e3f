"""The ways a message can leave. A new one is one class here and one line in CHANNELS."""

import smtplib
from contextlib import suppress
from email.utils import parseaddr
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from notifications.models import Message

FOOTERS = {
    "vi": "Trung tâm Phục vụ hành chính công thành phố Hà Nội\nThư tự động, anh/chị không cần trả lời.",
    "en": "Hanoi Public Administrative Service Centre\nThis is an automatic message, please do not reply.",
}


class ChannelError(Exception):
    """This message could not be sent now; it will be tried again."""


class AddressRefused(ChannelError):
    """This address will never work: trying again is useless."""


class ChannelAway(ChannelError):
    """The channel itself does not answer: the other messages need not be tried now."""


class Channel:
    """One way out. An instance serves one run of the sender, on one connection."""

    key = ""
    immediate = False  # True when storing the message already delivers it

    def address_of(self, to) -> str:
        """Where this channel finds `to` (a services.Recipient); "" when it cannot."""
        raise NotImplementedError

    def send(self, message: Message) -> None:
        """Send now or raise a ChannelError. May be called again for a message whose sender died: repeat harmlessly."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the connection; never raises."""


class InboxChannel(Channel):
    """The inbox on the portal is the row itself."""

    key = Message.INBOX
    immediate = True

    def address_of(self, to) -> str:
        return f"user:{to.user_id}" if to.user_id else ""

    def send(self, message: Message) -> None:
        """Nothing to do: the row is there."""


class EmailChannel(Channel):
    """Plain text by Django's mail settings. The Message-ID is the row's own, so that a mailbox can drop a repeat."""

    key = Message.EMAIL

    def __init__(self):
        self._connection = None

    def address_of(self, to) -> str:
        return to.email

    def send(self, message: Message) -> None:
        try:
            self._connect().send_messages([self.compose(message)])
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
            self.close()
            raise (AddressRefused if _is_permanent(error) else ChannelError)(str(error)) from error
        except OSError as error:  # smtplib.SMTPException is one too
            self.close()
            raise ChannelAway(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError):  # a connection that cannot even say goodbye is closed already
                connection.close()

    @staticmethod
    def compose(message: Message) -> EmailMessage:
        parts = [message.body.strip()]
        if message.link:
            parts.append(urljoin(settings.SITE_URL, message.link))
        parts.append("-- \n" + FOOTERS[message.language])
        return EmailMessage(
            subject=message.subject,
            body="\n\n".join(parts) + "\n",
            to=[message.address],
            headers={
                "Message-ID": message_id(message),
                "Auto-Submitted": "auto-generated",
                "Content-Language": message.language,
            },
        )

    def _connect(self):
        if self._connection is None:
            self._connection = get_connection()
            self._connection.open()
        return self._connection


def message_id(message: Message) -> str:
    """The same for every attempt at this row, and for no other row, even of a rebuilt database."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{message.pk}.{int(message.created_at.timestamp() * 1_000_000)}@{domain}>"


def _is_permanent(error: smtplib.SMTPException) -> bool:
    """Whether a refused recipient got only 5xx answers; any other refusal may pass."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(500 <= code < 600 for code, _text in error.recipients.values())


CHANNELS: dict[str, type[Channel]] = {channel.key: channel for channel in (InboxChannel, EmailChannel)}

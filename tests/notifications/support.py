from datetime import UTC, datetime

from notifications.models import Message
from notifications.services import Recipient, send

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CITIZEN = Recipient(name="Trần Văn Đức", email="duc@example.org")
CONTEXT = {"code": "000.00.12.H26-261124-0001", "procedure": "Chứng thực bản sao"}


def tell(to=CITIZEN, template="dossier_submitted", context=CONTEXT, **kwargs):
    send(template=template, to=to, context=context, **kwargs)


def emails(count=1, **values) -> list[Message]:
    """So many stored e-mails, all due at NOW."""
    for number in range(count):
        tell(to=Recipient(email=f"nguoi{number}@example.org"))
    Message.objects.filter(channel="email").update(**{"next_attempt_at": NOW, **values})
    return list(Message.objects.order_by("pk"))

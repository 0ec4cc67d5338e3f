"""What the inbox shows."""

from notifications.models import Message

PAGE_SIZE = 20


def unread_count(user) -> int:
    """How many messages wait unread in this person's inbox; no more than 100 are counted."""
    return Message.objects.inbox_of(user).unread()[:100].count()


def inbox_page(user, *, before: int | None = None) -> tuple[list[Message], int | None]:
    """One page of the inbox, newest first, and the key of the next page if there is one."""
    messages = Message.objects.inbox_of(user).order_by("-id")
    if before is not None:
        messages = messages.filter(pk__lt=before)
    page = list(messages[: PAGE_SIZE + 1])
    return page[:PAGE_SIZE], page[PAGE_SIZE - 1].pk if len(page) > PAGE_SIZE else None

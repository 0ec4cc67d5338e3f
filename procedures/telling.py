"""Who of the admins is told what about a version. Messages are stored in the act's own transaction."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from branches.models import Posting, Role
from notifications.services import Letter, Recipient, send_many
from procedures.models import ReleaseRequest

MOST = 50  # admins told of one thing


def moment(at: datetime | None) -> str:
    """A moment as people here write it: 15:30 ngày 24/11/2026."""
    return f"{timezone.localtime(at):%H:%M ngày %d/%m/%Y}" if at else ""


def admins(but: Iterable[int] = ()) -> list:
    """Who looks after procedures today, without some."""
    posted = Posting.objects.in_force().filter(role=Role.ADMIN).exclude(user_id__in=list(but))
    return list({p.user_id: p.user for p in posted.select_related("user").order_by("pk")[:MOST]}.values())


def tell_admins(asked: ReleaseRequest, template: str, *, but: Iterable[int], **more) -> None:
    """One message each to whoever asked and to the other admins, without those in `but`."""
    people = {user.pk: user for user in [asked.requested_by, *admins()]}
    version = asked.version
    context = {"code": version.procedure.code, "procedure": version.short_name, "version": str(version.number), **more}
    send_many(
        Letter(
            template,
            Recipient.of(user),
            context,
            link=f"/thiet-ke/de-nghi/{asked.pk}/",
            subject_type="procedure",
            subject_id=version.procedure_id,
            dedupe_key=f"release:{asked.pk}:{template}:{pk}",
        )
        for pk, user in people.items()
        if pk not in set(but)
    )

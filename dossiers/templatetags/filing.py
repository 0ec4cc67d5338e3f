"""The way from a procedure's page to a dossier: what the person has of it already, and the button."""

from django import template

from dossiers.door import Door
from dossiers.life import OPEN
from dossiers.models import Dossier
from dossiers.news import news_of
from dossiers.selectors import open_drafts

register = template.Library()


@register.inclusion_tag("dossiers/filing_box.html", takes_context=True)
def filing(context, spec) -> dict:
    """Own drafts of this procedure first, then own open dossiers of it, then the way to a new one.

    The page's `procedure` comes from `procedures.stopping.with_stops`.
    """
    request = context["request"]
    user = request.user
    drafts, running = [], []
    if user.is_authenticated:
        drafts = [d for d in open_drafts(user) if d.procedure_id == spec.procedure_id]
        rows = Dossier.objects.filter(owner=user, procedure_id=spec.procedure_id, status__in=OPEN)
        running = rows.order_by("-submitted_at")[:3]
    return {
        "request": request,
        "user": user,
        "spec": spec,
        "door": Door.of(context["procedure"]),
        "my_drafts": drafts,
        "running": running,
        "online": "online" in spec.channels,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("dossiers/draft_news.html", takes_context=True)
def draft_news(context, draft) -> dict:
    """What changed in the procedure of a draft since its owner last looked, and whether it can be submitted at all."""
    return {
        "request": context["request"],
        "draft": draft,
        "news": news_of(draft.dossier),
        "csrf_token": context.get("csrf_token"),
    }

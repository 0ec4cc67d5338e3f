"""Figures the home page shows: counted, never claimed. A figure without enough behind it is not shown."""

from django.core.cache import cache
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _

from dossiers.models import Dossier
from worktime import now

KEPT_FOR = 300
ENOUGH = 20  # fewer finished dossiers say nothing about a month


def figures() -> list[dict]:
    """This month's dossiers in numbers, as label and value; [] while the month has hardly begun."""
    counts = cache.get("front-figures")
    if counts is None:
        counts = count_month(now())
        cache.set("front-figures", counts, KEPT_FOR)
    if counts["finished"] < ENOUGH:
        return []
    share = round(100 * counts["on_time"] / counts["finished"], 1)
    return [
        {"value": f"{localize(share)} %", "label": _("hồ sơ trả đúng hẹn hoặc sớm")},
        {"value": localize(counts["finished"]), "label": _("hồ sơ có kết quả tháng này")},
        {"value": localize(counts["received"]), "label": _("hồ sơ đã tiếp nhận tháng này")},
    ]


def count_month(at) -> dict[str, int]:
    """How many were received and finished since the first of the month of `at`, and how many of these kept the date.

    A dossier whose date was promised anew is counted as late, even if it kept the new date.
    """
    first = timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    finished = Q(completed_at__gte=first, completed_at__lte=at)
    return Dossier.objects.filter(Q(received_at__gte=first) | Q(completed_at__gte=first)).aggregate(
        received=Count("pk", filter=Q(received_at__gte=first)),
        finished=Count("pk", filter=finished & Q(due_at__isnull=False)),
        on_time=Count("pk", filter=finished & Q(completed_at__lte=F("due_at"), repromised_at=None)),
    )

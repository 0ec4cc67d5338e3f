"""What stands on the home page: doors into the catalogue, what many people do, and how the promises were kept."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dossiers.models import Dossier
from hanoi_psc.figures import figures
from hanoi_psc.templatetags.portal import vnd
from procedures.models import LifeEvent, Procedure
from worktime import now

CHIPS = 4
ROWS = 6


@dataclass(frozen=True)
class Row:
    """One procedure as a line of a list."""

    code: str
    name: str
    fee: str
    time: str
    same_day: bool


def front_page() -> dict:
    """Context of the home page, in four queries whatever the catalogue holds; the figures are kept for minutes."""
    week = counted_this_week(now())
    popular = [row(procedure) for procedure in most_used(week)]
    return {
        "life_events": LifeEvent.objects.order_by("position", "key"),
        "chips": popular[:CHIPS],
        "popular": popular,
        "week_counted": bool(week),
        "figures": figures(),
    }


def counted_this_week(at) -> dict[int, int]:
    """The procedures most asked for in the seven days before `at`, with how often."""
    this_week = Dossier.objects.filter(submitted_at__gt=at - timedelta(days=7), submitted_at__lte=at)
    return dict(this_week.values_list("procedure").annotate(n=Count("pk")).order_by("-n")[:ROWS])


def most_used(counted: dict[int, int]) -> list[Procedure]:
    """Published procedures: those counted first, then those usually asked for, to fill the list."""
    usual = Procedure.objects.exclude(published=None).select_related("published").prefetch_related("published__fees")
    ranked = list(usual.filter(pk__in=counted))
    ranked.sort(key=lambda procedure: -counted[procedure.pk])
    return ranked + list(usual.filter(~Q(pk__in=counted)).order_by("-popularity", "code")[: ROWS - len(ranked)])


def row(procedure: Procedure) -> Row:
    version = procedure.published
    english = get_language() == "en" and version.short_name_en
    return Row(
        code=procedure.code,
        name=english or version.short_name,
        fee=fee_words([(fee.amount, fee.per) for fee in version.fees.all()]),
        time=_("Trong ngày") if version.immediate else f"{version.time_amount} {version.get_time_unit_display()}",
        same_day=version.immediate,
    )


def fee_words(fees: list[tuple[int, str]]) -> str:
    """The shortest true sentence about what it costs, from (amount, per) pairs."""
    if not any(amount for amount, _per in fees):
        return _("Miễn phí")
    amount, per = min(fees)
    each = {"page": _("trang"), "copy": _("bản")}.get(per)
    price = f"{vnd(amount)}/{each}" if each else vnd(amount)
    return price if len(set(fees)) == 1 else _("từ %(amount)s") % {"amount": price}

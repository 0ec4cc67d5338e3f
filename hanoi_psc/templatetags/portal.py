"""What templates say often: icons, money, dates, how much time is left. Built into every template."""

from datetime import date, datetime
from functools import lru_cache

from django import template
from django.forms.utils import flatatt
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_noop
from lucide import IconDoesNotExist
from lucide.jinja import lucide

from places import text

register = template.Library()

WEEKDAYS = (
    gettext_noop("Thứ Hai"),
    gettext_noop("Thứ Ba"),
    gettext_noop("Thứ Tư"),
    gettext_noop("Thứ Năm"),
    gettext_noop("Thứ Sáu"),
    gettext_noop("Thứ Bảy"),
    gettext_noop("Chủ nhật"),
)


@register.simple_tag
def icon(name: str, size: int = 20, label: str = "") -> SafeString:
    """An icon drawn in the page in the colour of its text. Silent to screen readers unless it has a `label`.

    An unknown name (the catalogue names some) draws a plain circle rather than breaking the page.
    """
    return _icon(name, int(size), str(label))


@lru_cache(maxsize=1024)
def _icon(name: str, size: int, label: str) -> SafeString:
    attrs = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    attrs |= {"class": "icon", "focusable": "false"}
    try:
        drawn = lucide(name, size=size, **attrs)
    except IconDoesNotExist:
        drawn = lucide("circle", size=size, **attrs)
    return mark_safe(drawn)


@register.filter
def vnd(amount) -> str:
    """`1234567` → `1.234.567 ₫`."""
    if amount is None or amount == "":
        return ""
    return text.vnd(int(amount))


def _local(value):
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


@register.filter
def vndate(value: date | datetime | None) -> str:
    """`24/11/2026`."""
    return f"{_local(value):%d/%m/%Y}" if value else ""


@register.filter
def vndatetime(value: datetime | None) -> str:
    """`15:30, 24/11/2026`."""
    return f"{_local(value):%H:%M, %d/%m/%Y}" if value else ""


@register.filter
def vntime(value: datetime | None) -> str:
    """`15:30`."""
    return f"{_local(value):%H:%M}" if value else ""


@register.filter
def vnday(value: date | datetime | None) -> str:
    """`Thứ Hai, 14/12/2026`: the way a promise is spoken."""
    if not value:
        return ""
    value = _local(value)
    return f"{gettext(WEEKDAYS[value.weekday()])}, {value:%d/%m/%Y}"


@register.simple_tag(takes_context=True)
def query(context, **changes) -> str:
    """The address's own query string with `changes` made; None or "" takes a key out. For filters and pages."""
    params = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            params.pop(key, None)
        else:
            params[key] = value
    return f"?{params.urlencode()}"


@register.simple_tag
def attrs(**pairs) -> SafeString:
    """HTML attributes from names and values; underscores become hyphens, False and None are left out."""
    return flatatt({k.replace("_", "-"): v for k, v in pairs.items() if v not in (False, None)})


@register.inclusion_tag("components/due.html")
def due(remaining, soon: bool | None = None) -> dict:
    """A `worktime.deadlines.Remaining` as a coloured word; amber when less than one working day is left (or `soon`)."""
    if remaining is None:
        return {"words": ""}
    near = soon if soon is not None else remaining.days == 0
    return {"words": str(remaining), "kind": "bad" if remaining.late else "wait" if near else ""}


@register.filter
def due_words(remaining) -> str:
    """A `Remaining` in words: "còn 2 giờ", "quá hạn 1 ngày"; "" for none."""
    return str(remaining) if remaining is not None else ""


# Colour of each legal status (DOMAIN §4): what waits for the applicant is amber, what ended well is jade.
STATUS_KIND = {
    "DRAFT": "wait",
    "REGISTERED": "info",
    "RECEIVED": "info",
    "IN_PROCESS": "info",
    "SUPPLEMENT_REQUIRED": "wait",
    "PAYMENT_REQUIRED": "wait",
    "COMPLETED": "ok",
    "RETURNED": "ok",
    "REFUSED": "bad",
    "STOPPED": "bad",
    "WITHDRAWN": "",
}


@register.inclusion_tag("components/status.html")
def status_tag(status) -> dict:
    """The status of a dossier (object with `status` and `get_status_display`, or a choices member) as a tag."""
    label = status.get_status_display() if hasattr(status, "get_status_display") else getattr(status, "label", status)
    value = getattr(status, "status", status)
    return {"label": label, "kind": STATUS_KIND.get(str(value), "")}

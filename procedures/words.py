"""What a procedure promises and costs, said shortly and truly."""

from collections.abc import Iterable

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from places.text import vnd
from procedures.models import FeeRule, ProcedureVersion
from procedures.spec import Fee, Spec


def name_of(thing: Spec | ProcedureVersion) -> str:
    """The plain name, in the reader's language where the catalogue has it."""
    return (get_language() == "en" and thing.short_name_en) or thing.short_name


def spoken(spec: Spec) -> Spec:
    """The version in the reader's language, for pages and answers that a citizen reads; keys and rules are the same."""
    return spec.in_english if get_language() == "en" and spec.english else spec


def time_words(thing: Spec | ProcedureVersion) -> str:
    """ "Trong ngày", "3 ngày làm việc"."""
    if thing.immediate:
        return _("Trong ngày")
    count = thing.time_amount
    words = {
        "HOUR": ngettext("%(n)d giờ làm việc", "%(n)d giờ làm việc", count),
        "WORKING_DAY": ngettext("%(n)d ngày làm việc", "%(n)d ngày làm việc", count),
        "DAY": ngettext("%(n)d ngày", "%(n)d ngày", count),
    }
    return words[thing.time_unit] % {"n": count}


def price(amount: int, per: str) -> str:
    each = {"page": _("trang"), "copy": _("bản")}.get(per)
    if not amount:
        return _("Miễn phí")
    return f"{vnd(amount)}/{each}" if each else vnd(amount)


def _amounts(fee: Fee | FeeRule) -> list[int]:
    """Every amount that one unit of the fee may cost; of a formula, the least."""
    rows = [row["amount"] if isinstance(row, dict) else row.amount for row in fee.rows]
    return rows or [fee.minimum if fee.formula else fee.amount]


def fees_in_short(fees: Iterable[Fee | FeeRule]) -> str:
    """The shortest true sentence about the whole table of fees."""
    fees = list(fees)
    if any(fee.formula and not fee.minimum for fee in fees):  # known when the answers are
        return _("Tùy trường hợp")
    pairs = sorted({(amount, fee.per) for fee in fees for amount in _amounts(fee)})
    dear = [pair for pair in pairs if pair[0]]
    if not dear:
        return _("Miễn phí")
    if len(pairs) == 1 and not any(fee.formula for fee in fees):
        return price(*dear[0])
    return (
        _("từ %(amount)s") % {"amount": price(*min(dear))}
        if len(dear) == len(pairs)
        else _("Miễn phí hoặc từ %(amount)s") % {"amount": price(*min(dear))}
    )

"""Acts about money."""

from payments.models import Obligation
from worktime import now

NOTICE = "notice"  # the key of a sum that a notice of payment asks for, beside the fees of the version


def owe(*, subject_type: str, subject_id: int, items: list[tuple[str, str, int, int]]) -> list[Obligation]:
    """Record sums owed: items of (key, label, count, amount in VND). Zero sums are not recorded."""
    rows = [
        Obligation(subject_type=subject_type, subject_id=subject_id, key=key, label=label, count=count, amount=amount)
        for key, label, count, amount in items
        if amount > 0
    ]
    return Obligation.objects.bulk_create(rows) if rows else []


def recount(*, subject_type: str, subject_id: int, items: list[tuple[str, str, int, int]]) -> None:
    """What the fees of `items` come to now: what was paid counts, the rest is owed anew, and no more than that.

    Sums of other keys (a notice of payment) stay as they are. Nothing is paid back here.
    """
    rows = Obligation.objects.about(subject_type, subject_id).exclude(key=NOTICE)
    rows.due().update(cancelled_at=now())
    paid: dict[str, int] = {}
    for key, amount in rows.filter(settled_at__isnull=False).values_list("key", "amount"):
        paid[key] = paid.get(key, 0) + amount
    rest = [(key, label, count, amount - paid.get(key, 0)) for key, label, count, amount in items]
    owe(subject_type=subject_type, subject_id=subject_id, items=rest)


def settle(*, subject_type: str, subject_id: int, receipt_number: str, by) -> int:
    """Settle everything due about a subject with one receipt. Returns the amount in VND."""
    due = list(Obligation.objects.about(subject_type, subject_id).due().select_for_update())
    Obligation.objects.filter(pk__in=[o.pk for o in due]).update(
        settled_at=now(), settled_by=by, receipt_number=receipt_number
    )
    return sum(o.amount for o in due)


def cancel_due(*, subject_type: str, subject_id: int) -> int:
    """What is still owed is owed no more (withdrawn, stopped, recounted). Returns how many rows."""
    return Obligation.objects.about(subject_type, subject_id).due().update(cancelled_at=now())

"""Acts about money."""

from payments.models import Obligation
from worktime import now


def owe(*, subject_type: str, subject_id: int, items: list[tuple[str, str, int, int]]) -> list[Obligation]:
    """Record sums owed: items of (key, label, count, amount in VND). Zero sums are not recorded."""
    rows = [
        Obligation(subject_type=subject_type, subject_id=subject_id, key=key, label=label, count=count, amount=amount)
        for key, label, count, amount in items
        if amount > 0
    ]
    return Obligation.objects.bulk_create(rows) if rows else []


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

"""Re-hiding everything under the newest key, in batches, while the portal runs.

Columns of hidden fields are found from the models; a room that hides anything else registers a step of its own.
"""

from collections.abc import Callable, Iterator

from django.apps import apps
from django.db import connection, transaction

from keys.fields import HiddenField
from keys.ring import hide, ring, show

BATCH = 500
# Name → step(limit): re-hides at most `limit` things that lie under older keys, and returns how many it did.
STEPS: dict[str, Callable[[int], int]] = {}


def register(name: str, step: Callable[[int], int]) -> None:
    """Called from an AppConfig.ready()."""
    STEPS[name] = step


def hidden_columns() -> Iterator[HiddenField]:
    """Every hidden field of every model that has a table of its own."""
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.proxy:
            yield from (f for f in model._meta.local_concrete_fields if isinstance(f, HiddenField))


def rotate_column(field: HiddenField, limit: int = BATCH) -> int:
    """Re-hide at most `limit` values of one column; rows somebody holds are left for the next round."""
    table, column, key = field.model._meta.db_table, field.column, field.model._meta.pk.column
    find = (
        f'SELECT "{key}", "{column}" FROM "{table}" WHERE "{column}" LIKE %s AND "{column}" NOT LIKE %s '
        f"LIMIT %s FOR UPDATE SKIP LOCKED"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(find, ["~%", f"~{ring().current}.%", limit])
        rows = [(hide(show(old, place=field.place), place=field.place), pk) for pk, old in cursor.fetchall()]
        cursor.executemany(f'UPDATE "{table}" SET "{column}" = %s WHERE "{key}" = %s', rows)
    return len(rows)


def rotate(*, batch: int = BATCH) -> Iterator[tuple[str, int]]:
    """Re-hide everything; yields what was done and how many, a batch at a time. Stopped, it goes on when run again."""
    for field in hidden_columns():
        while done := rotate_column(field, batch):
            yield field.place, done
    for name, step in STEPS.items():
        while done := step(batch):
            yield name, done

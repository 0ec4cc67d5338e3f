"""Hiding columns that already hold values, and showing them again when the migration is undone."""

from collections.abc import Callable

from django.db import migrations

from keys.ring import blind, hide, show

BATCH = 2000


def hide_columns(label: str, *names: str, indexes: dict[str, tuple[str, str]] | None = None) -> migrations.RunPython:
    """The operation that hides the columns `names` of the model `label` ("accounts.User"), which are text by then.

    `indexes`: blind index column → (column it is of, purpose). Rows are taken in batches by key.
    """

    def forward(apps, editor):
        model = apps.get_model(label)
        _rewrite(editor, model, names, lambda text, place: hide(text, place=place), indexes or {})

    def backward(apps, editor):
        _rewrite(editor, apps.get_model(label), names, lambda text, place: show(text, place=place), {})

    return migrations.RunPython(forward, backward)


def _rewrite(editor, model, names, turn: Callable[[str, str], str], indexes: dict[str, tuple[str, str]]) -> None:
    table, key = model._meta.db_table, model._meta.pk.column
    places = {name: f"{model._meta.label_lower}.{name}" for name in names}
    columns = ", ".join(f'"{name}"' for name in names)
    sets = ", ".join(f'"{name}" = %s' for name in (*names, *indexes))
    last = None
    with editor.connection.cursor() as cursor:
        while True:
            after = f'WHERE "{key}" > %s' if last is not None else ""
            cursor.execute(
                f'SELECT "{key}", {columns} FROM "{table}" {after} ORDER BY "{key}" LIMIT {BATCH}',
                [last] if last is not None else [],
            )
            rows = cursor.fetchall()
            if not rows:
                # What was deferred happens now: a table with pending events cannot be altered by what follows.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                return
            for pk, *values in rows:
                old = dict(zip(names, values, strict=True))
                new = [turn(text, places[name]) if text else text for name, text in old.items()]
                found = [blind(purpose, old[of] or "") for of, purpose in indexes.values()]
                cursor.execute(f'UPDATE "{table}" SET {sets} WHERE "{key}" = %s', [*new, *found, pk])
            last = rows[-1][0]

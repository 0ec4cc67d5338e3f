"""The least SQL that leaves the rows of a submit: what the database alone could do, its own triggers included.

The rows are copies of those that a real submit has left, so this follows the schema by itself.
"""

import os
from collections.abc import Callable

import psycopg2
from psycopg2.extras import Json, RealDictCursor

GENERATED = {"audit_auditentry": ("id", "seq", "recorded_at", "prev_hash", "hash")}
SIDE = {  # table → which of its rows belong to a dossier
    "dossiers_attachment": "dossier_id = %s",
    "worktime_clock": "subject_type = 'dossier' AND subject_id = %s",
    "notifications_message": "subject_type = 'dossier' AND subject_id = %s",
    "payments_obligation": "subject_type = 'dossier' AND subject_id = %s",
    "audit_auditentry": "subject_type = 'dossier' AND subject_id = %s",
    "dossiers_idempotencykey": "dossier_id = %s",
}
REGISTERED = ("code", "status", "submission", "submitted_at", "answer_by", "urgent_at")  # set by the second statement
COUNTER = """
    INSERT INTO dossiers_codecounter (unit_id, day, last) VALUES (%s, current_date, 1)
    ON CONFLICT (unit_id, day) DO UPDATE SET last = dossiers_codecounter.last + 1 RETURNING last
"""


class Submitter:
    """One connection that writes the rows of submits like dossier `sample`, for the units in turn."""

    def __init__(self, dsn: str, sample: int, units: list[int]):
        self.dsn, self.sample, self.units, self.number = dsn, sample, units, 0
        self.salt = os.urandom(6).hex()

    def __call__(self) -> Callable[[], None]:
        self.connection = psycopg2.connect(self.dsn)
        with self.connection, self.connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute("SELECT * FROM dossiers_dossier WHERE id = %s", [self.sample])
            self.dossier = cursor.fetchone()
            self.side = []
            for table, where in SIDE.items():
                cursor.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY id", [self.sample])
                self.side += [(table, row) for row in cursor.fetchall()]
        return self.once

    def once(self) -> None:
        self.number += 1
        unit = self.units[self.number % len(self.units)]
        draft = {k: v for k, v in self.dossier.items() if k != "id" and k not in REGISTERED}
        draft |= {"status": "DRAFT", "submission": 0, "unit_id": unit}
        with self.connection, self.connection.cursor() as cursor:
            new = _insert(cursor, "dossiers_dossier", draft)
            cursor.execute(COUNTER, [unit])
            (serial,) = cursor.fetchone()
            values = {name: self.dossier[name] for name in REGISTERED}
            values["code"] = f"{self.salt}-{unit}-{serial:04d}"
            sets = ", ".join(f"{name} = %s" for name in REGISTERED)
            cursor.execute(f"UPDATE dossiers_dossier SET {sets} WHERE id = %s", [*values.values(), new])
            for table, row in self.side:
                _insert(cursor, table, self.renamed(table, row, new))

    def renamed(self, table: str, row: dict, new: int) -> dict:
        """The row as that of dossier `new`."""
        left_out = GENERATED.get(table, ("id",))
        row = {k: v for k, v in row.items() if k not in left_out}
        for name in ("dossier_id", "subject_id"):
            if name in row:
                row[name] = new
        if "chain" in row:
            row["chain"] = f"dossier:{new}"
        if "key" in row and table == "dossiers_idempotencykey":
            row["key"] = f"{self.salt}-{new}"
        return row


def _insert(cursor, table: str, row: dict) -> int:
    values = [Json(v) if isinstance(v, dict | list) else v for v in row.values()]
    places = ", ".join(["%s"] * len(row))
    cursor.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places}) RETURNING id", values)
    return cursor.fetchone()[0]

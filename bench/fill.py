"""A city's dossiers in bulk, by SQL alone: the same mix of statuses, ages, units and names at any size.

The last fifth of the rows is recent; three quarters of it, 15 % of all, is unfinished. Units differ as in life: the
busiest of them has 6 % of the work, most have next to none.
"""

import contextlib
import json
from collections.abc import Iterator
from datetime import datetime

from django.db import connection, models, transaction

from branches.models import Branch, CompetentUnit, Posting, Role
from dossiers.models import Dossier, WorkItem
from keys.fields import HiddenField
from keys.ring import hide
from places.models import Ward
from places.text import fold
from procedures.models import Procedure
from procedures.schema import example_answers
from procedures.versions import published_spec

FAMILIES = "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý"
MIDDLES = "Văn Thị Đức Minh Ngọc Hữu Quang Thanh Thu Hoài Bảo Gia Khánh Tuấn Xuân Hải"
GIVEN = (
    "An Anh Bình Chi Cường Dung Dũng Duy Đạt Giang Hà Hải Hằng Hạnh Hiếu Hoa Hòa Hùng Huy Hương Khoa Lan Linh Loan Long"
    " Mai Mạnh Minh Nam Nga Nghĩa Nhung Oanh Phong Phúc Phương Quân Quỳnh Sơn Tâm Thảo Thắng Thủy Tiến Trang Trung Tú"
    " Tuyết Vân Yến"
)

# `r(i, salt, n)` is a number below n that looks random and is the same in every run.
RANDOM = """
    CREATE FUNCTION pg_temp.r(i bigint, salt bigint, n bigint) RETURNS int LANGUAGE sql IMMUTABLE AS
    'SELECT (abs(hashint8extended(i, salt) % n))::int'
"""
DOSSIERS = """
WITH drawn AS MATERIALIZED (
    SELECT i, g.u, pg_temp.r(i, 1, 100) AS luck, i > 0.8 * %(n)s AND pg_temp.r(i, 2, 100) < 75 AS unfinished,
           1 + pg_temp.r(i, 3, cardinality(%(families)s::text[])) AS f,
           1 + pg_temp.r(i, 4, cardinality(%(middles)s::text[])) AS m,
           1 + pg_temp.r(i, 5, cardinality(%(given)s::text[])) AS v,
           1 + pg_temp.r(i, 6, cardinality(%(procedures)s::bigint[])) AS p,
           1 + pg_temp.r(i, 7, cardinality(%(branches)s::bigint[])) AS b,
           1 + pg_temp.r(i, 8, cardinality(%(wards)s::text[])) AS w,
           (910000000 + pg_temp.r(i, 9, 80000000))::text AS phone,
           %(now)s::timestamptz - interval '365 days' * (1 - i / %(n)s::float) AS filed,
           interval '1 day' * (3 + pg_temp.r(i, 10, 30)) AS time_given
      FROM generate_series(1, %(n)s) AS i,
           LATERAL (SELECT pg_temp.r(i, 11, 100000) / 1e5 AS place) AS x,
           LATERAL (SELECT 1 + floor(cardinality(%(units)s::bigint[]) * place ^ 2)::int AS u) AS g
), known AS (
    SELECT *, CASE WHEN NOT unfinished THEN CASE WHEN luck < 92 THEN 'RETURNED' WHEN luck < 96 THEN 'REFUSED'
                        WHEN luck < 98 THEN 'WITHDRAWN' ELSE 'STOPPED' END
                   WHEN luck < 13 THEN 'REGISTERED' WHEN luck < 20 THEN 'RECEIVED' WHEN luck < 87 THEN 'IN_PROCESS'
                   WHEN luck < 94 THEN 'SUPPLEMENT_REQUIRED' ELSE 'COMPLETED' END AS status,
           (%(families)s::text[])[f] || ' ' || (%(middles)s::text[])[m] || ' ' || (%(given)s::text[])[v] AS name,
           (%(folded_families)s::text[])[f] || ' ' || (%(folded_middles)s::text[])[m] || ' '
               || (%(folded_given)s::text[])[v] AS folded
      FROM drawn
)
INSERT INTO dossiers_dossier ({columns}) SELECT {values} FROM known ORDER BY i
"""
# As long and as random as a blind index, which SQL alone cannot work out.
INDEX = "left(translate(encode(sha256({}::text::bytea), 'base64'), '+/', '-_'), 43)"
# What a row of `known` says of a dossier; every other column takes the model's own default.
DOSSIER = {
    "id": "i",
    "code": "(%(unit_codes)s::text[])[u] || to_char(filed, '-YYMMDD-') || lpad((i %% %(a_day)s + 1)::text, 4, '0')",
    "procedure_id": "(%(procedures)s::bigint[])[p]",
    "version_id": "(%(versions)s::bigint[])[p]",
    "status": "status",
    "return_status": "CASE status WHEN 'SUPPLEMENT_REQUIRED' THEN 'IN_PROCESS' ELSE '' END",
    "step": "(%(steps)s::text[])[p]",
    "owner_id": "%(owner)s",
    "created_by_id": "%(owner)s",
    "applicant_name": "name",
    # Hidden as the program hides them, one value for all: only their indexes tell people apart.
    "applicant_phone": "%(phone)s",
    "phone_index": INDEX.format("phone"),
    "applicant_number": "%(number)s",
    "number_index": INDEX.format("(190000000 + i)"),
    "search": "folded",
    "answers": "%(answers)s",
    "submission": "1",
    "branch_id": "(%(branches)s::bigint[])[b]",
    "unit_id": "(%(units)s::bigint[])[u]",
    "ward_id": "(%(wards)s::text[])[w]",
    "assignee_id": "CASE WHEN status IN ('IN_PROCESS', 'RETURNED')"
    " THEN (%(officers)s::bigint[])[(u - 1) * %(officers_each)s + 1 + pg_temp.r(i, 12, %(officers_each)s)] END",
    "created_at": "filed - interval '10 minutes'",
    "submitted_at": "filed",
    "answer_by": "filed + interval '8 hours'",
    "received_at": "CASE WHEN status NOT IN ('REGISTERED', 'REFUSED') THEN filed + interval '3 hours' END",
    "count_from": "CASE WHEN status NOT IN ('REGISTERED', 'REFUSED') THEN filed + interval '3 hours' END",
    "due_at": "CASE WHEN status NOT IN ('REGISTERED', 'REFUSED') THEN filed + time_given END",
    "first_due_at": "CASE WHEN status NOT IN ('REGISTERED', 'REFUSED') THEN filed + time_given END",
    "urgent_at": "CASE WHEN status = 'REGISTERED' THEN filed + interval '8 hours' ELSE filed + time_given END",
    "outcome": "CASE WHEN status IN ('COMPLETED', 'RETURNED') THEN 'approved' ELSE '' END",
    "completed_at": "CASE WHEN status IN ('COMPLETED', 'RETURNED') THEN filed + time_given - interval '1 day' END",
    "closed_at": "CASE WHEN NOT unfinished THEN filed + time_given END",
}
ITEMS = """
    INSERT INTO dossiers_workitem ({columns})
    SELECT {values} FROM dossiers_dossier WHERE status NOT IN ('REGISTERED', 'REFUSED') ORDER BY id
"""
ITEM = {
    "dossier_id": "id",
    "kind": "'step'",
    "state": "CASE WHEN status IN ('RECEIVED', 'IN_PROCESS', 'SUPPLEMENT_REQUIRED') THEN 'open' ELSE 'done' END",
    "step": "step",
    "key": "step",
    "name": "step",
    "role": "CASE WHEN status = 'RECEIVED' THEN 'CLERK' WHEN id %% 5 = 0 THEN 'LEADER' ELSE 'OFFICER' END",
    "unit_id": "unit_id",
    "branch_id": "branch_id",
    "assignee_id": "assignee_id",
    "opened_at": "received_at",
    "due_at": "due_at",
    "result": "%(result)s",
}


def fill(n: int, at: datetime) -> None:
    """Put `n` submitted dossiers and their steps into an empty database, as they would stand at the moment `at`."""
    facts = _facts(n, at)
    with transaction.atomic(), connection.cursor() as cursor, without_indexes(cursor, Dossier, WorkItem):
        cursor.execute("SET LOCAL session_replication_role = replica; SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute(RANDOM)
        cursor.execute(DOSSIERS.format(**_assignments(Dossier, DOSSIER)), facts)
        cursor.execute(ITEMS.format(**_assignments(WorkItem, ITEM)), facts)
        cursor.execute("SELECT setval('dossiers_dossier_id_seq', %s)", [n])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")


@contextlib.contextmanager
def without_indexes(cursor, *tables: type[models.Model]) -> Iterator[None]:
    """Drop what only makes reading faster, and build it again at the end: a third of the time of keeping it."""
    cursor.execute(
        """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
            WHERE indrelid = ANY (%s::regclass[]) AND NOT indisunique""",
        [[table._meta.db_table for table in tables]],
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in found:
        cursor.execute(definition)


def _facts(n: int, at: datetime) -> dict:
    specs = [published_spec(code) for code in Procedure.objects.order_by("code").values_list("code", flat=True)]
    specs = [spec for spec in specs if spec]
    units = list(CompetentUnit.objects.order_by("pk"))
    officers = list(
        Posting.objects.filter(role=Role.OFFICER).order_by("unit_id", "pk").values_list("user_id", flat=True)
    )
    names = {"families": FAMILIES.split(), "middles": MIDDLES.split(), "given": GIVEN.split()}
    return names | {f"folded_{key}": [fold(name) for name in some] for key, some in names.items()} | {
        "n": n,
        "now": at,
        "a_day": -(-n // 365) + 1,
        "procedures": [spec.procedure_id for spec in specs],
        "versions": [spec.version_id for spec in specs],
        "steps": [spec.steps[0].key for spec in specs],
        "answers": _hidden("answers", json.dumps(example_answers(published_spec("1.001193")), ensure_ascii=False)),
        "phone": _hidden("applicant_phone", "+84912345678"),
        "number": _hidden("applicant_number", "001190012345"),
        "result": _hidden("result", "{}", WorkItem),
        "units": [unit.pk for unit in units],
        "unit_codes": [unit.code for unit in units],
        "branches": list(Branch.objects.order_by("pk").values_list("pk", flat=True)),
        "wards": list(Ward.objects.order_by("pk").values_list("pk", flat=True)),
        "officers": officers,
        "officers_each": len(officers) // len(units),
        "owner": Posting.objects.get(role=Role.MONITOR).user_id,
    }  # fmt: skip


def _hidden(field: str, text: str, model: type[models.Model] = Dossier) -> str:
    return hide(text, place=model._meta.get_field(field).place)


def _assignments(model: type[models.Model], said: dict[str, str]) -> dict[str, str]:
    """Column list and value list for an INSERT … SELECT; what `said` leaves out takes the field's default."""
    values = {f.column: _literal(f) for f in model._meta.concrete_fields if not f.primary_key} | said
    return {"columns": ", ".join(values), "values": ", ".join(values.values())}


def _literal(field: models.Field) -> str:
    if isinstance(field, HiddenField):
        return "NULL" if field.null else "''"
    if isinstance(field, models.JSONField):
        return f"'{json.dumps(field.get_default())}'::jsonb"
    if isinstance(field, models.DateTimeField):
        return "NULL" if field.null else "%(now)s::timestamptz"
    value = field.get_default()
    return "NULL" if value is None else str(value) if isinstance(value, int) else f"'{value}'"

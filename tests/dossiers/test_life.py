"""The legal life: the table, the transitions and the database say the same."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django_fsm import TransitionNotAllowed

from dossiers.act_list import ACTS as ACT_LIST
from dossiers.life import ACTS, EDGES, Status
from dossiers.models import Dossier
from procedures.checking import RESERVED_KEYS
from tests import world

pytestmark = pytest.mark.django_db
CLOSED_OFF = [s for s in Status if s != Status.REGISTERED and (Status.REGISTERED, s) not in EDGES]


def transitions():
    return {
        (source, str(target))
        for t in Dossier._meta.get_field("status").get_all_transitions(Dossier)
        for source in [t.source]
        for target in (t.target.allowed_states if hasattr(t.target, "allowed_states") else [t.target])
    }


def test_the_transitions_written_out_are_exactly_the_table():
    assert transitions() == {(str(a), str(b)) for a, b in EDGES}
    assert {t.name for t in Dossier._meta.get_field("status").get_all_transitions(Dossier)} == set(ACTS)


def force(dossier, **values):
    """Raw SQL, as somebody with a database prompt would."""
    sets = ", ".join(f"{column} = %s" for column in values)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE dossiers_dossier SET {sets} WHERE id = %s", [*values.values(), dossier.pk])


@pytest.mark.parametrize("target", CLOSED_OFF)
def test_raw_sql_cannot_take_an_edge_that_is_not_in_the_table(catalogue, target):
    dossier = world.submitted()
    with pytest.raises(DatabaseError):
        force(dossier, status=str(target), outcome="approved", return_status="")
    assert Dossier.objects.get(pk=dossier.pk).status == Status.REGISTERED


@pytest.mark.parametrize("status", [s for s in Status if s != Status.DRAFT])
def test_raw_sql_cannot_insert_a_dossier_beyond_its_draft(catalogue, status):
    dossier = world.submitted()
    columns = ", ".join(f.column for f in Dossier._meta.concrete_fields if f.name not in ("id", "status", "code"))
    with pytest.raises(DatabaseError, match="draft"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO dossiers_dossier (status, {columns})"
            f" SELECT %s, {columns} FROM dossiers_dossier WHERE id = %s",
            [str(status), dossier.pk],
        )


def test_raw_sql_cannot_jump_a_step(catalogue):
    dossier = world.submitted()
    with pytest.raises(DatabaseError, match="no move"):
        force(dossier, step="sign")
    force(dossier, step="appraise")
    with pytest.raises(DatabaseError, match="no move"):
        force(dossier, step="done")


def test_code_version_and_moment_of_a_submitted_dossier_stay(catalogue):
    dossier = world.submitted()
    for column, value in (("code", "X"), ("submitted_at", timezone.now()), ("version_id", dossier.version_id + 1)):
        with pytest.raises(DatabaseError):
            force(dossier, **{column: value})
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM dossiers_dossier WHERE id = %s", [dossier.pk])


def test_a_released_version_cannot_be_changed_even_by_raw_sql(catalogue):
    spec = world.spec()
    statements = (
        "UPDATE procedures_procedureversion SET time_amount = 99 WHERE id = %s",
        "UPDATE procedures_formfield SET label = 'x' WHERE version_id = %s",
        "DELETE FROM procedures_move WHERE version_id = %s",
        "INSERT INTO procedures_feerule (version_id, position, key, label, amount, per, count_field, channel,"
        " condition, assumed) VALUES (%s, 9, 'x', 'x', 1, 'dossier', '', 'any', '{}', false)",
    )
    for statement in statements:
        with pytest.raises(DatabaseError, match="released"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [spec.version_id])


def test_status_and_step_cannot_be_assigned(catalogue):
    dossier = world.submitted()
    with pytest.raises(AttributeError):
        dossier.status = Status.RECEIVED
    with pytest.raises(AttributeError):
        dossier.step = "sign"
    with pytest.raises(TransitionNotAllowed):
        dossier.return_result(at=timezone.now())


def test_no_move_of_a_process_can_take_the_name_of_an_act():
    assert {act.name for act in ACT_LIST} == RESERVED_KEYS
    assert len({act.name for act in ACT_LIST}) == len(ACT_LIST)

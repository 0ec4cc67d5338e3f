import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.canonical import GENESIS, entry_hash
from audit.models import AuditEntry, DailyRoot
from audit.services import SYSTEM, Actor, entries, record_many
from tests.audit.support import CLERK, stored, write

MOMENT = datetime(2026, 11, 24, 1, 2, 3, 456789, tzinfo=UTC)


@pytest.mark.django_db
class TestRecord:
    def test_the_first_entry_of_a_chain_is_number_one_and_follows_nothing(self):
        entry = write()
        assert (entry.seq, entry.prev_hash) == (1, GENESIS)

    def test_each_entry_carries_the_hash_of_the_one_before(self):
        first, other, second = write(), write(chain="dossier:2"), write(act="receive")
        assert (second.seq, second.prev_hash) == (2, first.hash)
        assert (other.seq, other.prev_hash) == (1, GENESIS)

    def test_what_comes_back_is_what_is_stored(self):
        entry = write(
            before={"status": "REGISTERED"}, after={"fee": Decimal("5000"), "due": date(2026, 12, 1)}, at=MOMENT
        )
        row = AuditEntry.objects.get(pk=entry.pk)
        assert (row.seq, row.prev_hash, row.hash, row.recorded_at) == (
            entry.seq,
            entry.prev_hash,
            entry.hash,
            entry.recorded_at,
        )
        assert row.after == {"fee": "5000", "due": "2026-12-01"}
        assert (row.at, row.actor_id, row.actor_label, row.ip) == (MOMENT, 7, CLERK.label, "10.0.0.1")

    def test_it_takes_one_query(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            write()

    def test_the_system_acts_without_an_account(self):
        assert write(actor=SYSTEM).actor_id is None

    def test_a_label_that_is_too_long_does_not_stop_the_act(self):
        actor = Actor(user_id=1, label="Đ" * 999, posting_label="x" * 999, ip="1" * 99, request_id="r" * 99)
        assert len(write(actor=actor).actor_label) == 200

    def test_many_acts_take_one_query_and_keep_their_order_in_each_chain(self, django_assert_num_queries):
        write()
        acts = [("dossier:2", "a"), ("dossier:1", "b"), ("dossier:2", "c")]
        with django_assert_num_queries(1):
            made = record_many({"chain": chain, "act": act, "actor": CLERK} for chain, act in acts)
        assert [(entry.chain, entry.seq, entry.act) for entry in made] == [
            ("dossier:1", 2, "b"),
            ("dossier:2", 1, "a"),
            ("dossier:2", 2, "c"),
        ]
        assert made[2].prev_hash == made[1].hash

    def test_a_timeline_reads_one_chain_in_order(self):
        write(), write(act="receive"), write(chain="dossier:2")
        assert [entry.act for entry in entries("dossier:1")] == ["submit", "receive"]

    def test_a_given_place_and_hash_are_not_believed(self):
        entry = AuditEntry.objects.create(
            chain="dossier:1", act="x", at=MOMENT, seq=9, prev_hash="f" * 64, hash="f" * 64
        )
        entry.refresh_from_db()
        assert (entry.seq, entry.prev_hash, entry.hash == "f" * 64) == (1, GENESIS, False)


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | text, lambda v: st.lists(v) | st.dictionaries(text, v)
)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    note=text, label=text, before=st.none() | st.dictionaries(text, values), subject=st.none() | st.integers(0, 2**62)
)
def test_python_recomputes_the_hash_that_the_database_made(note, label, before, subject):
    entry = write(note=note, actor=Actor(label=label), before=before, subject_type="dossier", subject_id=subject)
    assert entry_hash(stored(entry)) == entry.hash


CHANGES = [
    "UPDATE audit_auditentry SET note = 'x'",
    "UPDATE audit_auditentry SET note = 'x' WHERE false",
    "DELETE FROM audit_auditentry",
    "TRUNCATE audit_auditentry",
    "UPDATE audit_dailyroot SET root = 'x'",
    "DELETE FROM audit_dailyroot",
    "TRUNCATE audit_dailyroot",
]


@pytest.mark.django_db
@pytest.mark.parametrize("sql", CHANGES)
def test_raw_sql_cannot_change_the_record(sql):
    write()
    pgtrigger.enable("audit.AuditEntry:no_truncate", "audit.DailyRoot:no_truncate")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db
def test_the_orm_cannot_change_the_record():
    entry = write()
    for change in (entry.delete, entry.save, DailyRoot.objects.all().delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def in_threads(count, work):
    errors = []

    def run(number):
        try:
            work(number)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return errors


@pytest.mark.django_db(transaction=True)
class TestManyWriters:
    def test_writers_of_one_chain_wait_for_each_other_and_none_fails(self):
        start = threading.Barrier(8)

        def work(number):
            start.wait(10)
            for _ in range(5):
                with transaction.atomic():
                    write(act=f"act-{number}")

        assert in_threads(8, work) == []
        written = list(entries("dossier:1"))
        assert [entry.seq for entry in written] == list(range(1, 41))
        assert all(after.prev_hash == before.hash for before, after in pairwise(written))

    def test_writers_of_other_chains_do_not_wait(self):
        written = threading.Event()

        def work(number):
            with transaction.atomic():
                write(chain=f"dossier:{number}")
                if number == 0:  # stays open until the other chain has committed
                    assert written.wait(10)
            if number == 1:
                written.set()

        assert in_threads(2, work) == []

    def test_an_act_that_is_rolled_back_leaves_no_gap(self):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            write()
            raise ZeroDivisionError
        assert write().seq == 1

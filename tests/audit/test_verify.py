import threading
from datetime import UTC, datetime, timedelta
from io import StringIO

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from audit import verification
from audit.canonical import GENESIS, MerkleTree
from audit.models import DailyRoot
from audit.sealing import HANOI, seal_finished_days
from audit.tasks import seal_days
from audit.verification import Break, verify
from tests.audit.support import remove, tamper, write, write_on

TOMORROW = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, 3, tzinfo=UTC)


def verify_audit(*args):
    out = StringIO()
    call_command("verify_audit", *args, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
class TestVerify:
    def test_an_untouched_record_is_proved(self):
        write(), write(act="receive"), write(chain="dossier:2")
        assert verify_audit() == "OK 3 entries, 2 chains, 0 sealed days\n"
        assert verify_audit("--chain", "dossier:1") == "OK 2 entries, 1 chains, 0 sealed days\n"

    def test_pages_do_not_lose_an_entry(self, monkeypatch):
        for number in range(7):
            write(chain=f"dossier:{number % 3}")
        monkeypatch.setattr(verification, "PAGE", 2)
        monkeypatch.setattr(verification, "PAGE_SQL", verification.PAGE_SQL.replace("LIMIT 10000", "LIMIT 2"))
        assert verify().entries == 7

    def test_a_chain_that_does_not_exist_is_said(self):
        with pytest.raises(CommandError, match="no chain dossier:9"):
            verify_audit("--chain", "dossier:9")

    @pytest.mark.parametrize(
        "change",
        [
            {"note": "khác"},
            {"act": "refuse"},
            {"actor_id": 8},
            {"actor_label": "Người khác"},
            {"posting_label": ""},
            {"at": MONDAY},
            {"recorded_at": MONDAY},
            {"after": {"status": "REFUSED"}},
            {"before": {}},
            {"ip": "10.0.0.2"},
            {"request_id": ""},
            {"subject_id": 2},
            {"subject_type": "paper"},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_every_changed_column_is_found(self, change):
        write()
        changed = write(act="receive", after={"status": "RECEIVED"})
        write(act="transfer")
        tamper(changed, **change)
        with pytest.raises(CommandError, match="BROKEN dossier:1 #2: content was changed") as raised:
            verify_audit()
        assert raised.value.returncode == 1

    def test_a_changed_entry_with_a_new_hash_breaks_the_next_link(self):
        first = write()
        write(act="receive")
        tamper(first, hash="0" * 64)
        with pytest.raises(Break, match="dossier:1 #1: content was changed"):
            verify()
        remove(first)
        write_on(MONDAY, "dossier:1", 1)
        with pytest.raises(Break, match="dossier:1 #2: does not carry the hash of the entry before it"):
            verify()

    def test_a_removed_entry_is_found(self):
        write(), (second := write()), write()
        remove(second)
        with pytest.raises(Break, match="dossier:1 #2: entry is missing"):
            verify()


@pytest.mark.django_db
class TestSealing:
    def two_days(self):
        first = write_on(MONDAY, "dossier:1", 1)
        second = write_on(MONDAY, "dossier:2", 1)
        third = write_on(MONDAY + TOMORROW, "dossier:1", 2, first.hash)
        return first, second, third

    def test_each_finished_day_is_sealed_once(self):
        self.two_days()
        roots = seal_finished_days(at=MONDAY + TOMORROW * 3)
        assert [(root.day.day, root.entries, root.chains) for root in roots] == [(2, 2, 2), (3, 1, 1)]
        assert roots[0].previous_root == GENESIS
        assert roots[1].previous_root == roots[0].root
        assert seal_finished_days(at=MONDAY + TOMORROW * 3) == []
        assert verify().days == 2

    def test_the_day_ends_at_midnight_in_hanoi(self):
        late = datetime(2026, 3, 2, 23, 59, 59, tzinfo=HANOI)
        first = write_on(late, "dossier:1", 1)
        write_on(late + timedelta(seconds=1), "dossier:1", 2, first.hash)
        roots = seal_finished_days(at=late + TOMORROW)
        assert [(root.day.isoformat(), root.entries) for root in roots] == [("2026-03-02", 1)]
        assert verify().entries == 2

    def test_today_stays_open(self):
        write()
        seal_days()
        assert not DailyRoot.objects.exists()

    def test_a_removed_tail_is_found_by_its_root(self):
        third = self.two_days()[2]
        seal_finished_days(at=MONDAY + TOMORROW * 3)
        remove(third)
        with pytest.raises(Break, match="day 2026-03-03: sealed 1 entries in 1 chains, found 0 in 0"):
            verify()

    def test_a_rewritten_chain_is_found_by_its_root(self):
        second = self.two_days()[1]
        seal_finished_days(at=MONDAY + TOMORROW * 3)
        remove(second)
        write_on(MONDAY, "dossier:2", 1, act="refuse")
        with pytest.raises(CommandError, match="BROKEN day 2026-03-02: its entries do not give its daily root"):
            verify_audit()

    def test_a_removed_root_is_found(self):
        self.two_days()
        seal_finished_days(at=MONDAY + TOMORROW * 3)
        with pgtrigger.ignore("audit.DailyRoot:no_change"):
            DailyRoot.objects.order_by("day").first().delete()
        with pytest.raises(Break, match="day 2026-03-02: 2 entries, but its daily root is missing"):
            verify()

    def test_an_entry_slipped_into_a_sealed_day_is_found(self):
        self.two_days()
        seal_finished_days(at=MONDAY + TOMORROW * 3)
        write_on(MONDAY, "dossier:3", 1)
        with pytest.raises(Break, match="day 2026-03-02: sealed 2 entries in 2 chains, found 3 in 3"):
            verify()


@pytest.mark.django_db(transaction=True)
def test_a_day_is_not_sealed_while_somebody_is_still_writing_to_it():
    written, go_on = threading.Event(), threading.Event()

    def slow_act():
        with transaction.atomic():
            write()
            written.set()
            go_on.wait(10)
        connection.close()

    later = datetime.now(UTC) + TOMORROW
    write(chain="dossier:0")
    thread = threading.Thread(target=slow_act)
    thread.start()
    assert written.wait(10)
    assert seal_finished_days(at=later) == []
    go_on.set()
    thread.join(10)
    assert [root.entries for root in seal_finished_days(at=later)] == [2]
    assert verify().days == 1


def test_a_tree_depends_on_each_leaf_and_on_their_order():
    def root(*seqs):
        tree = MerkleTree()
        for seq in seqs:
            tree.add("dossier:1", seq, "a" * 64)
        return tree.root()

    roots = {root(), root(1), root(1, 2), root(2, 1), root(1, 2, 3), root(1, 2, 2, 3), root(1, 2, 3, 4, 5)}
    assert len(roots) == 7

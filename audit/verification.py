"""Proving the record: every entry, every chain, every day, recomputed here from the rows alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from audit.canonical import COLUMNS, GENESIS, MerkleTree, day_root, entry_hash
from audit.models import DailyRoot
from audit.signing import is_signed

PAGE = 10_000
EPOCH = date(1970, 1, 1)
DAY_MICROSECONDS = 86_400_000_000
HANOI_MICROSECONDS = 7 * 3_600_000_000  # Viet Nam has kept UTC+7 without summer time since 1975
PAGE_SQL = f"SELECT {COLUMNS}, hash FROM audit_auditentry WHERE %s ORDER BY chain, seq LIMIT {PAGE}"


@dataclass
class Break(Exception):
    """The first place where the record does not hold; `seq` is None where a whole day is meant."""

    chain: str
    seq: int | None
    problem: str

    def __str__(self) -> str:
        return f"{self.chain}: {self.problem}" if self.seq is None else f"{self.chain} #{self.seq}: {self.problem}"


@dataclass
class Proof:
    entries: int = 0
    chains: int = 0
    days: int = 0


def verify(*, chain: str | None = None, outside: dict[date, str] | None = None) -> Proof:
    """Recompute everything, or one chain, and return what was proved. Raises Break at the first thing that is wrong.

    `outside`: roots by day as somebody outside this system kept them.

    Memory does not grow with the record: it is read in pages by key. Entries that arrive meanwhile do no harm, as the
    roots are read first and a sealed day takes no more entries.
    """
    roots = {} if chain is not None else {root.day: root for root in DailyRoot.objects.order_by("day")}
    proof, days, heads, previous = Proof(days=len(roots)), {}, {}, None
    for row in _rows(chain):
        if previous is None or row[0] != previous[0]:
            _close_chain(days, heads, previous)
            previous, heads = None, {}
            proof.chains += 1
        _check_entry(row, previous)
        _count_for_day(heads, row)
        proof.entries += 1
        previous = row
    _close_chain(days, heads, previous)
    if chain is None:
        _check_roots(roots, days)
        _check_outside(outside or {}, roots)
    return proof


def _check_outside(outside: dict[date, str], roots: dict[date, DailyRoot]) -> None:
    for day, kept in sorted(outside.items()):
        if day not in roots:
            raise Break(f"day {day.isoformat()}", None, "a root is kept outside, here it is missing")
        if roots[day].root != kept:
            raise Break(f"day {day.isoformat()}", None, "its root is not the one that is kept outside")


def _rows(chain: str | None) -> Iterator[tuple]:
    """Every entry in order of chain and seq: the values that are hashed, then the stored hash."""
    key = ("", 0) if chain is None else (chain, 0)
    where = "(chain, seq) > (%s, %s)" if chain is None else "chain = %s AND seq > %s"
    with connection.cursor() as cursor:
        while True:
            cursor.execute(PAGE_SQL.replace("%s", where, 1), key)
            page = cursor.fetchall()
            yield from page
            if len(page) < PAGE:
                return
            key = page[-1][:2]


def _check_entry(row: tuple, previous: tuple | None) -> None:
    expected, link = (previous[1] + 1, previous[-1]) if previous else (1, GENESIS)
    chain, seq = row[:2]
    if seq != expected:
        raise Break(chain, expected, f"entry is missing, the next one is #{seq}")
    if row[-2] != link:
        raise Break(chain, seq, "does not carry the hash of the entry before it")
    if row[-1] != entry_hash(row[:-1]):
        raise Break(chain, seq, "content was changed, its hash does not fit")


def _count_for_day(heads: dict, row: tuple) -> None:
    """Keep, for each day on which this chain changed, its last entry and how many there were."""
    day = (row[3] + HANOI_MICROSECONDS) // DAY_MICROSECONDS
    heads[day] = (row[1], row[-1], heads[day][2] + 1 if day in heads else 1)


def _close_chain(days: dict, heads: dict, last: tuple | None) -> None:
    for day, (seq, head, count) in heads.items():
        total = days.setdefault(day, [MerkleTree(), 0, 0])
        total[0].add(last[0], seq, head)
        total[1] += 1
        total[2] += count


def _check_roots(roots: dict[date, DailyRoot], days: dict) -> None:
    found = {EPOCH + timedelta(days=number): total for number, total in days.items()}
    link = GENESIS
    for day in sorted(roots.keys() | {day for day in found if roots and day <= max(roots)}):
        name, root = f"day {day.isoformat()}", roots.get(day)
        tree, chains, entries = found.get(day, (MerkleTree(), 0, 0))
        if root is None:
            raise Break(name, None, f"{entries} entries, but its daily root is missing")
        if root.previous_root != link:
            raise Break(name, None, "does not carry the root of the day before it")
        if (root.entries, root.chains) != (entries, chains):
            raise Break(
                name, None, f"sealed {root.entries} entries in {root.chains} chains, found {entries} in {chains}"
            )
        content = {"entries": entries, "chains": chains, "previous_root": link}
        if root.root != day_root(day=day, tree=tree.root(), **content):
            raise Break(name, None, "its entries do not give its daily root")
        if not is_signed(day=day, root=root.root, key=root.key, signature=root.signature):
            raise Break(name, None, "its daily root does not carry the signature of a key known here")
        link = root.root

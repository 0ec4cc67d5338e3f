"""The daily root: one hash that fixes every chain that changed on a day.

Leaves are (chain, seq, hash) of each chain's last entry of that day in order of chain; the root covers the tree, the
counts and the root before, and is signed. Publish a root anywhere, and nobody can rewrite the days before it unseen.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from audit.canonical import GENESIS, MerkleTree, day_root
from audit.models import AuditEntry, DailyRoot
from audit.signing import sign
from audit.triggers import DAY_LOCK

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
# What rooms above do with a new root, in its transaction; registered in AppConfig.ready() (to send it outside).
after_seal: list[Callable[[DailyRoot], None]] = []
HEADS = """
    SELECT chain, max(seq), (array_agg(hash ORDER BY seq DESC))[1], count(*) FROM audit_auditentry
    WHERE recorded_at >= %s AND recorded_at < %s GROUP BY chain ORDER BY chain
"""


def seal_finished_days(*, at: datetime | None = None) -> list[DailyRoot]:
    """Seal every day in Hanoi that ended before `at`, holds entries and has no root yet; each in its own transaction.

    Stops at a day that a transaction is still writing to: the next run takes it. Safe to run twice at once.
    """
    today = (at or timezone.now()).astimezone(HANOI).date()
    sealed, day = [], _first_open_day()
    while day is not None and day < today:
        root, busy = _seal(day, at or timezone.now())
        if busy:
            break
        if root:
            sealed.append(root)
        day += timedelta(days=1)
    return sealed


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of `day` in Hanoi, and the first moment after it."""
    start = datetime.combine(day, time.min, HANOI)
    return start, start + timedelta(days=1)


def _first_open_day() -> date | None:
    last = DailyRoot.objects.order_by("-day").first()
    if last:
        return last.day + timedelta(days=1)
    first = AuditEntry.objects.order_by("pk").first()
    # The first id may have been given to a transaction that wrote a moment later than the second.
    return first and first.recorded_at.astimezone(HANOI).date() - timedelta(days=1)


@transaction.atomic
def _seal(day: date, at: datetime) -> tuple[DailyRoot | None, bool]:
    """The new root of `day` if it has one, and whether somebody is still writing to that day."""
    with connection.cursor() as cursor:
        # Writers of that day hold the same lock shared until they commit: with it in hand, all of the day is visible.
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [DAY_LOCK, (day - date(2000, 1, 1)).days])
        if not cursor.fetchone()[0]:
            return None, True
        cursor.execute(HEADS, day_bounds(day))
        tree, chains, entries = MerkleTree(), 0, 0
        for chain, seq, head, count in cursor:
            tree.add(chain, seq, head)
            chains, entries = chains + 1, entries + count
    if not chains or DailyRoot.objects.filter(day=day).exists():
        return None, False
    last = DailyRoot.objects.filter(day__lt=day).order_by("-day").first()
    content = {"entries": entries, "chains": chains, "previous_root": last.root if last else GENESIS}
    root = day_root(day=day, tree=tree.root(), **content)
    key, signature = sign(day=day, root=root)
    made = DailyRoot.objects.create(day=day, root=root, sealed_at=at, key=key, signature=signature, **content)
    for handler in after_seal:
        handler(made)
    return made, False

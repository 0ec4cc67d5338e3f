"""How an entry, a tree and a day become hashes. Pure functions: no database, no clock."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date

GENESIS = "0" * 64
# Columns in the order that triggers.PLACE_AND_HASH hashes them; moments are microseconds since 1970.
COLUMNS = (
    "chain, seq, (EXTRACT(EPOCH FROM at) * 1000000)::bigint, (EXTRACT(EPOCH FROM recorded_at) * 1000000)::bigint, "
    "act, actor_id, actor_label, posting_label, subject_type, subject_id, ip, request_id, "
    "before::text, after::text, note, prev_hash"
)
_encode = json.JSONEncoder(ensure_ascii=False).encode  # writes a flat list exactly as PostgreSQL writes jsonb


def entry_hash(values: Sequence) -> str:
    """The hash of one entry, from its values in the order of COLUMNS."""
    return hashlib.sha256(_encode(values).encode()).hexdigest()


def day_root(*, day: date, tree: str, entries: int, chains: int, previous_root: str) -> str:
    """The root of a day: its tree, its counts and the root before it, so that no day can be taken out."""
    return hashlib.sha256(_encode([day.isoformat(), tree, entries, chains, previous_root]).encode()).hexdigest()


class MerkleTree:
    """A Merkle tree that takes leaves one by one and keeps only one hash a level (RFC 6962's two prefixes)."""

    def __init__(self):
        self._peaks: list[tuple[int, bytes]] = []

    def add(self, chain: str, seq: int, head: str) -> None:
        level, node = 0, hashlib.sha256(b"\x00" + _encode([chain, seq, head]).encode()).digest()
        while self._peaks and self._peaks[-1][0] == level:
            node = self._join(self._peaks.pop()[1], node)
            level += 1
        self._peaks.append((level, node))

    def root(self) -> str:
        """The root over the leaves so far; of no leaf, the hash of nothing."""
        if not self._peaks:
            return hashlib.sha256(b"").hexdigest()
        node = self._peaks[-1][1]
        for _level, left in reversed(self._peaks[:-1]):
            node = self._join(left, node)
        return node.hex()

    @staticmethod
    def _join(left: bytes, right: bytes) -> bytes:
        return hashlib.sha256(b"\x01" + left + right).digest()

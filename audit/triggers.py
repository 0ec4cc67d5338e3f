"""The rules of the record that hold for raw SQL too: a row finds its own place in its chain, and stays as it is."""

import pgtrigger

from audit.canonical import GENESIS

# Advisory locks of this room: (DAY_LOCK, days since 2000) is shared by whoever writes on that day, see sealing.py.
DAY_LOCK = 766
# What the hash covers, in this order. canonical.py says the same in Python; a test holds the two against each other.
PLACE_AND_HASH = f"""
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.chain, {DAY_LOCK}));
    NEW.recorded_at := clock_timestamp();
    PERFORM pg_advisory_xact_lock_shared(
        {DAY_LOCK}, (NEW.recorded_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date - DATE '2000-01-01');
    SELECT seq, hash INTO head FROM audit_auditentry WHERE chain = NEW.chain ORDER BY seq DESC LIMIT 1;
    NEW.seq := COALESCE(head.seq, 0) + 1;
    NEW.prev_hash := COALESCE(head.hash, '{GENESIS}');
    NEW.hash := encode(sha256(convert_to(jsonb_build_array(
        NEW.chain, NEW.seq, (EXTRACT(EPOCH FROM NEW.at) * 1000000)::bigint,
        (EXTRACT(EPOCH FROM NEW.recorded_at) * 1000000)::bigint,
        NEW.act, NEW.actor_id, NEW.actor_label, NEW.posting_label, NEW.subject_type, NEW.subject_id,
        NEW.ip, NEW.request_id, NEW.before::text, NEW.after::text, NEW.note, NEW.prev_hash
    )::text, 'UTF8')), 'hex');
    RETURN NEW;
"""


class ChainEntry(pgtrigger.Trigger):
    """Before an insert: wait for this chain only, read its head, set seq, prev_hash and hash.

    It runs in a function, so that the head is read after the wait, with a fresh snapshot: a single INSERT … SELECT
    would still see the head from before it. Chains never wait for each other.
    """

    when = pgtrigger.Before
    operation = pgtrigger.Insert
    declare = [("head", "RECORD")]
    func = PLACE_AND_HASH


class Refuse(pgtrigger.Trigger):
    """Refuse the statement, even one that touches no row."""

    when = pgtrigger.Before
    level = pgtrigger.Statement
    func = "RAISE EXCEPTION 'audit: % on % is not allowed, the record is append-only', TG_OP, TG_TABLE_NAME;"


def no_change() -> Refuse:
    return Refuse(name="no_change", operation=pgtrigger.Update | pgtrigger.Delete)


def no_truncate() -> Refuse:
    return Refuse(name="no_truncate", operation=pgtrigger.Truncate)

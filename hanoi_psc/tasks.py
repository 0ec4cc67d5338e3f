"""Signs of life: beat says when it last asked for work, a worker when it last did any. `health` reads both.

They are kept in Valkey, because a worker that cannot reach it cannot work either.
"""

import time

from celery import shared_task, signals
from django.core.cache import cache

KEPT_SECONDS = 24 * 3600
HEARTBEAT = "hanoi_psc.tasks.heartbeat"


def mark_seen(part):
    """Remember that `part` ("beat" or "worker") is alive now."""
    cache.set(f"seen:{part}", int(time.time()), KEPT_SECONDS)


def seen_seconds_ago(part):
    """Return for how many seconds `part` has not been seen, or None when it never was (in the last day)."""
    moment = cache.get(f"seen:{part}")
    return None if moment is None else max(0, int(time.time()) - moment)


@shared_task(name=HEARTBEAT)
def heartbeat():
    mark_seen("worker")


@signals.before_task_publish.connect
def beat_is_alive(sender=None, **kwargs):
    # Only beat sends the heartbeat, so sending it proves beat even while no worker takes it.
    if sender == HEARTBEAT:
        mark_seen("beat")


@signals.heartbeat_sent.connect
def worker_is_alive(sender=None, **kwargs):
    # A worker beats every few seconds by itself: it is seen while beat is away.
    mark_seen("worker")


@signals.beat_init.connect
def beat_has_started(**kwargs):
    mark_seen("beat")  # its first heartbeat is one interval away

"""Waking the sender early. It may fail: the beat calls it every 15 seconds anyway."""

import logging
import threading
import time

logger = logging.getLogger(__name__)
PAUSE = 1.0  # seconds between two knocks of one process: one run sends all that is due
_knocking = threading.Lock()
_last = 0.0


def wake() -> None:
    """Ask a worker to send now. Returns at once and never raises, whether or not there is a broker.

    Hand it to `transaction.on_commit`. The knock itself is made by a thread of its own, since a broker that is away can
    hold a connection for seconds; while one knock waits, others are not needed.
    """
    global _last
    moment = time.monotonic()
    if moment - _last < PAUSE or not _knocking.acquire(blocking=False):
        return
    _last = moment
    try:
        threading.Thread(target=_knock, name="wake-sender", daemon=True).start()
    except RuntimeError:  # no thread to be had: the beat will do
        _knocking.release()


def _knock() -> None:
    from notifications.tasks import send_due

    try:
        send_due.apply_async(retry=False, expires=60)
    except Exception as error:
        logger.warning("the broker is away, messages wait for the beat: %s", type(error).__name__)
    finally:
        _knocking.release()

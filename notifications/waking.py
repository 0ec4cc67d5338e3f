"""Waking the sender early. It may fail: the beat calls it every 15 seconds anyway."""

import time

from worktime.waking import knock

PAUSE = 1.0  # seconds between two knocks of one process: one run sends all that is due
_last = 0.0


def wake() -> None:
    """Ask a worker to send now; see `knock`. Hand it to `transaction.on_commit`."""
    global _last
    moment = time.monotonic()
    if moment - _last >= PAUSE:
        from notifications.tasks import send_due

        _last = moment
        knock(send_due)

"""Waking a worker early, from inside a request. It may fail: whatever is due is a row, and the sweep finds it."""

import logging
import os
import queue
import threading

logger = logging.getLogger(__name__)
_LIMIT = 1000
_state: dict[str, object] = {"pid": None, "queue": None}
_lock = threading.Lock()


def knock(task, *args) -> None:
    """Ask a worker to run `task` now. Returns at once and never raises, whether or not there is a broker.

    Hand it to `transaction.on_commit`. One thread of the process does the knocking, since a broker that is away can
    hold a connection for seconds; when too many wait, further knocks are dropped.
    """
    try:
        _queue().put_nowait((task, args))
    except queue.Full:
        pass
    except RuntimeError:  # no thread to be had: the sweep will do
        logger.warning("cannot start the waking thread")


def _queue() -> queue.Queue:
    with _lock:
        if _state["pid"] != os.getpid():  # also after a fork: threads do not survive one
            _state["queue"] = queue.Queue(_LIMIT)
            threading.Thread(target=_work, args=(_state["queue"],), name="waking", daemon=True).start()
            _state["pid"] = os.getpid()
        return _state["queue"]


def _work(waiting: queue.Queue) -> None:
    while True:
        task, args = waiting.get()
        try:
            task.apply_async(args=args, retry=False, expires=60)
        except Exception as error:
            logger.warning("the broker is away, %s waits for the sweep: %s", task.name, type(error).__name__)

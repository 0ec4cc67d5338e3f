"""A cache that may be away: it costs speed then, never a page."""

import functools
import logging
import threading
import time

from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 0.3
PAUSE_SECONDS = 2.0


class Breaker:
    """Remembers for a short while that a server does not answer, so that not every request has to wait to learn it."""

    def __init__(self):
        self.closed_until = 0.0
        self.lock = threading.Lock()

    def is_open(self):
        return time.monotonic() < self.closed_until

    def trip(self, error):
        with self.lock:
            first = not self.is_open()
            self.closed_until = time.monotonic() + PAUSE_SECONDS
        if first:
            logger.warning("cache is away: %s", type(error).__name__)


# Django makes one cache object a thread; the knowledge that the server is away belongs to the process.
breakers: dict[str, Breaker] = {}


def tolerant(name, otherwise):
    """Return RedisCache's method `name`, answering `otherwise(*args, **kwargs)` while the server is away."""
    method = getattr(RedisCache, name)

    @functools.wraps(method)
    def call(self, *args, **kwargs):
        if self.breaker.is_open():
            return otherwise(*args, **kwargs)
        try:
            return method(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            self.breaker.trip(error)
            return otherwise(*args, **kwargs)

    return call


def missing_key(key, *args, **kwargs):
    # What incr() of any Django cache does about a key that it does not hold.
    raise ValueError(f"Key {key!r} not found.")


class TolerantRedisCache(RedisCache):
    """RedisCache that answers like an empty cache while its server is away.

    `get` gives the default, `get_many` an empty dict, `add`, `touch`, `delete` and `has_key` False, `set` does nothing,
    `incr` says ValueError as for any missing key. A failure takes at most TIMEOUT_SECONDS and is not tried again for
    PAUSE_SECONDS.
    """

    def __init__(self, server, params):
        options = {
            "socket_timeout": TIMEOUT_SECONDS,
            "socket_connect_timeout": TIMEOUT_SECONDS,
            "retry": Retry(NoBackoff(), 1),  # once: a kept connection may be older than the server's last restart
            **params.get("OPTIONS", {}),
        }
        super().__init__(server, {**params, "OPTIONS": options})
        self.breaker = breakers.setdefault(str(server), Breaker())

    add = tolerant("add", lambda *args, **kwargs: False)
    get = tolerant("get", lambda key, default=None, version=None: default)
    set = tolerant("set", lambda *args, **kwargs: None)
    touch = tolerant("touch", lambda *args, **kwargs: False)
    delete = tolerant("delete", lambda *args, **kwargs: False)
    get_many = tolerant("get_many", lambda *args, **kwargs: {})
    has_key = tolerant("has_key", lambda *args, **kwargs: False)
    incr = tolerant("incr", missing_key)
    set_many = tolerant("set_many", lambda data, *args, **kwargs: list(data))
    delete_many = tolerant("delete_many", lambda *args, **kwargs: None)

    def clear(self):
        """Forget the cache's own keys only: the broker's queues live in the same database."""
        if self.breaker.is_open():
            return False
        try:
            client = self._cache.get_client(None, write=True)
            for key in client.scan_iter(match=f"{self.key_prefix}:*", count=1000):
                client.delete(key)
            return True
        except (RedisError, OSError) as error:
            self.breaker.trip(error)
            return False

"""Health checks of the containers, where no curl is installed; exit 0 when all is well.

`python -m hanoi_psc.probe http://…` asks whether the address answers 200; `python -m hanoi_psc.probe seen:worker` (or
seen:beat) asks Valkey for the sign of life that `tasks.mark_seen` leaves there. Django is not loaded: a check every few
seconds must cost little.
"""

import os
import sys
import time
import urllib.request

SEEN_LIMIT = 60
KEY = "psc:1:{}"  # as Django's cache writes it: KEY_PREFIX, version, key


def answers_200(url, timeout=4):
    """Return whether `url` says 200 to a request that seems to come by HTTPS to the portal's public name."""
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip(" .*") or "localhost"
    request = urllib.request.Request(url, headers={"Host": host, "X-Forwarded-Proto": "https"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return response.status == 200
    except OSError:  # URLError and HTTPError are OSErrors
        return False


def seen_lately(key):
    """Return whether the part behind `key` left a sign of life in the last SEEN_LIMIT seconds."""
    from redis import Redis, RedisError

    try:
        client = Redis.from_url(os.environ["REDIS_URL"], socket_timeout=3, socket_connect_timeout=3)
        return time.time() - int(client.get(KEY.format(key)) or 0) < SEEN_LIMIT
    except (RedisError, OSError):
        return False


if __name__ == "__main__":
    target = sys.argv[1]
    sys.exit(0 if (seen_lately if target.startswith("seen:") else answers_200)(target) else 1)

"""GET /healthz: is every part of the portal there, and does the work get done? One JSON object, 200 or 503.

Each check runs in a thread of its own with a time limit, so a part that hangs is reported like one that is dead and the
answer always comes within LIMIT_SECONDS. A check returns a number or text worth seeing, or raises Sick with the reason.
"""

import threading
import time

from django.conf import settings
from django.db import connection, connections, transaction
from django.db.models import Min
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from hanoi_psc.tasks import seen_seconds_ago
from notifications.models import Message
from worktime import now
from worktime.models import Clock

LIMIT_SECONDS = 3.0
SEEN_LIMIT = 60  # beat asks for a heartbeat every 15 s
CLOCK_LIMIT = 120  # the sweep runs every 15 s; more than that and deadlines go unwatched
MESSAGE_LIMIT = 300  # counted from its next attempt: a message that waits for its retry is not late


class Sick(Exception):
    """A part of the portal that does not do its work; the message says how we know."""


def database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def broker():
    client = Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))
    try:
        client.ping()
    finally:
        client.close()


def seen(part):
    seconds = seen_seconds_ago(part)
    if seconds is None or seconds > SEEN_LIMIT:
        raise Sick("not seen" if seconds is None else f"not seen for {seconds} s")
    return seconds


def worker():
    return seen("worker")


def beat():
    return seen("beat")


def waiting(rows, field, limit, what):
    """Return for how many seconds the oldest of `rows` has waited by `field`; Sick when longer than `limit`."""
    oldest = rows.aggregate(oldest=Min(field))["oldest"]
    seconds = 0 if oldest is None else max(0, int((now() - oldest).total_seconds()))
    if seconds > limit:
        raise Sick(f"{what} has waited for {seconds} s")
    return seconds


def oldest_due_clock():
    return waiting(Clock.objects.due(now()), "next_fire_at", CLOCK_LIMIT, "a due clock")


def oldest_unsent_message():
    return waiting(Message.objects.filter(status=Message.PENDING), "next_attempt_at", MESSAGE_LIMIT, "a message")


ON_DATABASE = (database, oldest_due_clock, oldest_unsent_message)
CHECKS = {check.__name__: check for check in (*ON_DATABASE, broker, worker, beat)}
at_work: dict[str, threading.Thread] = {}


def run_check(name, results):
    started = time.monotonic()
    try:
        check = CHECKS[name]
        result = {"ok": True, "value": within_limit(check) if check in ON_DATABASE else check()}
    except Sick as error:
        result = {"ok": False, "error": str(error)}
    except Exception as error:
        # Whatever it is, it means that the part is not well; its type says enough without addresses or data.
        result = {"ok": False, "error": type(error).__name__}
    finally:
        connections.close_all()
    results[name] = result | {"ms": round((time.monotonic() - started) * 1000)}


def within_limit(check):
    """Run a check that reads the database with a time limit of its own, which PgBouncer's next client never sees."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '2s'")
        return check()


def run_checks():
    """Return {name: {"ok", "value" or "error", "ms"}} of all checks, within LIMIT_SECONDS."""
    results = {}
    for name in CHECKS:
        if name in at_work and at_work[name].is_alive():
            continue  # the last one still hangs: do not pile up threads behind a dead part
        at_work[name] = threading.Thread(target=run_check, args=(name, results), daemon=True)
        at_work[name].start()
    deadline = time.monotonic() + LIMIT_SECONDS
    for name in CHECKS:
        at_work[name].join(max(0, deadline - time.monotonic()))
    timed_out = {"ok": False, "error": f"no answer within {LIMIT_SECONDS:g} s"}
    return {name: results.get(name, timed_out) for name in CHECKS}


@never_cache
@require_safe
def healthz(request):
    """Answer 200 when every check is well, else 503; `failed` names the parts that are not."""
    results = run_checks()
    failed = [name for name, result in results.items() if not result["ok"]]
    body = {"status": "failing" if failed else "ok", "failed": failed, "checks": results}
    return JsonResponse(body, status=503 if failed else 200)


@never_cache
@require_safe
def alive(request):
    """Answer 200 as long as the web process answers at all; for whoever restarts it when it does not."""
    return HttpResponse("alive\n", content_type="text/plain")

"""Growing waits after wrong passwords and codes, by account, address and device.

Counted in the database, in one statement a key: of fifty tries at once, as many pass as the rule says, and the counts
do not vanish with the cache. Nobody is locked out for ever: a wait has a ceiling, a try made while waiting does not
lengthen it, and a device from which the account was entered before has a count of its own, which no stranger uses up.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import ngettext

from accounts.models import Attempt, KnownDevice, User
from accounts.sessions import DEVICE_COOKIE
from keys.ring import blind
from worktime import now


@dataclass(frozen=True)
class Rule:
    """`free` tries; then a wait of `first`, doubled by every further try up to `ceiling`. Forgotten after `keep`."""

    free: int
    first: timedelta
    ceiling: timedelta
    keep: timedelta


ONE = Rule(5, timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=24))
# An address may be an office of two hundred people, or one machine that tries out the whole demo.
MANY = Rule(40 * max(settings.RATE_FACTOR, 1), timedelta(seconds=15), timedelta(minutes=5), timedelta(hours=1))
# A text message costs money, and too many of them are an attack on whoever gets them.
SENT = Rule(3, timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=6))
RULES = {
    "password": {"account": ONE, "device": ONE, "address": MANY},
    "code": {"account": ONE, "device": ONE, "address": MANY},
    "send": {"account": SENT, "device": SENT, "address": MANY},
}

PAST = timedelta(minutes=1)


class TooSoon(ValidationError):
    """This account, address or device has to wait. In a form it is the sentence beside the field."""

    def __init__(self, seconds: int):
        self.seconds = seconds
        if seconds < 60:
            said = ngettext("Thử quá nhiều lần. Xin chờ %(n)s giây.", "Thử quá nhiều lần. Xin chờ %(n)s giây.", seconds)
            super().__init__(said, code="too_soon", params={"n": seconds})
        else:
            minutes = -(-seconds // 60)
            said = ngettext("Thử quá nhiều lần. Xin chờ %(n)s phút.", "Thử quá nhiều lần. Xin chờ %(n)s phút.", minutes)
            super().__init__(said, code="too_soon", params={"n": minutes})


@dataclass(frozen=True)
class Taken:
    """One counted try: under which keys, and when."""

    keys: tuple[str, ...] = ()
    at: datetime | None = None


def take(request: HttpRequest, *, what: str, name: str, user: User | None) -> Taken:
    """Count one try of `what` (a key of RULES) for the account that goes by `name`; raises TooSoon.

    `user` is whom the name belongs to, if anybody. What comes back is given back when the try was right.
    """
    taken = Taken(at=now())
    for kind, text in _sources(request, name, user):
        key = blind(f"attempt {what} {kind}", text)
        seconds = _count(key, RULES[what][kind], taken.at)
        if seconds:
            give_back(taken)
            raise TooSoon(seconds)
        taken = replace(taken, keys=(*taken.keys, key))
    return taken


def give_back(taken: Taken) -> None:
    """Uncount a try that was right. What was tried in vain stays counted: a success among guesses frees none."""
    if taken.keys:
        with connection.cursor() as cursor:
            cursor.execute(GIVE_BACK, {"keys": list(taken.keys), "at": taken.at, "past": taken.at - PAST})


def forget_old() -> int:
    """Delete counts that no rule looks at any more. Returns how many."""
    oldest = max(rule.keep for rules in RULES.values() for rule in rules.values())
    return Attempt.objects.filter(tried_at__lt=now() - oldest).delete()[0]


def _sources(request: HttpRequest, name: str, user: User | None) -> list[tuple[str, str]]:
    if user is not None and is_known_device(request, user):
        return [("device", f"{user.pk}:{_cookie(request)}")]
    # One account has several names (telephone, e-mail, user name), and one count.
    account = f"user:{user.pk}" if user is not None else f"name:{name.casefold()}"
    return [("address", request.META.get("REMOTE_ADDR", "")), ("account", account)]


# A try that has not to wait leaves a moment well past: of two at once, one's clock is a little behind the other's.
COUNT = """
INSERT INTO accounts_attempt AS a (key, count, tried_at, next_at) VALUES (%(key)s, 1, %(now)s, %(past)s)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN a.tried_at < %(forgotten)s THEN 1 ELSE a.count + 1 END, tried_at = %(now)s,
    next_at = CASE WHEN a.tried_at < %(forgotten)s OR a.count + 1 < %(free)s THEN %(past)s
        ELSE %(now)s + least(%(first)s * power(2, least(a.count + 1 - %(free)s, 20)), %(ceiling)s) END
WHERE a.next_at <= %(now)s
RETURNING count
"""
GIVE_BACK = """
UPDATE accounts_attempt SET count = greatest(count - 1, 0),
    next_at = CASE WHEN tried_at = %(at)s THEN %(past)s ELSE next_at END
WHERE key = ANY(%(keys)s)
"""


def _count(key: str, rule: Rule, at: datetime) -> int:
    """Count one try; 0 when it may be made, else the seconds to wait (and then it is not counted)."""
    values = {"key": key, "now": at, "past": at - PAST, "forgotten": at - rule.keep, "free": rule.free}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, values | {"first": rule.first, "ceiling": rule.ceiling})
        if cursor.fetchone():
            return 0
    next_at = Attempt.objects.values_list("next_at", flat=True).filter(pk=key).first() or at
    return max(1, round((next_at - at).total_seconds()))


def is_known_device(request: HttpRequest, user: User) -> bool:
    """Whether this browser entered the account before (accounts.sessions gives it the cookie)."""
    cookie = _cookie(request)
    digest = hashlib.sha256(cookie.encode()).hexdigest()
    return bool(cookie) and KnownDevice.objects.filter(user=user, digest=digest).exists()


def _cookie(request: HttpRequest) -> str:
    return request.COOKIES.get(DEVICE_COOKIE, "")[:64]

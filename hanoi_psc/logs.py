"""Logs: one JSON object a line, each with the id of the request that caused it, none with personal data.

The id is born in `middleware.RequestIdMiddleware`, follows a task through the broker in a message header, and is on
every line that the task's own code writes. A task that no request caused carries its own task id.
"""

import contextvars
import logging
import re

from celery import signals
from pythonjsonlogger.json import JsonFormatter

NO_REQUEST = "-"
HEADER = "request_id"
request_id = contextvars.ContextVar("request_id", default=NO_REQUEST)

# What a stray exception text could say about a person: identity and phone numbers, e-mail addresses, and the row
# that PostgreSQL quotes under DETAIL or CONTEXT when a constraint refuses it.
PERSONAL = (
    (re.compile(r"(?m)^(DETAIL|CONTEXT|PARAMETERS):.*$"), r"\1: (removed)"),
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "(e-mail)"),
    (re.compile(r"(?<![\w.-])\+?\d{9,15}(?![\w-])"), "(number)"),
)


def scrub(text):
    """Return `text` without identity numbers, phone numbers, e-mail addresses and quoted rows."""
    for pattern, instead in PERSONAL:
        text = pattern.sub(instead, text)
    return text


class RequestIdFilter(logging.Filter):
    """Give every record a `request_id`: of the request it speaks about, else of the work at hand."""

    def filter(self, record):
        about = getattr(record, "request", None)  # Django logs a failed answer after the middleware has finished
        record.request_id = getattr(about, "id", None) or request_id.get()
        return True


class PortalFormatter(JsonFormatter):
    """JSON lines whose message and traceback went through `scrub`; Vietnamese letters stay letters.

    What Django and Celery attach (the request object, a task's arguments and the exception again) is left out.
    """

    ATTACHED = frozenset({"request", "data"})

    def __init__(self, *args, **kwargs):
        super().__init__(*args, json_ensure_ascii=False, **kwargs)

    def process_log_record(self, log_data):
        kept = ((key, value) for key, value in log_data.items() if key not in self.ATTACHED)
        return {key: scrub(value) if isinstance(value, str) else value for key, value in kept}


@signals.before_task_publish.connect
def send_request_id(headers=None, **kwargs):
    """Put the id of the request at work into the message's headers."""
    if headers is not None and request_id.get() != NO_REQUEST:
        headers.setdefault(HEADER, request_id.get())


@signals.task_prerun.connect
def take_request_id(task_id=None, task=None, **kwargs):
    """Work under the id that came with the message."""
    # A message's headers become attributes of the task's request; apply() in this very process keeps them as a dict.
    given = getattr(task.request, HEADER, None) or (task.request.headers or {}).get(HEADER)
    request_id.set(given or task_id or NO_REQUEST)


@signals.task_postrun.connect
def drop_request_id(**kwargs):
    request_id.set(NO_REQUEST)

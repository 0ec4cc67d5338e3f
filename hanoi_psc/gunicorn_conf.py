"""How gunicorn serves the portal, under `manage.py up` and in the container alike. WEB_* variables tune it."""

import gc
import os

from hanoi_psc.settings import LOGGING

wsgi_app = "hanoi_psc.wsgi:application"
bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# A waiting query holds a thread, not a process; a caller that sends too slowly is let go.
worker_class = "hanoi_psc.serving.PatientWorker"
limit_request_line = 8190  # a page of a list with all its filters
limit_request_fields = 60
limit_request_field_size = 8190
preload_app = True  # the workers share the code's memory with their master
max_requests = 5000
max_requests_jitter = 500
timeout = 60
graceful_timeout = 20
keepalive = 5
control_socket_disable = True
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
accesslog = None  # RequestIdMiddleware logs each request by its route; an address may hold a person's search
gunicorn_loggers = {"gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True}}
logconfig_dict = LOGGING | {"loggers": LOGGING["loggers"] | gunicorn_loggers}


def when_ready(server):
    """Keep the collector away from what is loaded by now: touching it would copy the shared pages."""
    gc.collect()
    gc.freeze()

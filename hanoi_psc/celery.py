"""The Celery application. Tasks carry ids only; every deadline is a row (see worktime), never a broker ETA."""

import logging
import os
import time

from celery import Celery
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hanoi_psc.settings")
logger = logging.getLogger(__name__)
PAUSE_SECONDS = 5.0


class PortalCelery(Celery):
    """Celery whose publishing may fail without harm.

    A message only wakes a worker early: the sweep finds whatever was missed. So while the broker is away, `delay()`
    and `apply_async()` return None at once and no act of a citizen or a clerk fails or waits for it.
    """

    away_until = 0.0

    def send_task(self, name, *args, **kwargs):
        if time.monotonic() < self.away_until:
            return None
        try:
            return super().send_task(name, *args, **kwargs)
        except (OperationalError, OSError) as error:
            self.away_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("broker is away, %s was not sent: %s", name, type(error).__name__)
            return None


app = PortalCelery("hanoi_psc")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

from celery import shared_task

from audit.checking import ask, run_next
from audit.sealing import seal_finished_days
from audit.services import SYSTEM


@shared_task
def seal_days():
    """Seal the days that have ended, and have the record checked then; Celery beat calls it every hour."""
    if seal_finished_days():
        ask(actor=SYSTEM)


@shared_task(time_limit=7200)
def check_record():
    """Run the check that somebody asked for; Celery beat calls it every minute."""
    run_next()

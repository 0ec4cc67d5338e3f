from celery import shared_task

from audit.sealing import seal_finished_days


@shared_task
def seal_days():
    """Seal the days that have ended; Celery beat calls it every hour."""
    seal_finished_days()

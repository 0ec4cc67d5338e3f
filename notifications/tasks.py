from celery import shared_task

from notifications import sending


@shared_task
def send_due():
    """Send what is due; Celery beat calls it every 15 seconds, `waking.wake` sooner."""
    sending.send_due()

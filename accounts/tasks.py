"""Work outside the request."""

from celery import shared_task

from accounts import waits


@shared_task
def forget_attempts() -> int:
    return waits.forget_old()

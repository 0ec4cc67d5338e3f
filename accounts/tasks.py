"""Work outside the request."""

from celery import shared_task

from accounts import numbers, waits


@shared_task
def forget_attempts() -> int:
    return waits.forget_old()


@shared_task
def forget_unfinished() -> int:
    return numbers.forget_unfinished()

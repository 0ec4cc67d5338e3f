from celery import shared_task

from worktime.clocks import sweep


@shared_task
def sweep_clocks() -> None:
    """Beat sends this every 15 s; the time limit keeps one sweep from running into the next."""
    sweep(max_seconds=12)

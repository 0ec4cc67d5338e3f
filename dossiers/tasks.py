from celery import shared_task

from dossiers import storage
from dossiers.services import assignment, reception


@shared_task
def hand_over(dossier_id: int) -> None:
    """Sent after reception; the dossier's clock does the same if this never arrives."""
    reception.hand_over_by_system(dossier_id)


@shared_task
def reassign_absent() -> None:
    """Beat sends this every ten minutes: dossiers of people who are away or no longer posted go to those at work."""
    assignment.reassign_absent()


@shared_task
def sweep_files() -> None:
    """Beat sends this every hour: uploads that no dossier has taken for a week are forgotten."""
    storage.sweep_unused()

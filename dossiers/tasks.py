from celery import shared_task

from dossiers import file_links, scanning, sealed, storage
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
    """Beat sends this every hour: uploads that no dossier has taken for a week are forgotten, and links that ran out;
    files under old keys, or from before files were sealed, are sealed again."""
    storage.sweep_unused()
    file_links.forget_spent()
    sealed.reseal(500)


@shared_task
def scan_files() -> None:
    """Beat sends this every five minutes: files that were taken while there was no scanner are scanned."""
    scanning.scan_waiting()

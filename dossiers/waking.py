"""Waking a worker for a dossier. It may fail: the dossier's clock makes sure of it anyway."""

from worktime.waking import knock


def hand_over(dossier_id: int) -> None:
    """Ask a worker to hand the dossier over to its unit now."""
    from dossiers.tasks import hand_over as task

    knock(task, dossier_id)

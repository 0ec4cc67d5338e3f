"""What stands on a version in the rooms above: they register here, so that the catalogue can ask before it changes one.

A draft that is tried has scratch dossiers (see studio.trying), which this floor does not know.
"""

from collections import Counter
from collections.abc import Callable

from procedures.models import ProcedureVersion

counters: list[Callable[[ProcedureVersion], dict[str, int]]] = []
clearers: list[Callable[[ProcedureVersion], int]] = []


def standing_on(version: ProcedureVersion) -> dict[str, int]:
    """Step → how many trials stand on it: whoever renames or removes such a step is told so."""
    found: Counter[str] = Counter()
    for count in counters:
        found.update(count(version))
    return dict(found)


def clear_away(version: ProcedureVersion) -> int:
    """Delete the trials of a version that is about to be deleted, in the caller's transaction. Returns how many."""
    return sum(clear(version) for clear in clearers)

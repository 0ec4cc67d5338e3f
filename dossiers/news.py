"""What a citizen is told on a draft: that its procedure changed, and in what; that it is stopped, or taken no more."""

from dataclasses import dataclass

from dossiers.door import door_of, retired_words
from dossiers.models import Dossier
from procedures.comparing import Change, compare
from procedures.spec import Spec
from procedures.versions import read
from procedures.words import spoken

MOST = 8
_PARTS = ("form", "documents", "fees")
_HEAD = ("time_amount", "time_unit", "channels", "returns", "result", "any_branch", "audience")
# What an admin set that no citizen sees or is asked.
_UNSEEN = ("example", "source", "privacy", "seen_by", "group", "group_version", "assumed", "decimals", "pattern")


@dataclass(frozen=True)
class News:
    """`stopped`: why the draft cannot be submitted now. `changes`: sentences; `more`: how many are not said."""

    stopped: str
    changes: list[str]
    more: int
    changed: bool


def news_of(draft: Dossier) -> News | None:
    """The news of a draft, or None; one query, and one a version that was not read before."""
    door = door_of(pk=draft.procedure_id)
    stopped = "" if draft.is_scratch else retired_words() if door.is_retired else door.stopped
    if not stopped and draft.moved_from_id is None:
        return None
    said = changes_for_citizens(read(draft.moved_from_id), read(draft.version_id)) if draft.moved_from_id else []
    return News(stopped, said[:MOST], max(len(said) - MOST, 0), draft.moved_from_id is not None)


def changes_for_citizens(old: Spec, new: Spec) -> list[str]:
    """What is different for whoever files, in sentences and in the reader's language."""
    changes = compare(spoken(old), spoken(new)).changes
    return [change.sentence for change in changes if _concerns(change)]


def _concerns(change: Change) -> bool:
    if change.part == "head":
        return change.attribute in _HEAD
    return change.part in _PARTS and change.attribute not in _UNSEEN and change.what != "moved"

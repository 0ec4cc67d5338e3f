"""What a citizen is told on a draft: that its procedure changed, and in what; that it is stopped, or taken no more."""

from dataclasses import dataclass

from dossiers.door import door_of, retired_words
from dossiers.models import Dossier
from dossiers.services.versioning import kept_answers
from procedures.answers import clean_answers
from procedures.comparing import Change, compare
from procedures.versions import read
from procedures.words import spoken

MOST = 8
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
    said = changes_of(draft) if draft.moved_from_id else []
    return News(stopped, said[:MOST], max(len(said) - MOST, 0), draft.moved_from_id is not None)


def changes_of(draft: Dossier) -> list[str]:
    """What is different for this person, in sentences and in their language: not the questions of other cases."""
    old, new = spoken(read(draft.moved_from_id)), spoken(read(draft.version_id))
    answers = clean_answers(new, kept_answers(new, draft.answers), partial=True)[0]
    asked = {f.key for section in new.sections for f in new.asked(section, answers)}
    papers = {d.key for d in new.asks(answers)}
    return [change.sentence for change in compare(old, new).changes if _concerns(change, asked, papers)]


def _concerns(change: Change, asked: set[str], papers: set[str]) -> bool:
    if change.part == "head":
        return change.attribute in _HEAD
    if change.attribute in _UNSEEN or change.what == "moved":
        return False
    if change.part == "form":
        question = change.key.partition(".")[0]
        return not change.key.endswith("/") and (change.what == "removed" or question in asked)
    return change.part == "fees" or (change.part == "documents" and (change.what == "removed" or change.key in papers))

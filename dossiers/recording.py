"""One act, one entry in the dossier's own chain: what it was before and after, in short."""

from dataclasses import dataclass, field
from datetime import datetime

from audit.services import Actor, record
from branches.selectors import Duties
from dossiers.models import Dossier

_WATCHED = (
    "status", "step", "branch_id", "unit_id", "assignee_id", "due_at", "answer_by", "outcome", "return_by",
    "submission",
)  # fmt: skip


def actor_for(user, dossier: Dossier, duties: Duties, *, ip: str = "", request_id: str = "") -> Actor:
    """The actor with the posting that matters for this dossier, as it reads today."""
    posting = next(
        (
            p
            for p in duties.postings
            if (p.branch_id and p.branch_id == dossier.branch_id) or (p.unit_id and p.unit_id == dossier.unit_id)
        ),
        duties.postings[0] if duties.postings else None,
    )
    owner = dossier.owner_id == user.pk
    return Actor(
        user_id=user.pk,
        label=str(user),
        posting_label=posting.label if posting and not owner else "",
        ip=ip,
        request_id=request_id,
    )


@dataclass
class Trail:
    """Takes the dossier's picture before an act and writes the difference after it."""

    dossier: Dossier
    actor: Actor
    before: dict = field(init=False)

    def __post_init__(self):
        self.before = _picture(self.dossier)

    def write(self, act: str, *, at: datetime, note: str = "", **more) -> None:
        after = _picture(self.dossier)
        changed = {k for k in _WATCHED if self.before[k] != after[k]}
        record(
            chain=self.dossier.chain,
            act=act,
            actor=self.actor,
            subject_type="dossier",
            subject_id=self.dossier.pk,
            before={k: self.before[k] for k in changed},
            after={**{k: after[k] for k in changed}, **more},
            note=note,
            at=at,
        )
        self.before = after


def _picture(dossier: Dossier) -> dict:
    picture = {}
    for name in _WATCHED:
        value = getattr(dossier, name)
        picture[name] = value.isoformat() if isinstance(value, datetime) else value
    return picture

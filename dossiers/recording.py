"""One act, one entry in the dossier's own chain: what it was before and after, in short."""

from dataclasses import dataclass, field
from datetime import datetime

from audit.services import Actor, label_of, record, sealed_for
from branches.models import Role
from branches.selectors import Duties
from dossiers.models import Dossier

_WATCHED = (
    "status", "step", "branch_id", "unit_id", "assignee_id", "due_at", "answer_by", "outcome", "return_by",
    "submission",
)  # fmt: skip


def actor_for(user, dossier: Dossier, duties: Duties, *, role: str = "", ip: str = "", request_id: str = "") -> Actor:
    """The actor with the posting that matters for this dossier, as it reads today: the one in `role` where given.

    A deputy acts "KT." only in what a leader does; the rest is the work of their own posting.
    """
    postings = [p for p in duties.postings if role == Role.LEADER or not p.capacity]
    here = [
        p
        for p in postings
        if (p.branch_id and p.branch_id == dossier.branch_id) or (p.unit_id and p.unit_id == dossier.unit_id)
    ]
    in_role = [p for p in postings if role and p.role == role]
    candidates = [p for p in here if p in in_role] or here or in_role or postings
    posting = candidates[0] if candidates else None
    owner = dossier.owner_id == user.pk
    return Actor(
        user_id=user.pk,
        label=label_of(user, posted=bool(posting) and not owner),
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
            note=sealed_for(f"dossier:{self.dossier.pk}", note),
            at=at,
        )
        self.before = after


def _picture(dossier: Dossier) -> dict:
    picture = {}
    for name in _WATCHED:
        value = getattr(dossier, name)
        picture[name] = value.isoformat() if isinstance(value, datetime) else value
    return picture

"""What every act on a procedure's life shares: who may, the lock, the record, and the turn to another version.

Rooms above that must act when a procedure changes add a follower in AppConfig.ready(): `follower(procedure, event)`
runs in the act's own transaction.
"""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from audit.services import SYSTEM, Actor, record
from branches.models import FieldOfLaw, Role
from branches.selectors import duties_of
from places.text import clean
from procedures import timetable, versions
from procedures.loading import save_head
from procedures.models import Procedure
from worktime import clocks
from worktime.models import Clock

PUBLISHED, RETIRED, SUSPENDED, RESUMED = "published", "retired", "suspended", "resumed"

followers: list[Callable[[Procedure, str], None]] = []


class NotReleasable(Exception):
    """An act on a version or a procedure that cannot be done; `problems` are sentences for the admin."""

    def __init__(self, problems: list[str]):
        super().__init__("; ".join(problems))
        self.problems = problems


def refuse_if(reason: bool, sentence: str) -> None:
    if reason:
        raise NotReleasable([sentence])


def may_decide(user) -> bool:
    """Whether this person looks after procedures: posted as procedure admin today, or a system administrator."""
    return user.is_active and (user.is_superuser or duties_of(user).has(Role.ADMIN))


def check_may(by) -> None:
    refuse_if(not may_decide(by), _("Chỉ quản trị thủ tục làm được việc này."))


def needed(text: str, sentence: str) -> str:
    """The text cleaned. Raises NotReleasable with `sentence` when nothing is left of it."""
    text = clean(text)
    refuse_if(not text, sentence)
    return text


def lock(procedure_id: int) -> Procedure:
    """The procedure's row, locked: acts on one procedure wait for each other."""
    return Procedure.objects.select_for_update().get(pk=procedure_id)


def write(procedure: Procedure, act: str, by, *, note: str = "", actor: Actor | None = None, **after) -> None:
    """Record an act in the procedure's own chain. `by` is None where a clock acts."""
    record(
        chain=f"procedure:{procedure.pk}",
        act=act,
        actor=actor or (Actor(user_id=by.pk, label=str(by)) if by else SYSTEM),
        subject_type="procedure",
        subject_id=procedure.pk,
        after={k: v.isoformat() if isinstance(v, datetime) else v for k, v in after.items()},
        note=note,
    )


def tell_followers(procedure: Procedure, event: str) -> None:
    for follow in followers:
        follow(procedure, event)


def turn(procedure: Procedure) -> bool:
    """Make the procedure's row follow its timetable: version in force, names, searchable words. True if it changed.

    `procedure` is the locked row as it was before the act. Doing it twice does nothing.
    """
    current = timetable.in_force(procedure)
    version_id = current.version_id if current else None
    if version_id == procedure.published_id:
        return False
    procedure.published_id = version_id
    procedure.save(update_fields=["published"])
    if version_id:
        refresh_head(procedure)
    tell_followers(procedure, PUBLISHED if version_id else RETIRED)
    return True


def refresh_head(procedure: Procedure) -> None:
    """Names and search columns of the procedure from its version in force, keywords included."""
    spec = versions.read(procedure.published_id)
    named = FieldOfLaw.objects.filter(name=spec.field_of_law).first()
    save_head(procedure, spec, named or procedure.field_of_law)  # a field that was renamed stays the procedure's


def turn_on_time(clock: Clock) -> datetime | None:
    """The clock of the timetable: a scheduled version takes over, or the last one ends."""
    procedure = Procedure.objects.get(pk=clock.subject_id)
    if turn(procedure):
        write(procedure, "turn_version", None, version_id=procedure.published_id)
    return timetable.next_turn(procedure)


def register() -> None:
    clocks.register(timetable.TURN, turn_on_time, lock=clocks.subject_lock(Procedure))

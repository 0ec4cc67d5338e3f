"""Whether a procedure takes new dossiers now: not when it is retired, not while it is suspended."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from dossiers.errors import Refusal
from procedures.models import Procedure
from procedures.spec import Spec
from procedures.stopping import public_text, with_stops
from procedures.versions import read


@dataclass(frozen=True)
class Door:
    """The version in force (None: retired), and what citizens are told while taking in is stopped."""

    version_id: int | None
    stopped: str = ""

    @classmethod
    def of(cls, procedure: Procedure) -> "Door":
        """The door of a procedure read by `with_stops`."""
        return cls(procedure.published_id, public_text(procedure))

    @property
    def is_retired(self) -> bool:
        return self.version_id is None

    @property
    def is_open(self) -> bool:
        return bool(self.version_id) and not self.stopped


def door_of(**which) -> Door | None:
    """The door of one procedure, found by pk or code, in one query; None when there is no such procedure."""
    found = with_stops(Procedure.objects.filter(**which)).only("published_id").first()
    return Door.of(found) if found else None


def entered(code: str) -> Spec | None:
    """The version in force of the procedure with this code, checked like `check_open`; None when there is none."""
    door = door_of(code=code)
    if door is None or door.is_retired:
        return None
    spec = read(door.version_id)
    _refuse_closed(door)
    return spec


def check_open(spec: Spec) -> None:
    """Refuse a new dossier of a procedure that takes none now, or of a version no longer in force. One query.

    Raises Refusal with the code suspended, retired or version_changed.
    """
    door = door_of(pk=spec.procedure_id)
    _refuse_closed(door)
    if door.version_id != spec.version_id:
        raise Refusal(changed_words(), code="version_changed")


def _refuse_closed(door: Door) -> None:
    if door.is_retired:
        raise Refusal(retired_words(), code="retired")
    if door.stopped:
        raise Refusal(door.stopped, code="suspended")


def retired_words() -> str:
    return _("Thủ tục này không còn tiếp nhận.")


def changed_words() -> str:
    return _("Thủ tục vừa có quy định mới nên hồ sơ chưa được nộp. Anh/chị xem lại các câu trả lời rồi bấm Nộp.")

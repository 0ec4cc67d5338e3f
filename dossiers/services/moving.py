"""Moving a running dossier to another version of its procedure: somebody's explicit act, with a look at it first.

The promise stays, and so does what was charged. Database triggers refuse the same change without its `VersionMove`.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import Actor
from branches.models import Role
from dossiers import telling, timers
from dossiers.acts import lock
from dossiers.errors import NotAllowed, NotNow, Refusal
from dossiers.life import CLOSED, WAITING, Status
from dossiers.models import Dossier, FormerAnswers, VersionMove, WorkItem
from dossiers.recording import Trail
from dossiers.services import steps
from dossiers.services.drafts import missing_documents
from places.text import clean
from procedures.answers import clean_answers
from procedures.deciding import may_decide
from procedures.models import ProcedureVersion, Release
from procedures.spec import Spec, Step
from procedures.versions import read
from worktime import now


@dataclass(frozen=True)
class Preview:
    """What a move to a version would mean. `step` is the one proposed, "" where an admin must choose."""

    version: ProcedureVersion
    old: Spec
    new: Spec
    questions: list[str] = field(default_factory=list)  # what the new form would still want to know
    dropped: list[str] = field(default_factory=list)  # what was answered and the new form does not ask
    documents: list[str] = field(default_factory=list)
    fee_before: int = 0
    fee_after: int = 0
    step: str = ""
    steps: tuple[Step, ...] = ()
    kept_items: list[WorkItem] = field(default_factory=list)
    cancelled_items: list[WorkItem] = field(default_factory=list)


def targets(dossier: Dossier):
    """The versions that a dossier may be moved to: once in force and not its own, the newest first."""
    once = Release.objects.counted().filter(starts_at__lte=now()).values("version")
    return dossier.procedure.versions.filter(pk__in=once).exclude(pk=dossier.version_id).order_by("-number")


def refusal(dossier: Dossier) -> str:
    """Why the dossier cannot be moved at all now, or ""."""
    if dossier.status == Status.DRAFT:
        return _("Bản nháp tự chuyển sang phiên bản đang áp dụng khi người nộp mở ra.")
    if dossier.status in CLOSED or dossier.status == Status.COMPLETED:
        return _("Hồ sơ đã có kết quả hoặc đã kết thúc nên ở lại phiên bản của nó.")
    if dossier.status in WAITING:
        return _("Hồ sơ đang chờ người nộp bổ sung hoặc nộp tiền. Hãy chuyển sau khi xong việc đó.")
    return ""


def preview(dossier: Dossier, version: ProcedureVersion) -> Preview:
    """Look before moving; nothing is changed."""
    old, new = read(dossier.version_id), read(version.pk)
    known = {key: value for key, value in dossier.answers.items() if key in new.fields}
    answers, errors = clean_answers(new, known)
    present = set(dossier.attachments.present().values_list("requirement", flat=True)) | set(dossier.papers)
    usable = tuple(step for step in new.steps if not step.end)
    step = next((s for s in usable if s.key == dossier.step), None)
    kept, cancelled = _items(dossier, step)
    return Preview(
        version=version,
        old=old,
        new=new,
        questions=[error.message for error in errors],
        dropped=[f.label for key, f in old.fields.items() if key in dossier.answers and key not in new.fields],
        documents=[error.message for error in missing_documents(new, answers, present)],
        fee_before=sum(due.amount for due in old.fees_due(dossier.answers, dossier.channel)),
        fee_after=sum(due.amount for due in new.fees_due(answers, dossier.channel)),
        step=step.key if step else "",
        steps=usable if dossier.step else (),
        kept_items=kept,
        cancelled_items=cancelled,
    )


def _items(dossier: Dossier, step: Step | None) -> tuple[list[WorkItem], list[WorkItem]]:
    """What other units were asked and have not given: what the new step asks too goes on, the rest ends."""
    still = {(step.key, item.key) for item in step.items} if step else set()
    waiting = list(dossier.items.asked().open().select_related("unit").order_by("pk"))
    kept = [item for item in waiting if (item.step, item.key) in still]
    return kept, [item for item in waiting if item not in kept]


@transaction.atomic
def move(*, dossier_id: int, version: ProcedureVersion, step: str = "", reason: str, by, actor: Actor) -> Dossier:
    """Move the dossier; its step becomes `step` of the new version (the same key when left out).

    Raises NotAllowed for anybody but a procedure admin, NotNow in a status that cannot move, Refusal for a version that
    was never in force, the dossier's own, or a step that is not there.
    """
    dossier, at = lock(dossier_id), now()
    if not may_decide(by):
        raise NotAllowed(_("Chỉ quản trị thủ tục chuyển được hồ sơ sang phiên bản khác."))
    if why := refusal(dossier):
        raise NotNow(why)
    if not targets(dossier).filter(pk=version.pk).exists():
        raise Refusal(_("Chỉ chuyển được sang phiên bản khác đã ban hành của cùng thủ tục."), code="wrong_version")
    reason = clean(reason)
    if not reason:
        raise Refusal(_("Hãy ghi lý do."), code="required", field="reason")
    old, new = read(dossier.version_id), read(version.pk)
    target = _target(dossier, new, step)
    trail = Trail(dossier, actor)
    _keep_answers(dossier, new, at)
    _change(dossier, new, target, reason=reason, by=by, at=at)
    if target:
        _reopen(dossier, new, target, at)
    if dossier.status in (Status.RECEIVED, Status.IN_PROCESS):
        timers.start_counting(dossier, at)
    trail.write("move_version", at=at, note=reason, from_version=old.number, to_version=new.number)
    _tell(dossier, target, reason)
    return dossier


def _target(dossier: Dossier, new: Spec, chosen: str) -> Step | None:
    """The step of the new version; none for a dossier that is not with its unit yet."""
    if not dossier.step:
        return None
    found = new.steps_by_key.get(chosen or dossier.step)
    if found is None or found.end:
        raise Refusal(_("Hãy chọn bước của phiên bản mới."), code="required", field="step")
    return found


def _keep_answers(dossier: Dossier, new: Spec, at: datetime) -> None:
    """Only what the new form knows stays with the dossier; the declaration as it was filed is kept beside it."""
    known = {key: value for key, value in dossier.answers.items() if key in new.fields}
    if known == dossier.answers:
        return
    FormerAnswers.objects.create(
        dossier=dossier, submission=dossier.submission, answers=dossier.answers, replaced_at=at
    )
    dossier.answers, dossier.submission = known, dossier.submission + 1


def _change(dossier: Dossier, new: Spec, target: Step | None, *, reason: str, by, at: datetime) -> None:
    """The row and its VersionMove. By a queryset: no move of the process leads here, and the FSM guards `step`."""
    key = target.key if target else dossier.step
    VersionMove.objects.create(
        dossier=dossier, from_version_id=dossier.version_id, to_version_id=new.version_id, from_step=dossier.step,
        to_step=key, reason=reason, moved_by=by, at=at,
    )  # fmt: skip
    Dossier.everything.filter(pk=dossier.pk).update(
        version_id=new.version_id, step=key, weight=new.weight, answers=dossier.answers, submission=dossier.submission,
        step_entered_at=at if target else dossier.step_entered_at,
    )  # fmt: skip
    dossier.refresh_from_db()


def _reopen(dossier: Dossier, new: Spec, target: Step, at: datetime) -> None:
    """The work of the old step ends undone, the new step's begins; what other units do for both goes on."""
    for item in _items(dossier, target)[1]:
        timers.stop_item(item)
        WorkItem.objects.filter(pk=item.pk).update(state=WorkItem.State.CANCELLED, done_at=at)
    present = dossier.items.present_steps()
    present.update(state=WorkItem.State.CANCELLED, done_at=at)
    steps.open_step(dossier, new, target, at)


def _tell(dossier: Dossier, target: Step | None, reason: str) -> None:
    """Whoever has the dossier on the desk; before it has an officer, the clerks of the branch."""
    officer = [dossier.assignee] if dossier.assignee_id else telling.people(Role.CLERK, dossier)
    telling.tell_staff(dossier, "version_moved", officer, reason=reason, step=target.name if target else "")

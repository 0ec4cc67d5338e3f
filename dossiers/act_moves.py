"""The moves of a version's own process as acts: made from its rows, where dossiers.act_list is a fixed table."""

from django.utils.translation import gettext as _

from branches.models import Role
from dossiers.act_inputs import PRODUCED, payment_fields, reason
from dossiers.acts import Act, Case
from dossiers.errors import Refusal
from dossiers.life import Status
from dossiers.models.permissions import does_step, receives
from dossiers.services import steps
from procedures.spec import Field, Move


def move_fields(case: Case, move: Move) -> list[Field]:
    fields = []
    step = case.spec.steps_by_key.get(move.source)
    if move.primary and step:  # going forward hands in what the step must produce; going back gives a reason
        fields += PRODUCED[step.produces]()
    if "ask_payment" in move.effects:
        fields += payment_fields(case)
    if move.needs_reason:
        fields.append(reason(_("Nêu rõ lý do và căn cứ")))
    return fields


def _follow(case: Case, data: dict, move: Move) -> None:
    if data.get("compared") is False:
        raise Refusal(_("Chưa đối chiếu với bản chính thì chưa trình ký được."), code="not_compared", field="compared")
    if data.get("signed") is False:
        raise Refusal(_("Chưa ký thì chưa chuyển bước được."), code="not_signed", field="signed")
    if move.role == Role.LEADER and (capacity := case.signs_as):
        data = {**data, "signed_as": capacity}
    steps.follow(case.dossier, case.spec, move, by=case.user, at=case.at, result=data, reason=data.get("reason", ""))
    case.dossier.save()


def _may_move(case: Case, move: Move) -> bool:
    if move.role == Role.CLERK:
        return receives(case.dossier, case.user)
    return does_step(case.dossier, case.user, case.step_unit_id, move.role)


def _signs(case: Case, move: Move) -> bool:
    """A leader's decision, or what a leader's signature takes forward; nothing is signed while a draft is tried."""
    if move.role != Role.LEADER or case.dossier.is_scratch:
        return False
    step = case.spec.steps_by_key.get(move.source)
    signature = move.primary and step is not None and step.produces == "signature"
    return signature or bool({"approve", "reject"} & set(move.effects))


def moves(case: Case) -> list[Act]:
    """The moves of the present step as acts. Steps stand still while the applicant is waited for."""
    dossier = case.dossier
    if dossier.status not in (Status.RECEIVED, Status.IN_PROCESS) or not dossier.step:
        return []
    return [
        Act(
            name=move.key,
            label=move.label,
            run=lambda case, data, move=move: _follow(case, data, move),
            permission=lambda case, move=move: _may_move(case, move),
            refusal=lambda case, move=move: "" if steps.is_open(case.dossier, move) else _blocked(move),
            fields=lambda case, move=move: move_fields(case, move),
            primary=move.primary,
            role=move.role,
            signs=_signs(case, move),
            danger="reject" in move.effects,
            key="t" if move.primary else "",
        )
        for move in case.spec.moves_from(dossier.step)
    ]


def _blocked(move: Move) -> str:
    return _("Chưa thể “%(label)s”: còn việc của cơ quan khác chưa xong.") % {"label": move.label}

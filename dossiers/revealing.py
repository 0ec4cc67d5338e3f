"""Personal answers are masked for staff until they ask for them: who may ask, on what ground, and the entry of it."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record, sealed_for
from branches.models import Role
from branches.selectors import duties_of
from dossiers.acts import Case
from dossiers.errors import NotAllowed, Refusal
from dossiers.life import Status
from dossiers.looking import API, ground
from dossiers.models import Dossier
from dossiers.models.permissions import collects, does_step, receives
from dossiers.reading import masked_fields
from dossiers.recording import actor_for
from places.text import clean
from procedures.versions import read

LASTS = timedelta(minutes=15)
SHORTEST, LONGEST = 10, 300


def own_reason(dossier: Dossier, user) -> str:
    """Why whoever handles the dossier now needs to see it, in the words of their act; "" for everybody else.

    They are the branch's clerks while it waits for reception or for its applicant to fetch the result, whoever makes
    the moves of its present step, and whoever was asked for an opinion. Costs no query when its items are loaded.
    """
    case = Case(dossier, user)
    status = dossier.status
    if status in (Status.SUPPLEMENT_REQUIRED, Status.PAYMENT_REQUIRED):
        if status == Status.PAYMENT_REQUIRED and collects(dossier, user):
            return _("Thu phí, lệ phí")
        status = dossier.return_status
    if status == Status.REGISTERED:
        return _("Đối chiếu để tiếp nhận") if receives(dossier, user) else ""
    if status == Status.COMPLETED:
        return _("Đối chiếu để trả kết quả") if receives(dossier, user) else ""
    if status not in (Status.RECEIVED, Status.IN_PROCESS):
        return ""
    if case.my_items:
        return case.my_items[0].name
    step = case.spec.steps_by_key.get(dossier.step)
    if step is None:
        return ""
    mine = (
        receives(dossier, user) if step.role == Role.CLERK else does_step(dossier, user, case.step_unit_id, step.role)
    )
    return step.name if mine else ""


def reveal(*, dossier: Dossier, reason: str, by, at: str, ip: str = "", request_id: str = "") -> None:
    """Record that `by` is shown the masked answers, and why: fields by name, never a value.

    Raises Refusal (field "reason") without a reason; somebody who does not handle the dossier now says it in at least
    ten characters.
    """
    reason = clean(reason)[:LONGEST]
    if not reason or (len(reason) < SHORTEST and not own_reason(dossier, by)):
        raise Refusal(
            _("Hãy nêu lý do cần xem, ít nhất %(n)d ký tự.") % {"n": SHORTEST}, code="reason_needed", field="reason"
        )
    fields = [f.label for f in masked_fields(dossier, read(dossier.version_id), by)]
    duties = duties_of(by)
    with transaction.atomic():
        record(
            chain=f"looks:{dossier.pk}",
            act="reveal",
            actor=actor_for(by, dossier, duties, ip=ip, request_id=request_id),
            subject_type="dossier",
            subject_id=dossier.pk,
            after={"at": at, "ground": ground(dossier, by, duties), "fields": fields},
            note=sealed_for(f"dossier:{dossier.pk}", reason),
        )


def reveal_to_program(*, dossier: Dossier, reason: str, by, ip: str = "", request_id: str = "") -> None:
    """`reveal` through the API, open only to whoever handles the dossier now. Raises NotAllowed for others."""
    if not own_reason(dossier, by):
        raise NotAllowed(_("Chỉ người đang xử lý hồ sơ mới xem được đầy đủ thông tin cá nhân qua phần mềm khác."))
    reveal(dossier=dossier, reason=reason, by=by, at=API, ip=ip, request_id=request_id)

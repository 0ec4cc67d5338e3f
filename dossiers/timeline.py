"""A dossier's course in the citizen's words: what happened, what is going on, what comes and when.

Made from the record and the pinned version. It never shows who of the staff did something, nor what they write among
themselves: only acts that concern the applicant have words here, and every other entry is passed over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from audit.models import AuditEntry
from dossiers import timing
from dossiers.life import CLOSED, Status
from dossiers.models import Dossier
from dossiers.models.dossier import Outcome
from procedures.spec import Spec, Step

DONE, NOW, LATER = "done", "now", "later"


@dataclass(frozen=True)
class Event:
    """One point of the line. `at` is when it happened, `due` when it is expected; `text` is said below the title."""

    state: str
    title: str
    at: datetime | None = None
    due: datetime | None = None
    text: str = ""


def timeline(dossier: Dossier, spec: Spec, entries: Iterable[AuditEntry]) -> list[Event]:
    """The whole line. Needs the dossier's branch and unit; `entries` is its chain from the beginning."""
    return [*_past(dossier, spec, entries), *_present(dossier, spec), *_future(dossier, spec)]


def progress(dossier: Dossier, spec: Spec) -> list[Event]:
    """How far it is, in as many stages as the procedure has; for whoever only knows the code."""
    if dossier.status in CLOSED and dossier.status != Status.RETURNED:
        return [Event(DONE, _("Đã nộp"), at=dossier.submitted_at), Event(DONE, dossier.get_status_display())]
    stages = [_("Nộp hồ sơ"), _("Tiếp nhận"), *(short(s) for s in _way(spec, "")), _("Trả kết quả")]
    here = _stage(dossier, spec, len(stages))
    return [Event(DONE if i < here else NOW if i == here else LATER, title) for i, title in enumerate(stages)]


def _stage(dossier: Dossier, spec: Spec, count: int) -> int:
    if dossier.status == Status.RETURNED:
        return count
    if dossier.status == Status.COMPLETED:
        return count - 1
    if not dossier.step:
        before_reception = Status.REGISTERED in (dossier.status, dossier.return_status)
        return 1 if before_reception else 2
    way = [s.key for s in _way(spec, "")]
    return 2 + way.index(dossier.step) if dossier.step in way else 2


def public_name(step: Step) -> str:
    return step.public_name or step.name


def short(step: Step) -> str:
    """The step as a heading: "Đang thẩm định hồ sơ" → "Thẩm định hồ sơ"."""
    name = public_name(step).removeprefix("Đang ")
    return name[:1].upper() + name[1:]


def _way(spec: Spec, step: str) -> list[Step]:
    """The steps after `step` along the usual way forward, without the last, where the result only waits."""
    return list(takewhile(lambda s: not s.end, spec.way_forward(step)))


# --- what happened ------------------------------------------------------------------------------------------------
def _past(dossier: Dossier, spec: Spec, entries: Iterable[AuditEntry]) -> list[Event]:
    events: list[Event] = []
    step = ""
    for entry in entries:
        before, after = entry.before or {}, entry.after or {}
        if "step" in after:
            if done := spec.steps_by_key.get(step):
                events = [e for e in events if e.title != short(done)]  # a step gone through again is shown once
                if not done.end:
                    events.append(Event(DONE, short(done), at=entry.at))
            step = after["step"]
        if said := words(dossier, entry, after):
            events.append(Event(DONE, said[0], at=entry.at, text=said[1]))
        elif after.get("status") == Status.PAYMENT_REQUIRED and before.get("status") != Status.PAYMENT_REQUIRED:
            events.append(Event(DONE, _("Có thông báo nộp tiền"), at=entry.at))
        if after.get("status") == Status.COMPLETED:
            events.append(Event(DONE, _("Đã có kết quả"), at=entry.at, text=_decision(dossier)))
    return events


def _decision(dossier: Dossier) -> str:
    if dossier.outcome == Outcome.REJECTED:
        return f"{dossier.get_outcome_display()}. {dossier.outcome_note}".strip()
    return dossier.get_outcome_display()


def words(dossier: Dossier, entry: AuditEntry, after: dict) -> tuple[str, str] | None:
    """Title and text of an act the applicant should read about; None for any other."""
    names = {"branch": dossier.branch, "unit": dossier.unit}
    said = {
        "submit": (_("Đã nộp trực tuyến"), ""),
        "submit_at_counter": (_("Đã nộp tại %(branch)s") % names, ""),
        "receive": (_("%(branch)s đã tiếp nhận") % names, ""),
        "refuse": (_("Không được tiếp nhận"), dossier.outcome_note),
        "hand_over": (_("Đã chuyển đến %(unit)s") % names, ""),
        "ask_supplement": (_("Được yêu cầu bổ sung"), entry.note),
        "give_supplement": (_("Anh/chị đã gửi bổ sung"), ""),
        "ask_payment": (_("Có thông báo nộp tiền"), ""),
        "settle_payment": (_("Đã nộp tiền"), ""),
        "correct": (_("Anh/chị đã sửa tờ khai"), ""),
        "withdraw": (_("Anh/chị đã rút hồ sơ"), ""),
        "stop": (_("Dừng xử lý"), dossier.outcome_note),
        "repromise": (_("Cơ quan giải quyết xin lỗi và hẹn lại"), _repromised(entry, after)),
        "forward": (_("Đã chuyển đến cơ quan đúng thẩm quyền: %(unit)s") % names, ""),
        "return_result": (_("Đã trả kết quả"), ""),
        "move_version": (_("Hồ sơ được giải quyết theo quy định mới, ngày hẹn trả giữ nguyên"), ""),
    }.get(entry.act)
    if said is None and after.get("status") == Status.STOPPED:  # a clock stopped it
        return _("Dừng xử lý"), dossier.outcome_note
    return said


def _repromised(entry: AuditEntry, after: dict) -> str:
    due = parse_datetime(after.get("due_at") or "") if after.get("due_at") else None
    promise = _("Ngày hẹn mới: %(day)s.") % {"day": f"{timezone.localtime(due):%d/%m/%Y}"} if due else ""
    return f"{promise} {entry.note}".strip()


# --- what is going on, and what comes -----------------------------------------------------------------------------
def _present(dossier: Dossier, spec: Spec) -> list[Event]:
    status = dossier.status
    if status == Status.REGISTERED:
        return [Event(NOW, _("%(branch)s đang xem hồ sơ") % {"branch": dossier.branch}, due=dossier.answer_by)]
    if status == Status.SUPPLEMENT_REQUIRED:
        return [Event(NOW, _("Đang chờ anh/chị bổ sung"), due=dossier.urgent_at)]
    if status == Status.PAYMENT_REQUIRED:
        return [Event(NOW, _("Đang chờ anh/chị nộp tiền"), due=dossier.urgent_at)]
    if status == Status.COMPLETED:
        return [Event(NOW, _("Kết quả đang chờ anh/chị"), text=where_to_get(dossier))]
    if status == Status.RECEIVED and not dossier.step:
        return [Event(NOW, _("Đang chuyển đến %(unit)s") % {"unit": dossier.unit})]
    if step := spec.steps_by_key.get(dossier.step) if status not in CLOSED else None:
        return [Event(NOW, public_name(step), due=_due(dossier, spec, step))]
    return []


def _due(dossier: Dossier, spec: Spec, step: Step) -> datetime | None:
    """A fixed time began anew after a pause: its moment stands with the step's work."""
    work = dossier.items.filter(kind="step", state="open").first() if step.amount is not None else None
    return work.due_at if work else timing.step_due(dossier, spec, step.key, dossier.step_entered_at)


def where_to_get(dossier: Dossier) -> str:
    return {
        "counter": _("Nhận tại %(branch)s trong giờ làm việc, mang theo giấy tờ tùy thân.")
        % {"branch": dossier.branch},
        "online": _("Bản điện tử sẽ có trên trang này."),
        "post": _("Kết quả được gửi bưu chính đến: %(address)s.") % {"address": dossier.return_address},
    }[dossier.return_by]


def _future(dossier: Dossier, spec: Spec) -> list[Event]:
    if dossier.status in CLOSED or dossier.status == Status.COMPLETED:
        return []
    events = []
    if not dossier.received_at:
        events.append(Event(LATER, _("Tiếp nhận")))
    counted = dossier.due_at and dossier.status not in (Status.SUPPLEMENT_REQUIRED, Status.PAYMENT_REQUIRED)
    for step in _way(spec, dossier.step):
        due = timing.step_expected(dossier, spec, step.key) if counted else None
        events.append(Event(LATER, short(step), due=due))
    return [*events, Event(LATER, _("Trả kết quả"), due=dossier.due_at if counted else None)]

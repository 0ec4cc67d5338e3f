"""What the desk shows of one dossier: its papers, what the system checked, what is owed, what happened."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import readable
from branches.models import CompetentUnit
from dossiers import queue, timing
from dossiers.acts import RELATED, available, state_of
from dossiers.errors import Refusal
from dossiers.life import OPEN, Status
from dossiers.models import Attachment, Dossier, WorkItem
from dossiers.models.permissions import conflicted
from dossiers.reading import kept_files, masked_fields, reads_in_full, roles_for
from dossiers.revealing import own_reason
from dossiers.routing import check_branch
from dossiers.services.checking import may_add_result, may_check
from dossiers.services.drafts import missing_documents
from dossiers.services.submission import same_before
from payments.models import Obligation
from procedures.masking import masked
from procedures.models import Procedure
from procedures.shown import Shown, show
from procedures.spec import Document, Spec
from procedures.versions import read
from worktime import now


@dataclass
class Paper:
    """A paper the answers call for (or one more), the files for it, and whether it was handed in on paper."""

    name: str
    full_name: str = ""
    required: bool = False
    on_paper: bool = False
    files: list[Attachment] = field(default_factory=list)

    @property
    def checked(self) -> bool:
        return bool(self.files) and all(f.checked_at for f in self.files)


@dataclass(frozen=True)
class Check:
    """One thing the system looked at: ok, wait (look at it), bad."""

    kind: str
    text: str
    dossier: Dossier | None = None


@dataclass(frozen=True)
class Event:
    """One entry of the record in the words of the desk."""

    at: datetime
    label: str
    actor: str
    posting: str
    note: str
    change: str


def get(user, code: str) -> Dossier:
    """The dossier with that code, when this person may see it. Raises Dossier.DoesNotExist."""
    rows = Dossier.objects.visible_to(user).exclude(status=Status.DRAFT).select_related(*RELATED)
    files = Attachment.objects.present().select_related("file", "checked_by").order_by("pk")
    rows = rows.prefetch_related("items__unit", Prefetch("attachments", files, to_attr="present"))
    dossier = rows.get(code=code)
    if kept := kept_files(dossier, read(dossier.version_id), user):
        dossier.present = [a for a in dossier.present if str(a.file_id) not in kept]
    return dossier


def preview(dossier: Dossier, user) -> dict:
    """The facts of the right pane: papers, checks, promise, acts."""
    spec = read(dossier.version_id)
    fees = list(Obligation.objects.about(dossier.owes_as, dossier.pk).filter(cancelled_at=None).order_by("pk"))
    papers = papers_of(dossier, spec)
    actions = available(dossier, user)
    return {
        "dossier": dossier,
        "spec": spec,
        "step": spec.steps_by_key.get(dossier.step),
        "left": queue.left(dossier),
        "promised": queue.promised(dossier)[0],
        "papers": papers,
        "with_files": [p for p in papers if p.files],
        "checked": sum(p.checked for p in papers),
        "checks": checks_of(dossier, spec, user, fees),
        "fees": fees,
        "owed": sum(f.amount for f in fees if not f.settled_at),
        "estimate": timing.estimate(spec, dossier.unit, now()) if dossier.status == Status.REGISTERED else None,
        "actions": [a for a in actions if not a.act.quiet],
        "note_action": next((a for a in actions if a.act.quiet), None),
        "may_check": may_check(dossier, user),
        "seen": state_of(dossier),
        "conflict": conflicted(dossier, user),
    }


def whole(dossier: Dossier, user, *, revealed: bool = False) -> dict:
    """Everything the dossier's own page shows; personal answers masked unless `revealed`."""
    facts = preview(dossier, user)
    spec = facts["spec"]
    return {
        **facts,
        "sections": sections_of(dossier, spec, user, revealed=revealed),
        "hides": bool(masked_fields(dossier, spec, user)),
        "own_reason": own_reason(dossier, user),
        "items": items_of(dossier, spec),
        "supplements": _supplements(dossier, spec),
        "notes": dossier.notes.select_related("author").order_by("-at"),
        "history": history(dossier, spec),
        "results": [a for a in dossier.present if a.purpose == Attachment.Purpose.RESULT],
        "may_add_result": may_add_result(dossier, user),
        "first_due_at": dossier.first_due_at if dossier.repromised_at else None,
    }


def items_of(dossier: Dossier, spec: Spec) -> list[WorkItem]:
    """The work of the dossier in its order; linked work knows the procedure it goes through, and what it gives."""
    asked = {(step.key, item.key): item for step in spec.steps for item in step.items}
    items = sorted(dossier.items.all(), key=lambda item: (item.opened_at or now(), item.pk))
    codes = {i.procedure for i in asked.values() if i.procedure}
    names = dict(Procedure.objects.filter(code__in=codes).values_list("code", "short_name")) if codes else {}
    for row in items:
        item = asked.get((row.step, row.key))
        row.gives = item.result if item else ""
        row.linked = names.get(item.procedure, item.procedure) if item and item.procedure else ""
        row.elsewhere = row.unit_id not in (None, dossier.unit_id)
    return items


def papers_of(dossier: Dossier, spec: Spec) -> list[Paper]:
    """The papers the answers call for, then whatever else was handed in; results are not papers."""
    files = defaultdict(list)
    for attachment in dossier.present:
        if attachment.purpose != Attachment.Purpose.RESULT:
            files[attachment.requirement].append(attachment)
    asked = [_paper(d, dossier, files.pop(d.key, [])) for d in spec.asks(dossier.answers)]
    names = {d.key: d.name for d in spec.documents} | {f.key: f.label for f in spec.fields.values()}
    others = [Paper(names.get(k, _("Giấy tờ khác")), files=rows) for k, rows in files.items()]
    return asked + others


def _paper(document: Document, dossier: Dossier, files: list[Attachment]) -> Paper:
    on_paper = document.key in dossier.papers
    return Paper(document.name, document.full_name, document.required, on_paper, files)


def sections_of(dossier: Dossier, spec: Spec, user, *, revealed: bool = False) -> list[tuple[str, list[Shown]]]:
    """(title, answers) of what was asked and answered; what this person may not read says so."""
    roles = roles_for(dossier, spec, user)
    answers = dossier.answers
    if not (revealed or reads_in_full(dossier, user)):
        answers = masked(spec.fields.values(), answers)
    files = {str(a.file_id): _file(a) for a in dossier.present}
    sections = []
    for section in spec.sections:
        rows = [
            show(f, answers[f.key], files=files, roles=roles)
            for f in spec.asked(section, dossier.answers)
            if f.key in dossier.answers
        ]
        if rows:
            sections.append((section.title, rows))
    return sections


def _file(attachment: Attachment) -> dict:
    url = reverse("dossiers:file", args=[attachment.pk])
    image = reverse("dossiers:file_picture", args=[attachment.pk]) if attachment.file.is_image else ""
    return {"name": attachment.file.name, "url": url, "image": image}


def _supplements(dossier: Dossier, spec: Spec) -> list[dict]:
    known = spec.documents_by_key
    rows = dossier.supplements.select_related("asked_by").order_by("asked_at")
    return [{"row": r, "documents": [known[k].name for k in r.documents if k in known]} for r in rows]


# --- what the system has checked ----------------------------------------------------------------------------------
def checks_of(dossier: Dossier, spec: Spec, user, fees: list[Obligation]) -> list[Check]:
    """What a machine can say about the dossier, so that a person looks where it matters."""
    return [
        *_paper_checks(dossier, spec),
        *_person_checks(dossier),
        *_same_checks(dossier, spec, user),
        *_place_checks(dossier, spec),
        *_time_checks(dossier),
        *_money_checks(fees),
    ]


def _paper_checks(dossier: Dossier, spec: Spec) -> list[Check]:
    present = {a.requirement for a in dossier.present} | set(dossier.papers)
    missing = missing_documents(spec, dossier.answers, present)
    if missing:
        return [Check("bad", error.message) for error in missing]
    return [Check("ok", _("Đủ giấy tờ bắt buộc."))]


def _person_checks(dossier: Dossier) -> list[Check]:
    number, born = dossier.applicant_number, dossier.answers.get("applicant_birth_date", "")
    if not number:
        return []
    if not born:
        return [Check("ok", _("Số định danh đúng dạng."))]
    # Fourth digit: century and sex (0, 1 of the 20th century; 2, 3 of the 21st); then two digits of the year of birth.
    year = (19 + int(number[3]) // 2) * 100 + int(number[4:6])
    if str(year) == born[:4]:
        return [Check("ok", _("Số định danh đúng dạng, khớp năm sinh %(year)s.") % {"year": year})]
    return [
        Check("wait", _("Số định danh cho năm sinh %(year)s, tờ khai ghi %(born)s.") % {"year": year, "born": born[:4]})
    ]


def _same_checks(dossier: Dossier, spec: Spec, user) -> list[Check]:
    if dossier.status not in OPEN:
        return []
    found = [d for d in same_before(spec=spec, answers=dossier.answers) if d.pk != dossier.pk]
    if not found:
        return [Check("ok", _("Không có hồ sơ trùng đang mở."))]
    seen = set(Dossier.objects.visible_to(user).filter(pk__in=[d.pk for d in found]).values_list("pk", flat=True))
    text = _("Người này đang có hồ sơ cùng thủ tục: %(code)s, %(branch)s.")
    return [Check("wait", text % {"code": d.code, "branch": d.branch}, d if d.pk in seen else None) for d in found]


def _place_checks(dossier: Dossier, spec: Spec) -> list[Check]:
    if spec.any_branch:
        return [Check("ok", _("Thủ tục nhận ở mọi chi nhánh, không phụ thuộc địa giới."))]
    try:
        check_branch(spec, dossier.answers, dossier.branch)
    except Refusal as refusal:
        return [Check("bad", refusal.message)]
    return [Check("ok", _("Đúng chi nhánh phụ trách địa bàn."))]


def _time_checks(dossier: Dossier) -> list[Check]:
    left = queue.left(dossier)
    if left is None or dossier.status not in queue.RUNNING:
        return []
    what = _("Trả lời người nộp") if dossier.status == Status.REGISTERED else _("Hẹn trả kết quả")
    return [Check("bad" if left.late else "ok" if left.days else "wait", f"{what}: {left}.")]


def _money_checks(fees: list[Obligation]) -> list[Check]:
    if not fees:
        return [Check("ok", _("Không phải nộp phí, lệ phí."))]
    owed = sum(f.amount for f in fees if not f.settled_at)
    if not owed:
        return [Check("ok", _("Đã nộp đủ phí, lệ phí."))]
    return [Check("wait", _("Còn %(amount)s ₫ phí, lệ phí chưa nộp.") % {"amount": f"{owed:,}".replace(",", ".")})]


# --- what happened ------------------------------------------------------------------------------------------------
def _labels() -> dict[str, str]:
    return {
        "submit": _("Nộp trực tuyến"),
        "submit_at_counter": _("Nộp và tiếp nhận tại quầy"),
        "assign": _("Giao chuyên viên"),
        "reassign": _("Giao lại"),
        "hand_over": _("Chuyển cơ quan giải quyết"),
        "check_paper": _("Đối chiếu giấy tờ"),
        "uncheck_paper": _("Bỏ đánh dấu đối chiếu"),
        "add_result": _("Đính kèm kết quả"),
        "remove_result": _("Bỏ tệp kết quả"),
        "overdue": _("Quá hạn"),
        "emergency_access": _("Mở khẩn cấp để xem"),
        "release_item": _("Trả việc về cơ quan"),
        "move_version": _("Chuyển sang phiên bản khác của thủ tục"),
    }


def history(dossier: Dossier, spec: Spec) -> list[Event]:
    """The whole record of the dossier, newest first."""
    labels = _labels()
    rows = readable(dossier.chain)
    units = {row.after.get("unit_id") for row in rows if row.after} - {None}
    names = dict(CompetentUnit.objects.filter(pk__in=units).values_list("pk", "name")) if len(units) > 1 else {}
    return [
        Event(
            at=row.at,
            label=labels.get(row.act) or (row.after or {}).get("label") or row.act,
            actor=row.actor_label,
            posting=row.posting_label,
            note=row.note,
            change=_change(row.after or {}, spec, names),
        )
        for row in reversed(rows)
    ]


def _change(after: dict, spec: Spec, units: dict[int, str]) -> str:
    """What an act changed, in short."""
    parts = []
    if status := after.get("status"):
        parts.append(str(Status(status).label))
    if step := spec.steps_by_key.get(after.get("step", "")):
        parts.append(step.name)
    if due := after.get("due_at"):
        moment = timezone.localtime(datetime.fromisoformat(due))
        parts.append(_("hẹn trả %(due)s") % {"due": f"{moment:%H:%M %d/%m/%Y}"})
    if name := units.get(after.get("unit_id")):
        parts.append(name)
    return " · ".join(parts)

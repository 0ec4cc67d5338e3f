"""Every act, as a table: name, label, inputs, who, and which service does it. The door is dossiers.acts."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from branches.models import CompetentUnit, Role
from dossiers import routing
from dossiers.act_inputs import (
    legal_ground,
    payment_fields,
    reason,
    receipt_fields,
    repromise_fields,
    return_fields,
    scores,
    text,
    with_ground,
)
from dossiers.acts import Act, Case
from dossiers.errors import Refusal
from dossiers.life import OPEN, UNFINISHED, Status
from dossiers.models import Note, Rating, WorkItem
from dossiers.models.permissions import collects, handles, leads, owns, receives_or_handles
from dossiers.services import changing, reception, requests, steps
from procedures.spec import Field


# --- the applicant ------------------------------------------------------------------------------------------------
def _answers_and_files(case: Case) -> dict[str, Any]:
    keys = sorted(case.spec.documents_by_key)
    return {
        "answers": {
            "type": "object",
            "title": _("Các câu trả lời thay đổi"),
            "properties": {k: {} for k in sorted(case.spec.fields)},
            "additionalProperties": False,
        },
        "files": {
            "type": "object",
            "title": _("Tệp theo giấy tờ"),
            "properties": {k: {"type": "array", "items": {"type": "string", "format": "uuid"}} for k in keys},
            "additionalProperties": False,
        },
    }


def _mapping(data: dict, key: str) -> dict:
    value = data.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refusal(_("Cần một bảng khóa và giá trị."), code="type", field=key)
    return value


def _file_lists(data: dict) -> dict[str, list[str]]:
    files = _mapping(data, "files")
    if not all(isinstance(ids, list) and all(isinstance(i, str) for i in ids) for ids in files.values()):
        raise Refusal(_("Mỗi giấy tờ cần một danh sách mã tệp."), code="type", field="files")
    return files


def _correct(case: Case, data: dict) -> dict:
    changed = changing.correct(
        case.dossier, case.spec, answers=_mapping(data, "answers"), files=_file_lists(data), by=case.user, at=case.at
    )
    return {"answers": changed}


def _give_supplement(case: Case, data: dict) -> dict:
    changed = requests.give_supplement(
        case.dossier,
        case.spec,
        note=data.get("note", ""),
        answers=_mapping(data, "answers"),
        files=_file_lists(data),
        by=case.user,
        at=case.at,
    )
    return {"answers": changed}


def _rate(case: Case, data: dict) -> None:
    Rating.objects.create(dossier=case.dossier, score=int(data["score"]), text=data.get("text", ""), at=case.at)


# --- the branch ---------------------------------------------------------------------------------------------------
def _documents_to_ask(case: Case) -> tuple:
    return tuple((d.key, d.name) for d in case.spec.asks(case.dossier.answers))


def _supplement_fields(case: Case) -> list[Field]:
    options = _documents_to_ask(case)
    fields = [reason(_("Bản chụp giấy tờ bị mờ, xin chụp lại cho rõ."), _("Cần bổ sung gì, vì sao"))]
    if options:
        fields.append(
            Field(
                key="documents", kind="many", label=_("Giấy tờ cần bổ sung"), options=options, example=[options[0][0]],
                required=False,
            )
        )  # fmt: skip
    return fields


def _ask_supplement(case: Case, data: dict) -> None:
    requests.ask_supplement(
        case.dossier, case.spec, reason=data["reason"], documents=data.get("documents", []), by=case.user, at=case.at
    )


def _unpaid(case: Case) -> str:
    return reception.unpaid_reason(case.dossier, case.due_amount) if case.due_amount else ""


def _ask_payment(case: Case, data: dict) -> None:
    requests.require_payment(
        case.dossier, case.spec, label=data["payment_label"], amount=data["payment_amount"], at=case.at
    )


def _settle(case: Case, data: dict) -> dict:
    amount = requests.settle_payment(
        case.dossier, case.spec, receipt_number=data["receipt_number"], by=case.user, at=case.at
    )
    return {"receipt_number": data["receipt_number"], "amount": amount}


# --- the unit -----------------------------------------------------------------------------------------------------
def _officer_options(case: Case) -> tuple:
    """Who could take the dossier instead: officers at work, but not who has it, nor anybody it is too close to."""
    postings = routing.officers_at_work(case.dossier.unit_id, case.dossier.procedure.field_of_law_id)
    others = postings.exclude(user_id__in=routing.kept_away(case.dossier) | ({case.dossier.assignee_id} - {None}))
    rows = {p.user.username: str(p.user) for p in others.select_related("user")}
    return tuple(sorted(rows.items()))


def _reassign_fields(case: Case) -> list[Field]:
    options = _officer_options(case)
    return [
        Field(
            key="officer", kind="choice", label=_("Giao cho"), options=options,
            example=options[0][0] if options else "",
        ),
        text("reason", _("Lý do"), _("Cân đối công việc")),
    ]  # fmt: skip


def _reassign(case: Case, data: dict) -> None:
    postings = routing.officers_at_work(case.dossier.unit_id, case.dossier.procedure.field_of_law_id)
    posting = postings.filter(user__username=data["officer"]).first()
    if posting is None:
        raise Refusal(_("Người này không còn làm việc hôm nay."), code="not_at_work", field="officer")
    if posting.user_id in routing.kept_away(case.dossier):
        raise Refusal(_("Hồ sơ của chính người này hoặc của người thân họ."), code="conflict", field="officer")
    changing.reassign(case.dossier, officer_id=posting.user_id, reason=data["reason"], at=case.at)


def _forward_fields(case: Case) -> list[Field]:
    units = CompetentUnit.objects.filter(kind=case.spec.unit_kind, is_active=True).exclude(pk=case.dossier.unit_id)
    options = tuple((u.code, u.name) for u in units.order_by("code"))
    return [
        Field(
            key="unit",
            kind="choice",
            label=_("Cơ quan đúng thẩm quyền"),
            options=options,
            example=options[0][0] if options else "",
        ),
        text("reason", _("Lý do"), _("Thửa đất thuộc địa bàn khác")),
    ]


def _forward(case: Case, data: dict) -> None:
    unit = CompetentUnit.objects.get(code=data["unit"])
    changing.forward(case.dossier, case.spec, unit=unit, reason=data["reason"], at=case.at)


def _item_fields(case: Case) -> list[Field]:
    items = case.my_items
    return [
        Field(
            key="item", kind="choice", label=_("Việc"), options=tuple((str(i.pk), i.name) for i in items),
            example=str(items[0].pk) if items else "",
        ),
        text("result", _("Ý kiến hoặc kết quả"), _("Thống nhất, không có ý kiến khác.")),
    ]  # fmt: skip


def _finish_item(case: Case, data: dict) -> None:
    item = WorkItem.objects.select_for_update().get(pk=data["item"], dossier=case.dossier)
    steps.finish_item(case.dossier, case.spec, item, by=case.user, at=case.at, text=data["result"])


ACTS: list[Act] = [
    # the branch
    Act(
        "receive",
        _l("Tiếp nhận"),
        lambda c, d: reception.receive(c.dossier, c.spec, by=c.user, at=c.at),
        transition="receive",
        primary=True,
        key="t",
    ),
    Act(
        "hand_over",
        _l("Chuyển cơ quan giải quyết"),
        lambda c, d: reception.hand_over(c.dossier, c.spec, at=c.at),
        transition="hand_over",
        primary=True,
        refusal=lambda c: _("Thủ tục này giải quyết ngay tại quầy.") if c.spec.immediate else "",
        # The worker does it within a second of reception, so a clerk who presses too has lost nothing.
        already=lambda c: c.dossier.status == Status.IN_PROCESS,
    ),
    Act(
        "ask_supplement",
        _l("Yêu cầu bổ sung"),
        _ask_supplement,
        transition="ask_supplement",
        key="b",
        fields=_supplement_fields,
        refusal=lambda c: requests.may_ask_supplement(c.dossier, c.at),
    ),
    Act(
        "ask_payment",
        _l("Yêu cầu nộp tiền"),
        _ask_payment,
        transition="ask_payment",
        fields=payment_fields,
        refusal=lambda c: _("Đã ký quyết định.") if c.dossier.decided_at else "",
    ),
    Act(
        "refuse",
        _l("Từ chối tiếp nhận"),
        lambda c, d: reception.refuse(c.dossier, reason=with_ground(d), at=c.at),
        transition="refuse",
        danger=True,
        key="x",
        fields=lambda c: [reason(_("Không thuộc thẩm quyền giải quyết của cơ quan này.")), legal_ground()],
    ),
    Act(
        "settle_payment",
        _l("Ghi biên lai thu tiền"),
        _settle,
        fields=receipt_fields,
        primary=True,
        permission=lambda c: collects(c.dossier, c.user),
        refusal=lambda c: "" if c.dossier.status in UNFINISHED and c.due_amount else _("Không có khoản nào phải thu."),
    ),
    Act(
        "return_result",
        _l("Trả kết quả"),
        lambda c, d: reception.return_result(c.dossier, way=d["way"], note=d.get("note", ""), by=c.user, at=c.at),
        transition="return_result",
        fields=return_fields,
        refusal=_unpaid,
        primary=True,
        key="t",
    ),
    # the unit
    Act(
        "finish_item",
        _l("Gửi ý kiến, kết quả"),
        _finish_item,
        fields=_item_fields,
        primary=True,
        permission=lambda c: bool(c.my_items),
        refusal=lambda c: "" if c.dossier.status in OPEN else _("Hồ sơ đã xong."),
    ),
    Act(
        "reassign",
        _l("Giao lại"),
        _reassign,
        fields=_reassign_fields,
        permission=lambda c: leads(c.dossier, c.user),
        role=Role.LEADER,
        refusal=lambda c: (
            "" if c.dossier.status == Status.IN_PROCESS and _officer_options(c) else _("Không có ai khác để giao.")
        ),
    ),
    Act(
        "repromise",
        _l("Xin lỗi và hẹn lại"),
        lambda c, d: changing.repromise(c.dossier, days=d["days"], reason=d["reason"], at=c.at),
        fields=repromise_fields,
        permission=lambda c: handles(c.dossier, c.user),
        refusal=lambda c: (
            changing.may_repromise(c.dossier, c.at)
            if c.dossier.status in (Status.RECEIVED, Status.IN_PROCESS)
            else _("Hồ sơ không đang tính thời hạn.")
        ),
    ),
    Act(
        "forward",
        _l("Chuyển cơ quan đúng thẩm quyền"),
        _forward,
        fields=_forward_fields,
        permission=lambda c: handles(c.dossier, c.user),
        refusal=lambda c: (
            ""
            if c.dossier.status in (Status.RECEIVED, Status.IN_PROCESS)
            and not c.dossier.decided_at
            and CompetentUnit.objects.filter(kind=c.spec.unit_kind, is_active=True)
            .exclude(pk=c.dossier.unit_id)
            .exists()
            else _("Không có cơ quan khác cùng loại.")
        ),
    ),
    Act(
        "stop",
        _l("Dừng xử lý"),
        lambda c, d: changing.stop(c.dossier, reason=with_ground(d), at=c.at),
        transition="stop",
        danger=True,
        fields=lambda c: [reason(_("Người nộp đã mất.")), legal_ground()],
        refusal=lambda c: _("Đã ký quyết định.") if c.dossier.decided_at else "",
    ),
    # the applicant
    Act(
        "give_supplement",
        _l("Gửi bổ sung"),
        _give_supplement,
        transition="supplement_given",
        primary=True,
        fields=lambda c: [text("note", _("Lời nhắn cho cán bộ"), _("Đã bổ sung theo yêu cầu"), required=False)],
        extra_schema=_answers_and_files,
    ),
    Act(
        "correct",
        _l("Sửa tờ khai"),
        _correct,
        extra_schema=_answers_and_files,
        permission=lambda c: owns(c.dossier, c.user),
        refusal=lambda c: "" if c.dossier.status == Status.REGISTERED else _("Hồ sơ đã được tiếp nhận."),
    ),
    Act(
        "withdraw",
        _l("Rút hồ sơ"),
        lambda c, d: changing.withdraw(c.dossier, reason=d["reason"], at=c.at),
        transition="withdraw",
        danger=True,
        fields=lambda c: [text("reason", _("Vì sao anh/chị rút hồ sơ"), _("Tôi chưa cần nữa"))],
        refusal=lambda c: _("Quyết định đã ký, không rút được nữa.") if c.dossier.decided_at else "",
    ),
    Act(
        "rate",
        _l("Đánh giá"),
        _rate,
        permission=lambda c: owns(c.dossier, c.user),
        primary=True,
        fields=lambda c: [
            Field(key="score", kind="choice", label=_("Anh/chị có hài lòng không"), options=scores(), example="5"),
            text("text", _("Góp ý thêm"), _("Cán bộ hướng dẫn rõ ràng"), required=False),
        ],
        refusal=lambda c: (
            ""
            if c.dossier.status == Status.RETURNED and not Rating.objects.filter(dossier=c.dossier).exists()
            else _("Đã đánh giá hoặc chưa có kết quả.")
        ),
    ),
    # everybody of the staff who sees it
    Act(
        "note",
        _l("Ghi chú nội bộ"),
        lambda c, d: Note.objects.create(dossier=c.dossier, author=c.user, text=d["text"], at=c.at),
        fields=lambda c: [text("text", _("Ghi chú"), _("Đã gọi điện cho người nộp"))],
        quiet=True,
        permission=lambda c: (
            receives_or_handles(c.dossier, c.user) or bool(c.duties.at_unit(c.dossier.unit_id, Role.OFFICER))
        ),
    ),
]

"""The inputs of acts: the same `Field` as a form's questions, with examples that would be accepted."""

from django.utils.translation import gettext as _

from procedures.spec import Field


def text(key: str, label: str, example: str, *, required: bool = True, kind: str = "long_text", **more) -> Field:
    return Field(key=key, kind=kind, label=label, example=example, required=required, **more)


def reason(example: str, label: str = "") -> Field:
    return text("reason", label or _("Lý do"), example, hint=_("Người nộp sẽ đọc được lý do này."))


def legal_ground() -> Field:
    return text("ground", _("Căn cứ pháp lý"), _("Điều 17 Nghị định 61/2018/NĐ-CP"), kind="text", required=False)


def with_ground(data: dict) -> str:
    return f"{data['reason']} ({data['ground']})" if data.get("ground") else data["reason"]


# --- what a step must produce before the next ------------------------------------------------------------
def _check_fields() -> list[Field]:
    return [
        Field(key="compared", kind="yes_no", label=_("Đã đối chiếu với bản chính"), example=True),
        text("summary", _("Kết quả đối chiếu"), _("Bản chụp đúng với bản chính"), kind="text", required=False),
    ]


def _minutes_fields() -> list[Field]:
    return [
        Field(key="visited_on", kind="date", label=_("Ngày kiểm tra"), example="2026-11-20", maximum="today"),
        text("place", _("Địa điểm"), _("Tại thửa đất"), kind="text"),
        text("attendees", _("Thành phần tham gia"), _("Chuyên viên, chủ hộ, tổ trưởng tổ dân phố")),
        text("findings", _("Kết quả kiểm tra"), _("Hiện trạng đúng với hồ sơ")),
    ]


def _council_fields() -> list[Field]:
    return [
        Field(key="met_on", kind="date", label=_("Ngày họp"), example="2026-11-20", maximum="today"),
        text("attendees", _("Thành viên dự họp"), _("Chủ tịch hội đồng và 4 thành viên")),
        Field(key="votes_for", kind="number", label=_("Số phiếu đồng ý"), example=5, minimum=0, maximum=99),
        Field(key="votes_against", kind="number", label=_("Số phiếu không đồng ý"), example=0, minimum=0, maximum=99),
        text("conclusion", _("Kết luận"), _("Hội đồng thống nhất")),
    ]


def _opinion_fields() -> list[Field]:
    agrees = (("yes", _("Đồng ý")), ("conditions", _("Đồng ý, kèm điều kiện")), ("no", _("Không đồng ý")))
    return [
        Field(key="agrees", kind="choice", label=_("Ý kiến"), options=agrees, example="yes"),
        text("summary", _("Nội dung ý kiến"), _("Hồ sơ phù hợp quy hoạch, đề nghị giải quyết.")),
    ]


def _signature_fields() -> list[Field]:
    """What was signed, by its title and number, and a clear yes: no leader signs by pressing on."""
    return [
        text("decision_title", _("Tên văn bản đã ký"), _("Quyết định hỗ trợ kinh phí"), kind="text"),
        text("decision_number", _("Số, ký hiệu"), "125/QĐ-UBND", kind="text", max_length=40),
        Field(key="signed", kind="yes_no", label=_("Tôi xác nhận đã ký văn bản này"), example=True),
    ]


PRODUCED = {
    "": list,
    "check": _check_fields,
    "minutes": _minutes_fields,
    "council": _council_fields,
    "draft_result": lambda: [text("summary", _("Nội dung dự thảo kết quả"), _("Đủ điều kiện giải quyết"))],
    "opinion": _opinion_fields,
    "signature": _signature_fields,
    "proof": lambda: [text("proof", _("Chứng từ đã kiểm tra"), _("Biên lai khớp với thông báo"), kind="text")],
}


# --- inputs of several acts -------------------------------------------------------------------------------
def scores() -> tuple:
    words = (_("Rất không hài lòng"), _("Không hài lòng"), _("Bình thường"), _("Hài lòng"), _("Rất hài lòng"))
    return tuple((str(i), word) for i, word in enumerate(words, start=1))


def payment_fields(case) -> list[Field]:
    return [
        text("payment_label", _("Khoản phải nộp"), _("Lệ phí trước bạ"), kind="text", max_length=150),
        Field(key="payment_amount", kind="money", label=_("Số tiền (đồng)"), example=150000, minimum=1),
    ]


def receipt_fields(case) -> list[Field]:
    return [
        text(
            "receipt_number", _("Số biên lai"), "BL-000123", kind="text", max_length=40, pattern=r"[\w./-]{1,40}",
            hint=_("Đúng như trên biên lai đã thu."),
        )
    ]  # fmt: skip


def repromise_fields(case) -> list[Field]:
    return [
        Field(
            key="days", kind="number", label=_("Xin thêm số ngày làm việc"), example=2, minimum=1, maximum=30,
            hint=_("Tính từ ngày đang hẹn. Chỉ được hẹn lại một lần."),
        ),
        reason(_("Cần thêm thời gian xác minh hồ sơ gốc.")),
    ]  # fmt: skip


def return_fields(case) -> list[Field]:
    ways = {"counter": _("Trao tại quầy"), "online": _("Gửi bản điện tử"), "post": _("Gửi bưu chính")}
    return [
        Field(
            key="way",
            kind="choice",
            label=_("Cách trả kết quả"),
            options=tuple(ways.items()),
            example="counter",
            required=True,
        ),
        text("note", _("Người nhận, ghi chú"), _("Người nộp nhận trực tiếp"), kind="text", required=False),
    ]

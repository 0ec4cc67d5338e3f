"""The legal life of a dossier: the ten national statuses (Circular 22/2019, DOMAIN §4) and every move between them.

`EDGES` is the one table. The transitions of `Dossier` are written from it, the database triggers are built from it, and
a test holds the two together.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    DRAFT = "DRAFT", _("Bản nháp, chưa nộp")
    REGISTERED = "REGISTERED", _("Mới đăng ký")
    RECEIVED = "RECEIVED", _("Được tiếp nhận")
    REFUSED = "REFUSED", _("Không được tiếp nhận")
    IN_PROCESS = "IN_PROCESS", _("Đang xử lý")
    SUPPLEMENT_REQUIRED = "SUPPLEMENT_REQUIRED", _("Yêu cầu bổ sung giấy tờ")
    PAYMENT_REQUIRED = "PAYMENT_REQUIRED", _("Yêu cầu thực hiện nghĩa vụ tài chính")
    WITHDRAWN = "WITHDRAWN", _("Công dân yêu cầu rút hồ sơ")
    STOPPED = "STOPPED", _("Dừng xử lý")
    COMPLETED = "COMPLETED", _("Đã xử lý xong")
    RETURNED = "RETURNED", _("Đã trả kết quả")


# The number of each status in the national code list; DRAFT is ours and has none.
NATIONAL_CODE = {status: number for number, status in enumerate(list(Status)[1:], start=1)}

S = Status
WAITING = (S.SUPPLEMENT_REQUIRED, S.PAYMENT_REQUIRED)
OPEN = (S.REGISTERED, S.RECEIVED, S.IN_PROCESS, *WAITING)
BEGUN = (S.DRAFT, *OPEN)  # whom a change of the procedure concerns
UNFINISHED = (*OPEN, S.COMPLETED)  # somebody of the staff still has something to do
CLOSED = (S.REFUSED, S.WITHDRAWN, S.STOPPED, S.RETURNED)

# act → (from, to). A waiting status goes back where it came from (`return_status`), so it has several targets.
ACTS: dict[str, tuple[tuple[Status, ...], tuple[Status, ...]]] = {
    "submit": ((S.DRAFT,), (S.REGISTERED,)),
    "submit_at_counter": ((S.DRAFT,), (S.RECEIVED,)),
    "receive": ((S.REGISTERED,), (S.RECEIVED,)),
    "refuse": ((S.REGISTERED,), (S.REFUSED,)),
    "hand_over": ((S.RECEIVED,), (S.IN_PROCESS,)),
    "ask_supplement": ((S.REGISTERED, S.RECEIVED, S.IN_PROCESS), (S.SUPPLEMENT_REQUIRED,)),
    "supplement_given": ((S.SUPPLEMENT_REQUIRED,), (S.REGISTERED, S.RECEIVED, S.IN_PROCESS)),
    "ask_payment": ((S.REGISTERED, S.RECEIVED, S.IN_PROCESS), (S.PAYMENT_REQUIRED,)),
    "payment_settled": ((S.PAYMENT_REQUIRED,), (S.REGISTERED, S.RECEIVED, S.IN_PROCESS)),
    "withdraw": ((S.REGISTERED, S.RECEIVED, S.IN_PROCESS, *WAITING), (S.WITHDRAWN,)),
    "stop": ((S.RECEIVED, S.IN_PROCESS, *WAITING), (S.STOPPED,)),
    "complete": ((S.RECEIVED, S.IN_PROCESS), (S.COMPLETED,)),
    "return_result": ((S.COMPLETED,), (S.RETURNED,)),
}
EDGES: tuple[tuple[Status, Status], ...] = tuple(
    sorted({(a, b) for sources, targets in ACTS.values() for a in sources for b in targets})
)

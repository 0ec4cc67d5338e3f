"""What the admin's selects offer: every value of the catalogue's format by its Vietnamese name."""

from django.utils.translation import gettext_lazy as _

from branches.models import Role

KINDS = [
    (_("Chữ và số"), [
        ("text", _("Chữ ngắn")), ("long_text", _("Đoạn văn")), ("number", _("Số")), ("money", _("Số tiền (đồng)")),
        ("date", _("Ngày")), ("period", _("Khoảng thời gian")), ("phone", _("Số điện thoại")),
        ("email", _("Thư điện tử")),
    ]),
    (_("Lựa chọn"), [
        ("choice", _("Chọn một")), ("many", _("Chọn nhiều")), ("yes_no", _("Có hoặc không")),
        ("ward", _("Phường, xã")),
    ]),
    (_("Người và nơi"), [
        ("personal_number", _("Số định danh cá nhân")), ("tax_code", _("Mã số thuế")), ("person", _("Một người")),
        ("business", _("Một tổ chức, doanh nghiệp")), ("address", _("Địa chỉ")), ("land_parcel", _("Thửa đất")),
    ]),
    (_("Tệp"), [("file", _("Tệp")), ("image", _("Ảnh"))]),
    (_("Nhiều dòng"), [("group", _("Nhóm lặp lại")), ("table", _("Bảng"))]),
    (_("Không phải trả lời"), [("computed", _("Tự tính")), ("note", _("Đoạn chữ để đọc"))]),
]  # fmt: skip
SOURCES = [
    ("", _("Không lấy từ đâu")),
    ("account.full_name", _("Tài khoản: họ tên")),
    ("account.birth_date", _("Tài khoản: ngày sinh")),
    ("account.personal_number", _("Tài khoản: số định danh")),
    ("account.phone", _("Tài khoản: số điện thoại")),
    ("account.email", _("Tài khoản: thư điện tử")),
    ("account.ward", _("Tài khoản: phường, xã")),
    ("account.address_line", _("Tài khoản: số nhà, đường")),
]
PRIVACY = [
    ("none", _("Không riêng tư")),
    ("personal", _("Thông tin cá nhân")),
    ("sensitive", _("Thông tin nhạy cảm")),
]
STAFF_ROLES = [(role.value, role.label) for role in (Role.CLERK, Role.OFFICER, Role.LEADER)]
MOVE_ROLES = [("", _("Hệ thống tự chuyển")), *STAFF_ROLES]
PRODUCES = [
    ("", _("Không cần gì thêm")),
    ("check", _("Kết quả đối chiếu bản chính")),
    ("minutes", _("Biên bản kiểm tra")),
    ("council", _("Biên bản, biểu quyết của hội đồng")),
    ("draft_result", _("Dự thảo kết quả")),
    ("proof", _("Chứng từ nộp tiền")),
    ("opinion", _("Văn bản cho ý kiến")),
    ("signature", _("Chữ ký")),
]
EFFECTS = [
    ("approve", _("Đồng ý giải quyết")),
    ("reject", _("Từ chối giải quyết")),
    ("acknowledge", _("Ghi nhận")),
    ("complete", _("Có kết quả")),
    ("ask_payment", _("Yêu cầu nộp tiền")),
]
AUDIENCES = [
    ("citizen", _("Công dân")),
    ("business", _("Tổ chức, doanh nghiệp")),
    ("both", _("Công dân và tổ chức")),
]
CHANNELS = [("online", _("Nộp trực tuyến")), ("counter", _("Nộp tại quầy"))]
RETURNS = [
    ("counter", _("Nhận tại quầy")),
    ("online", _("Nhận bản điện tử")),
    ("post", _("Nhận qua bưu chính")),
]
PER = [("dossier", _("mỗi hồ sơ")), ("copy", _("mỗi bản")), ("page", _("mỗi trang")), ("row", _("mỗi dòng"))]
FEE_CHANNELS = [
    ("any", _("mọi cách nộp")),
    ("online", _("chỉ khi nộp trực tuyến")),
    ("counter", _("chỉ khi nộp tại quầy")),
]
ASSUMED = [
    ("time", _("Thời hạn")),
    ("documents", _("Giấy tờ")),
    ("fees", _("Phí, lệ phí")),
    ("form", _("Tờ khai")),
    ("result", _("Kết quả")),
    ("legal_basis", _("Căn cứ pháp lý")),
]
FAMILIES = [
    ("at_once", _("Giải quyết ngay")),
    ("simple", _("Đơn giản")),
    ("verify", _("Có xác minh")),
    ("consult", _("Lấy ý kiến")),
    ("council", _("Hội đồng")),
    ("linked", _("Liên thông")),
    ("financial", _("Có nghĩa vụ tài chính")),
    ("notification", _("Thông báo")),
]

"""Every act in words, for whoever reads the record. A test finds each act that the code records and has no words here.

A move of a procedure's own process is data: its words stand in the entry (`after.label`).
"""

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

ACTS = {
    # coming in
    "login": _("Đăng nhập"),
    "login_failed": _("Đăng nhập không thành công"),
    "logout": _("Đăng xuất"),
    "phone_verified": _("Xác minh số điện thoại"),
    "identity_verified": _("Xác minh danh tính"),
    "owner_merged": _("Gộp hai tài khoản của một người"),
    "phone_released": _("Số điện thoại chuyển sang người đã xác minh"),
    # looks
    "look": _("Xem hồ sơ"),
    "look_file": _("Mở tệp của hồ sơ"),
    "reveal": _("Xem đầy đủ thông tin cá nhân đang che"),
    "look_record": _("Tra cứu nhật ký"),
    "export_record": _("Xuất nhật ký"),
    "verify_record": _("Yêu cầu kiểm tra nhật ký"),
    "export_own_data": _("Tải dữ liệu của mình"),
    # a dossier's life
    "submit": _("Nộp trực tuyến"),
    "submit_at_counter": _("Nộp và tiếp nhận tại quầy"),
    "receive": _("Tiếp nhận"),
    "refuse": _("Từ chối tiếp nhận"),
    "assign": _("Giao chuyên viên"),
    "reassign": _("Giao lại"),
    "release_item": _("Trả lại việc chưa làm"),
    "hand_over": _("Chuyển cơ quan giải quyết"),
    "forward": _("Chuyển cơ quan đúng thẩm quyền"),
    "ask_supplement": _("Yêu cầu bổ sung"),
    "give_supplement": _("Gửi bổ sung"),
    "ask_payment": _("Yêu cầu nộp tiền"),
    "settle_payment": _("Ghi biên lai thu tiền"),
    "correct": _("Sửa tờ khai"),
    "withdraw": _("Rút hồ sơ"),
    "claim": _("Nhận hồ sơ vào tài khoản"),
    "stop": _("Dừng xử lý"),
    "repromise": _("Xin lỗi và hẹn lại"),
    "overdue": _("Quá hạn"),
    "finish_item": _("Gửi ý kiến, kết quả"),
    "return_result": _("Trả kết quả"),
    "rate": _("Đánh giá"),
    "note": _("Ghi chú nội bộ"),
    "check_paper": _("Đối chiếu giấy tờ"),
    "uncheck_paper": _("Bỏ đánh dấu đối chiếu"),
    "add_result": _("Đính kèm kết quả"),
    "remove_result": _("Bỏ tệp kết quả"),
    "file_infected": _("Phát hiện tệp có mã độc"),
    "move_version": _("Chuyển sang phiên bản khác của thủ tục"),
    "emergency_access": _("Mở hồ sơ khẩn cấp"),
    # rights and interests
    "delegated": _("Ủy quyền ký thay"),
    "delegation_ended": _("Thôi ủy quyền ký thay"),
    "hire": _("Tạo tài khoản cán bộ"),
    "import_postings": _("Nhập phân công từ tệp"),
    "posting_imported": _("Phân công nhập từ tệp"),
    "relative_declared": _("Khai người thân"),
    "relative_ended": _("Thôi khai người thân"),
    # configuration
    "admin_add": _("Thêm trong trang quản trị"),
    "admin_change": _("Sửa trong trang quản trị"),
    "admin_delete": _("Xóa trong trang quản trị"),
    "message_retried": _("Gửi lại thư"),
    # procedures
    "new_procedure": _("Lập thủ tục mới"),
    "bulk_draft": _("Lập bản nháp cho nhiều thủ tục"),
    "edit_version": _("Sửa bản nháp của thủ tục"),
    "delete_draft": _("Xóa bản nháp của thủ tục"),
    "replace_process": _("Thay quy trình của bản nháp"),
    "new_group_version": _("Phiên bản mới của nhóm câu hỏi"),
    "add_shared_group": _("Thêm nhóm câu hỏi dùng chung"),
    "update_shared_group": _("Cập nhật nhóm câu hỏi dùng chung"),
    "import_procedure": _("Nhập thủ tục từ tệp"),
    "import_catalogue": _("Nhập danh mục thủ tục"),
    "export_catalogue": _("Xuất danh mục thủ tục"),
    "import_national": _("Nhập danh mục quốc gia"),
    "ask_release": _("Trình ban hành"),
    "release_version": _("Ban hành phiên bản"),
    "refuse_release": _("Không đồng ý ban hành"),
    "withdraw_release": _("Rút đề nghị ban hành"),
    "cancel_release": _("Hủy lịch ban hành"),
    "turn_version": _("Phiên bản mới có hiệu lực"),
    "suspend": _("Tạm ngừng nhận hồ sơ"),
    "resume": _("Nhận hồ sơ trở lại"),
    "retire": _("Bãi bỏ thủ tục"),
}

# Looks of somebody at what is about another person: what that person is shown.
LOOKS = ("look", "look_file", "look_record", "reveal", "emergency_access")

GROUNDS = {
    "assigned": _("được giao giải quyết hồ sơ này"),
    "branch": _("làm việc tại chi nhánh nhận hồ sơ"),
    "unit": _("làm việc tại cơ quan giải quyết"),
    "emergency": _("mở khẩn cấp, đã báo người thứ hai"),
    "asked": _("cơ quan được hỏi ý kiến hoặc cùng giải quyết"),
    "oversight": _("giám sát, thanh tra"),
    "administration": _("quản trị hệ thống"),
    "granted": _("được cho phép xem trong một thời gian"),
}

PLACES = {
    "page": _("trang hồ sơ"),
    "pane": _("xem nhanh trong hàng chờ"),
    "file": _("tệp kèm theo"),
    "api": _("qua phần mềm khác"),
    "admin": _("trang quản trị"),
    "print": _("giấy tiếp nhận"),
    "counter": _("điền hồ sơ mới tại quầy"),
}

FIELDS = {
    "status": _("trạng thái"),
    "step": _("bước"),
    "branch_id": _("chi nhánh"),
    "unit_id": _("cơ quan giải quyết"),
    "assignee_id": _("chuyên viên"),
    "due_at": _("hẹn trả"),
    "answer_by": _("hạn trả lời"),
    "outcome": _("kết quả giải quyết"),
    "return_by": _("cách nhận kết quả"),
    "submission": _("lần nộp"),
}


def label_of_act(act: str, after: dict | None = None) -> str:
    """The act in words; a process's own move by the words it had then."""
    return str(ACTS.get(act) or (after or {}).get("label") or act)


def details(after: dict | None) -> str:
    """What an entry says besides, in one line: from where and why somebody looked, which fields changed."""
    after = after or {}
    parts = []
    if at := PLACES.get(after.get("at")):
        parts.append(str(at))
    if ground := GROUNDS.get(after.get("ground")):
        parts.append(_now("căn cứ: %(ground)s") % {"ground": ground})
    changed = [str(FIELDS[name]) for name in after if name in FIELDS]
    if changed:
        parts.append(_now("thay đổi: %(fields)s") % {"fields": ", ".join(changed)})
    if isinstance(named := after.get("fields"), list) and named:
        parts.append(_now("trường: %(fields)s") % {"fields": ", ".join(str(name) for name in named)})
    return " · ".join(parts)

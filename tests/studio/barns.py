"""The city's support for treating the waste of barns, 1.015020, as its admin types it, from the blank template."""

from tests.studio.pages import Editor

CODE = "1.015020"
NAME = "Hỗ trợ xử lý chất thải chuồng trại"


def design(editor: Editor) -> None:
    """Everything that the blank template does not have, tab by tab; nothing is saved yet."""
    _head(editor)
    _form(editor)
    _documents(editor)
    _fees(editor)
    _process(editor)
    editor.tab("Thời hạn")
    editor.write(time_amount="20", time_unit="ngày làm việc")
    editor.tab("Kết quả")
    editor.write(result="Quyết định hỗ trợ trang thiết bị, công nghệ xử lý chất thải trong chăn nuôi")
    editor.tab("Định tuyến")
    editor.write(routing_field="Nơi đặt chuồng trại")


def _head(editor: Editor) -> None:
    editor.tab("Chung")
    editor.write(
        short_name=NAME,
        short_name_en="Support for treating the waste of barns",
        summary="Hộ chăn nuôi được Thành phố hỗ trợ tiền mua thiết bị xử lý chất thải. Xin hỗ trợ trước khi mua.",
        legal_basis="Điều 20 Nghị quyết số 53/2025/NQ-HĐND ngày 26/11/2025",
    )


def _form(editor: Editor) -> None:
    editor.tab("Tờ khai")
    editor.add("sections", title="Chuồng trại", hint="Khai từng chuồng; hai chuồng liền nhau vẫn là hai chuồng.")
    section = {"section_key": "Chuồng trại"}
    editor.add("fields", **section, label="Nơi đặt chuồng trại", kind="Địa chỉ", privacy="Thông tin cá nhân")
    editor.add("fields", **section, label="Các chuồng", kind="Nhóm lặp lại", minimum="1", maximum="10")
    inside = {"parent": "Các chuồng"}
    editor.add(
        "fields", **inside, label="Loại vật nuôi", kind="Chọn một", example="Lợn",
        options="lon = Lợn\ntrau_bo = Trâu, bò\ngia_cam = Gia cầm",
    )  # fmt: skip
    editor.add("fields", **inside, label="Diện tích (m²)", key="dien_tich", kind="Số", example="60", minimum="1")
    editor.add("fields", **inside, label="Số con", kind="Số", example="40", minimum="1")
    editor.add(
        "fields", **section, label="Tổng diện tích (m²)", key="tong_dien_tich", kind="Tự tính",
        formula="tổng(cac_chuong.dien_tich)", required=False,
    )  # fmt: skip
    editor.add("fields", **section, label="Đất làm chuồng là đất thuê?", key="dat_thue", kind="Có hoặc không",
               example="có")  # fmt: skip
    editor.add(
        "fields", **section, label="Gia đình thuộc hộ nghèo?", key="ho_ngheo", kind="Có hoặc không", example="không",
        privacy="Thông tin nhạy cảm", seen_by=["Cán bộ tiếp nhận", "Chuyên viên"],
    )  # fmt: skip


def _documents(editor: Editor) -> None:
    editor.tab("Giấy tờ")
    editor.add("documents", name="Đơn đề nghị hỗ trợ", originals="1", copies="0")
    editor.add("documents", name="Hợp đồng thuê đất", originals="0", copies="1", condition="dat_thue",
               condition_text="Khi đất làm chuồng là đất thuê")  # fmt: skip
    editor.add("documents", name="Giấy chứng nhận hộ nghèo", originals="0", copies="1", condition="ho_ngheo",
               condition_text="Khi xin miễn phí vì là hộ nghèo")  # fmt: skip


def _fees(editor: Editor) -> None:
    editor.tab("Phí")
    editor.add(
        "fees", label="Phí thẩm định", rows="tong_dien_tich ≤ 100 => 100.000\ntong_dien_tich ≤ 500 => 200.000\n"
        "còn lại => 400.000",
    )  # fmt: skip
    editor.add(
        "exemptions", name="Hộ nghèo", fee="Phí thẩm định", percent="100", condition="ho_ngheo",
        ground="Khoản 3 Điều 20 Nghị quyết 53/2025/NQ-HĐND", proof="Giấy chứng nhận hộ nghèo",
    )  # fmt: skip


def _process(editor: Editor) -> None:
    editor.tab("Quy trình")
    editor.change("steps", "Giải quyết hồ sơ", name="Thẩm định hồ sơ", public_name="Đang thẩm định", share="20")
    for name, public_name, role, share, produces in (
        ("Kiểm tra chuồng trại", "Đang kiểm tra chuồng trại", "Chuyên viên", "30", "Biên bản kiểm tra"),
        ("Lấy ý kiến", "Đang lấy ý kiến cơ quan liên quan", "Chuyên viên", "25", "Không cần gì thêm"),
        ("Dự thảo quyết định", "Đang dự thảo quyết định", "Chuyên viên", "15", "Dự thảo kết quả"),
        ("Ký quyết định", "Đang chờ lãnh đạo ký", "Lãnh đạo cơ quan", "10", "Không cần gì thêm"),
    ):
        editor.add("steps", name=name, public_name=public_name, role=role, share=share, produces=produces)
    for name, unit_kind in (
        ("Ý kiến về công nghệ xử lý", "Sở Nông nghiệp và Môi trường"),
        ("Ý kiến về nguồn tiền", "Sở Tài chính"),
    ):
        editor.add("items", step="Lấy ý kiến", name=name, unit_kind=unit_kind, amount="3", unit="ngày làm việc")
    editor.remove("moves", "Giải quyết xong")
    officer, leader = {"role": "Chuyên viên"}, {"role": "Lãnh đạo cơ quan"}
    for move in (
        {"label": "Đi kiểm tra", "source": "Thẩm định hồ sơ", "target": "Kiểm tra chuồng trại", **officer},
        {"label": "Gửi lấy ý kiến", "source": "Kiểm tra chuồng trại", "target": "Lấy ý kiến", **officer},
        {"label": "Đủ ý kiến", "source": "Lấy ý kiến", "target": "Dự thảo quyết định", **officer,
         "condition": "items_done"},
        {"label": "Trình ký", "source": "Dự thảo quyết định", "target": "Ký quyết định", **officer},
        {"label": "Ký duyệt", "source": "Ký quyết định", "target": "Trả kết quả", **leader,
         "effects": ["Đồng ý giải quyết", "Có kết quả"]},
    ):  # fmt: skip
        editor.add("moves", **move, primary=True)
    editor.add("moves", label="Trả lại chuyên viên", source="Ký quyết định", target="Dự thảo quyết định", **leader,
               needs_reason=True)  # fmt: skip
    editor.add("moves", label="Từ chối", source="Ký quyết định", target="Trả kết quả", **leader, needs_reason=True,
               effects=["Từ chối giải quyết", "Có kết quả"])  # fmt: skip


def answers(*, rented: bool) -> dict[str, str]:
    """What a farmer with two barns types: 110 m² together, the second row of the fee table."""
    return {
        "noi_dat_chuong_trai-ward": "00004",
        "noi_dat_chuong_trai-line": "Thôn 3",
        "cac_chuong-0-loai_vat_nuoi": "lon",
        "cac_chuong-0-dien_tich": "60",
        "cac_chuong-0-so_con": "40",
        "cac_chuong-1-loai_vat_nuoi": "gia_cam",
        "cac_chuong-1-dien_tich": "50",
        "cac_chuong-1-so_con": "300",
        "dat_thue": "yes" if rented else "no",
        "ho_ngheo": "no",
    }


APPLICANT = {
    "applicant_name": "Trần Văn Chăn",
    "applicant_birth_date": "12/03/1980",
    "applicant_personal_number": "001080123456",
    "applicant_phone": "0912345678",
    "applicant_ward": "00004",
    "applicant_address": "Thôn 3",
}
ENGLISH = {
    "Chuồng trại": "Barns",
    "Nơi đặt chuồng trại": "Where the barns stand",
    "Các chuồng": "The barns",
    "Lợn": "Pigs",
    "Trâu, bò": "Buffaloes, cows",
    "Phí thẩm định": "Appraisal fee",
}  # not all: what is missing stays a warning, and a warning needs a reason


def improve(editor: Editor) -> None:
    """Version 2: small barns pay nothing any more, and the sum that is asked for is a question."""
    editor.tab("Phí")
    editor.change("fees", "Phí thẩm định", rows="tong_dien_tich ≤ 100 => 0\ncòn lại => 300.000")
    editor.tab("Tờ khai")
    editor.add("fields", section_key="Chuồng trại", label="Số tiền xin hỗ trợ", key="so_tien_xin",
               kind="Số tiền (đồng)", example="5.000.000", minimum="100.000")  # fmt: skip


IMPROVED = ["Số tiền xin hỗ trợ", "Phí thẩm định"]

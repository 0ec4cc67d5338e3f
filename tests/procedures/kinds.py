"""A form that asks one question of every kind there is, for whoever tests pages, schemas or answers."""

from dataclasses import replace

from procedures.spec import FIELD_KINDS, Field, Section, Spec
from tests import world

RELATIONS = (("child", "Con"), ("spouse", "Vợ hoặc chồng"), ("other", "Khác"))
CHILD = (
    Field("name", "text", "Họ và tên", example="Nguyễn Minh Khôi", max_length=80),
    Field("relation", "choice", "Quan hệ", example="child", options=RELATIONS),
    Field("which", "text", "Quan hệ gì", example="Cháu ruột", condition={"field": "relation", "is": "other"}),
    Field("birth_date", "date", "Ngày sinh", example="2020-05-04", maximum="today"),
    Field("home", "address", "Chỗ ở", required=False),
)
COST = (
    Field("item", "text", "Hạng mục", example="Đào hố ủ phân", max_length=100),
    Field("quantity", "number", "Số lượng", example=2, minimum=1, maximum=1000),
    Field("price", "money", "Đơn giá", example=1500000),
    Field("total", "computed", "Thành tiền",
          formula={"mul": [{"field": "quantity"}, {"field": "price"}]}),
)  # fmt: skip
KINDS = (
    Section("about", "Về việc hỗ trợ", (
        Field("intro", "note", "Chỉ khai những gì liên quan đến chuồng trại đang dùng. Ảnh chụp rõ cả mặt trước."),
        Field("title", "text", "Tên công trình", example="Hầm khí sinh học", max_length=100),
        Field("reason", "long_text", "Lý do", example="Nước thải chảy ra mương.", required=False),
        Field("animals", "number", "Số vật nuôi", example=12, minimum=1, maximum=100000),
        Field("capital", "money", "Vốn tự có", example=5000000),
        Field("begins", "date", "Ngày bắt đầu", example="2026-12-01"),
        Field("house", "choice", "Loại chuồng", example="open",
              options=(("open", "Chuồng hở"), ("closed", "Chuồng kín"))),
        Field("wastes", "many", "Chất thải", example=["solid"], options=(("solid", "Rắn"), ("liquid", "Lỏng"))),
        Field("neighbours", "yes_no", "Có nhà dân trong 50 m", example=True),
        Field("neighbours_agree", "yes_no", "Nhà dân đã đồng ý", example=True,
              condition={"field": "neighbours", "is": True}),
    )),
    Section("people", "Người và tổ chức", (
        Field("phone", "phone", "Điện thoại", example="0912345678"),
        Field("email", "email", "Thư điện tử", example="an@example.com", required=False),
        Field("ward", "ward", "Nơi có chuồng trại", example="00004"),
        Field("number", "personal_number", "Số định danh", example="001192012345"),
        Field("tax", "tax_code", "Mã số thuế", example="0100109106", required=False),
        Field("owner", "person", "Chủ chuồng trại"),
        Field("partner", "person", "Người cùng làm", required=False),
        Field("company", "business", "Đơn vị thi công", required=False),
        Field("home", "address", "Địa chỉ nhà"),
        Field("parcel", "land_parcel", "Thửa đất"),
        Field("works", "period", "Thời gian thi công"),
    )),
    Section("details", "Chi tiết", (
        Field("children", "group", "Người cùng hộ", minimum=1, maximum=5, fields=CHILD,
              hint="Ghi từng người, mỗi người một dòng."),
        Field("costs", "table", "Dự toán", maximum=20, fields=COST),
        Field("sum", "computed", "Cộng dự toán", formula={"sum": "costs.total"}),
        Field("large", "long_text", "Vì sao tốn nhiều", example="Đất trũng.",
              condition={"gt": [{"field": "sum"}, 50000000]}),
        Field("drawing", "file", "Bản vẽ", required=False),
        Field("photo", "image", "Ảnh chuồng trại", required=False, seen_by=("OFFICER", "LEADER")),
    )),
)  # fmt: skip


def spec_of_all_kinds(**changes) -> Spec:
    """A version as `procedures.versions.write` takes it: the birth procedure with one more section for every kind."""
    spec = replace(world.spec("1.001193"), version_id=None, procedure_id=None, number=None)
    own = {s.key for s in KINDS}  # a test before may have published them
    spec = replace(spec, sections=(*(s for s in spec.sections if s.key not in own), *KINDS), **changes)
    assert {f.kind for f in spec.fields.values()} == set(FIELD_KINDS)
    return spec

"""A condition in words, with the labels of the form it belongs to."""

from dataclasses import replace

import pytest

from procedures.expressions import parse, words_of
from procedures.spec import Field, Section, Spec


def spec() -> Spec:
    row = (
        Field("gender", "choice", "Giới tính của con", options=(("m", "Trai"), ("f", "Gái"))),
        Field("cost", "money", "Chi phí"),
    )
    fields = (
        Field("relation", "choice", "Anh/chị là gì của trẻ", options=(("father", "Cha"), ("mother", "Mẹ"),
        ("kin", "Người thân"))),
        Field("born", "date", "Ngày sinh"), Field("copies", "number", "Số bản"), Field("late", "yes_no",
         "Đăng ký quá hạn"),
        Field("changes", "many", "Nội dung thay đổi", options=(("name", "Tên"), ("address", "Địa chỉ"))),
        Field("capital", "money", "Vốn"), Field("place", "address", "Nơi ở"), Field("on", "date", "Ngày nộp"),
        Field("children", "group", "Các con", fields=row),
    )  # fmt: skip
    head = dict.fromkeys(
        ("code", "name", "short_name", "field_of_law", "ministry", "audience", "unit_kind", "family"), "x"
    )
    section = Section("s", "Phần", fields)
    return Spec(**head, time_amount=3, time_unit="DAY", sections=(section,), documents=(), fees=(), steps=(), moves=())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "trong mọi trường hợp"), ("sai", "không bao giờ"),
        ('relation trong ("father", "mother")', "khi “Anh/chị là gì của trẻ” là Cha hoặc Mẹ"),
        ('relation trong ("father", "mother", "kin")', "khi “Anh/chị là gì của trẻ” là Cha, Mẹ hoặc Người thân"),
        ('relation ≠ "kin"', "khi “Anh/chị là gì của trẻ” không phải là Người thân"),
        ("late", "khi “Đăng ký quá hạn” là Có"), ("không late", "khi “Đăng ký quá hạn” không phải là Có"),
        ('changes = "name"', "khi “Nội dung thay đổi” có Tên"),
        ("tuổi(born) < 14", "khi tuổi (Ngày sinh) dưới 14"), ("14 > tuổi(born)", "khi tuổi (Ngày sinh) dưới 14"),
        ("tuổi(born, on) ≥ 14", "khi tuổi (Ngày sinh) vào ngày “Ngày nộp” từ 14 trở lên"),
        ("copies ≥ 3", "khi “Số bản” từ 3 trở lên"), ("copies ≤ 2.5", "khi “Số bản” từ 2,5 trở xuống"),
        ("capital > 5_000_000", "khi “Vốn” trên 5.000.000 ₫"), ("copies = 12_000", "khi “Số bản” bằng 12.000"),
        ("born < 01/07/2026", "khi “Ngày sinh” trước ngày 01/07/2026"),
        ("born ≤ hôm_nay", "khi “Ngày sinh” không sau ngày hôm nay"),
        ("số_ngày(born, hôm_nay) > 60", "khi số ngày từ “Ngày sinh” đến hôm nay trên 60"),
        ("trống(place.line)", "khi “Nơi ở – Số nhà, đường, thôn, tổ dân phố” để trống"),
        ("không trống(born)", "khi “Ngày sinh” có câu trả lời"),
        ("tổng(children.cost) > copies × 2", "khi tổng “Chi phí” của “Các con” trên “Số bản” × 2"),
        ("số_dòng(children) > 1", "khi số dòng của “Các con” trên 1"),
        ("late và (copies > 1 hoặc trống(born))",
         "khi “Đăng ký quá hạn” là Có và (“Số bản” trên 1 hoặc “Ngày sinh” để trống)"),
        ("không (late hoặc copies > 1)", "khi không phải là (“Đăng ký quá hạn” là Có hoặc “Số bản” trên 1)"),
        ("không không late", "khi không phải là (“Đăng ký quá hạn” không phải là Có)"),
        ("nếu(late, 1, làm_tròn((copies + 1) / 2)) = lớn_nhất(copies, 2)",
         "khi (nếu “Đăng ký quá hạn” là Có thì 1, nếu không thì (“Số bản” + 1) ÷ 2 (làm tròn)) "
         "bằng số lớn nhất trong (“Số bản”; 2)"),
        ("items_done", "khi mọi ý kiến và việc liên thông cần có đã xong"),
        ("không items_done", "khi còn ý kiến hoặc việc liên thông chưa xong"),
        ('nobody = "x"', "khi “nobody” là “x”"),
    ],
)  # fmt: skip
def test_a_condition_is_explained_with_the_labels_of_the_form(text, words):
    assert words_of(parse(text), spec()) == words
    assert words_of(parse(text), spec(), "Hỏi") == f"Hỏi {words}"


def test_inside_a_row_its_own_questions_are_named():
    form = spec()
    row = form.fields["children"].fields
    assert words_of(parse('gender = "f"'), form, row=row) == "khi “Giới tính của con” là Gái"
    other = replace(row[0], label="Con thứ mấy")
    assert (
        words_of(parse('gender = "f" và late'), form, row=[other])
        == "khi “Con thứ mấy” là Gái và “Đăng ký quá hạn” là Có"
    )


@pytest.mark.django_db
def test_a_ward_is_called_by_its_name(catalogue):
    form = replace(
        spec(),
        sections=(Section("s", "Phần", (Field("home", "ward", "Phường/xã"), Field("place", "address", "Nơi ở"))),),
    )
    assert words_of(parse('home = "00004"'), form) == "khi “Phường/xã” là Phường Ba Đình"
    assert words_of(parse('place.ward trong ("00004")'), form) == "khi “Nơi ở – Phường/xã” là Phường Ba Đình"

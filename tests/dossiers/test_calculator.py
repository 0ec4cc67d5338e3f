"""The fee calculator: what a fee comes to, which row, formula or exemption made it, for everybody."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from branches.models import Role
from procedures import fee_sums
from procedures.models import Procedure
from procedures.spec import Exemption, Fee, FeeRow, Field, Section
from procedures.versions import publish, write
from tests import world
from tests.dossiers.citizen_steps import logged_in

pytestmark = pytest.mark.django_db
CODE = "1.001193"
POOR = Exemption("poor", "Hộ nghèo", {"field": "poor", "is": True}, 50, "NQ 06/2020/NQ-HĐND")
FEES = (
    Fee("plot", "Phí thẩm định", count_field="copies", maximum=90000, exemptions=(POOR,), rows=(
        FeeRow({"ge": [{"field": "area"}, 100]}, 40000), FeeRow({}, 20000))),
    Fee("long", "Phí theo diện tích", formula={"mul": [{"field": "area"}, 100]}, channel="online"),
    Fee("site", "Phí tại quầy", amount=7000, channel="counter", condition={"field": "poor", "is": False}),
)  # fmt: skip
ASKED = Section(
    "asked",
    "Thửa đất",
    (
        Field("area", "number", "Diện tích", example=50),
        Field("copies", "number", "Số bản", example=1, minimum=1),
        Field("poor", "yes_no", "Hộ nghèo", example=False),
        Field("colour", "text", "Màu cổng", example="xanh", required=False),
    ),
)


@pytest.fixture
def version(catalogue):
    spec = world.spec(CODE)
    spec = replace(spec, sections=(*spec.sections, ASKED), fees=FEES)
    return write(spec, Procedure.objects.get(code=CODE))


@pytest.fixture
def spec(version):
    from procedures.versions import read

    return read(version.pk)


def said(spec, channel, **answers):
    """Fee → (amount, how), with plain spaces in the sums."""
    found = fee_sums.lines(spec, answers, channel)
    return {
        line.fee.key: (line.due.amount if line.due else None, " ".join(line.how).replace("\xa0", " ")) for line in found
    }


def test_only_the_questions_that_decide_a_fee_are_asked(spec):
    assert [f.key for f in fee_sums.depends_on(spec)] == ["area", "copies", "poor"]


def test_what_decides_whether_a_question_is_asked_is_asked_too(spec):
    hidden = replace(ASKED.fields[0], condition={"field": "colour", "is": "xanh"})
    other = replace(spec, sections=(replace(ASKED, fields=(ASKED.fields[3], hidden, *ASKED.fields[1:3])),))
    assert [f.key for f in fee_sums.depends_on(other)] == ["colour", "area", "copies", "poor"]


def test_the_row_that_applied_is_named(spec):
    amount, how = said(spec, "online", area=120, copies=1, poor=False)["plot"]
    assert amount == 40000 and "40.000 ₫: khi “Diện tích” từ 100" in how
    amount, how = said(spec, "online", area=50, copies=2, poor=False)["plot"]
    assert amount == 40000 and "các trường hợp còn lại" in how and "số lượng: 2" in how


def test_the_bound_and_the_exemption_that_applied_are_named(spec):
    amount, how = said(spec, "online", area=120, copies=9, poor=True)["plot"]
    assert amount == 45000
    assert "Cao nhất 90.000 ₫" in how and "Giảm 50%: Hộ nghèo (NQ 06/2020/NQ-HĐND)" in how


def test_a_formula_is_shown_and_each_channel_has_its_own_fees(spec):
    online, counter = (said(spec, way, area=50, copies=1, poor=False) for way in ("online", "counter"))
    assert online["long"][0] == 5000 and "Công thức" in online["long"][1]
    assert "site" not in online and "long" not in counter
    assert counter["site"] == (7000, "Mức cố định 7.000 ₫.")
    assert said(spec, "counter", area=50, poor=True)["site"][0] is None


def test_anybody_works_out_the_fees_of_a_procedure_in_force(version):
    publish(version)
    url = reverse("dossiers:calculator", args=[CODE])
    page = Client().get(url)
    assert page.status_code == 200 and page.context["ways"] == []
    page = Client().get(url, {"area": "120", "copies": "1", "poor": "yes"})
    assert [(name, total) for name, _lines, total in page.context["ways"]] == [
        ("Nộp trực tuyến", 32000), ("Nộp tại quầy", 20000),
    ]  # fmt: skip
    assert "Hộ nghèo" in page.content.decode()


def test_a_wrong_answer_is_said_next_to_its_question(version):
    publish(version)
    page = Client().get(reverse("dossiers:calculator", args=[CODE]), {"area": "rộng", "copies": "0"})
    assert page.status_code == 200
    assert set(page.context["form"].errors) == {"area", "copies"}


@pytest.mark.parametrize("code", ["khong-co", "9.999999", "a\0b"])
def test_a_procedure_that_is_not_there_has_no_calculator(catalogue, code):
    assert Client().get(f"/thu-tuc/{code}/tinh-phi/".replace("\0", "%00")).status_code == 404


def test_a_procedure_whose_fees_depend_on_nothing_says_them_at_once(catalogue):
    flat = replace(world.spec(CODE), fees=(Fee("flat", "Lệ phí", amount=9000),))
    publish(write(flat, Procedure.objects.get(code=CODE)))
    page = Client().get(reverse("dossiers:calculator", args=[CODE]))
    assert page.status_code == 200 and not page.context["asked"]
    assert {total for _name, _lines, total in page.context["ways"]} == {9000}


def test_an_admin_works_out_the_fees_of_a_draft(version):
    page = logged_in(world.staff(Role.ADMIN)).get(
        reverse("studio:calculator", args=[version.pk]), {"area": "50", "copies": "1", "poor": "no"}
    )
    assert page.status_code == 200
    assert [total for _name, _lines, total in page.context["ways"]] == [25000, 27000]

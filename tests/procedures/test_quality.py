"""Marks for a version: each figure falls for its own reason only, and the page names the worst first."""

import csv
import io
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from branches.models import FieldOfLaw, Role
from procedures import versions
from procedures.checking import Context
from procedures.models import Procedure
from procedures.quality import column_names, score
from procedures.spec import Document, Field
from tests import world
from tests.dossiers.citizen_steps import logged_in
from tests.procedures.drafts import changed_field, documents, sections, sound, steps, with_field

HELD = Context(held=frozenset({("OFFICER", "WARD"), ("LEADER", "WARD"), ("CLERK", "")}))
SOURCED = tuple(replace(s, group="shared", group_version=1) for s in sections())


def flawless(**changes):
    return sound(sections=SOURCED, **changes)


def test_a_version_with_nothing_left_to_do_has_full_marks():
    quality = score(flawless(), HELD)
    assert quality.total == 100
    assert [part.key for part in quality.parts] == list(column_names())
    assert not any(part.reason for part in quality.parts)


@pytest.mark.parametrize(
    ("key", "poorer"),
    [
        ("summary", lambda: flawless(summary="từ " * 61)),
        ("summary", lambda: flawless(summary="")),
        ("english", lambda: flawless(english={})),
        ("examples", lambda: replace(flawless(), sections=changed_field("other_name", example=None).sections)),
        ("examples", lambda: replace(flawless(), sections=changed_field("starts_on", example="xưa").sections)),
        ("conditions", lambda: flawless(documents=(*documents(), Document("more", "Giấy ủy quyền khi nộp thay")))),
        ("real", lambda: flawless(assumed=("time",))),
        ("real", lambda: flawless(documents=(*documents(), Document("more", "Bản vẽ", assumed=True)))),
        ("held", lambda: flawless(steps=(*steps()[:1], replace(steps()[1], unit_kind="TAX"), *steps()[2:]))),
        ("reuse", lambda: with_field(Field("more", "text", "Thêm", example="a"))),
        ("privacy", lambda: replace(flawless(), sections=changed_field("applicant_phone", privacy="none").sections)),
    ],
)
def test_a_flaw_lowers_its_own_figure_and_says_why(key, poorer):
    quality = score(poorer(), HELD)
    assert quality.total < 100
    part = quality.of(key)
    assert part.share < 100 and part.reason


def test_the_reason_counts_and_names():
    part = score(flawless(assumed=("time", "fees")), HELD).of("real")
    assert part.share == 71
    assert part.reason == "2 trên 7 phần chưa được xác nhận: “thời hạn”; “phí, lệ phí”"


def test_many_wanting_things_are_counted_not_all_named():
    reason = score(sound(english={})).of("english").reason
    assert reason.count("“") == 5 and "chỗ nữa" in reason


def test_whether_steps_are_held_is_left_out_where_nobody_knows():
    quality = score(flawless())
    assert quality.of("held") is None and quality.total == 100


def test_the_worst_part_is_the_one_that_costs_most():
    assert score(flawless(summary="", english={}), HELD).worst.key == "english"


# --- the page -----------------------------------------------------------------------------------------------------
@pytest.fixture
def admin_client(catalogue) -> Client:
    return logged_in(world.staff(Role.ADMIN))


def test_the_page_shows_every_version_in_force_the_poorest_first(admin_client):
    response = admin_client.get(reverse("studio:quality"))
    rows = response.context["rows"]
    assert len(rows) == Procedure.objects.exclude(published=None).count()
    totals = [row.quality.total for row in rows]
    assert totals == sorted(totals)
    first = rows[0].procedure
    text = response.content.decode()
    assert text.index(first.code) < text.index(rows[-1].procedure.code)
    assert reverse("admin:procedures_procedure_change", args=[first.pk]) in text


def test_the_page_takes_few_queries_however_many_procedures(admin_client, django_assert_max_num_queries):
    for version_id in Procedure.objects.values_list("published_id", flat=True):
        versions.read(version_id)
    with django_assert_max_num_queries(10):
        admin_client.get(reverse("studio:quality"))


def test_one_field_of_law_can_be_looked_at_alone(admin_client):
    field = FieldOfLaw.objects.get(name="Hộ tịch")
    rows = admin_client.get(reverse("studio:quality"), {"linh-vuc": field.slug}).context["rows"]
    assert rows and {row.procedure.field_of_law_id for row in rows} == {field.pk}
    nothing = admin_client.get(reverse("studio:quality"), {"linh-vuc": "khong-co"})
    assert nothing.status_code == 200 and not nothing.context["rows"]


def test_the_file_says_the_same_as_the_page(admin_client):
    rows = admin_client.get(reverse("studio:quality")).context["rows"]
    content = admin_client.get(reverse("studio:quality_csv")).content.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(content)))
    assert [(line["Mã"], int(line["Điểm"])) for line in lines] == [(r.procedure.code, r.quality.total) for r in rows]


def test_the_list_of_procedures_leads_here(admin_client):
    response = admin_client.get(reverse("admin:procedures_procedure_changelist"))
    assert reverse("studio:quality") in response.content.decode()


@pytest.mark.parametrize("name", ["studio:quality", "studio:quality_csv"])
def test_only_those_who_look_after_procedures_see_it(catalogue, name):
    client = Client()
    assert client.get(reverse(name)).status_code == 302
    client.force_login(world.person())
    assert client.get(reverse(name)).status_code in (302, 403)

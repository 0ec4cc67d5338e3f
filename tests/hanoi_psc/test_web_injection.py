"""What people and admins write stays text: in letters, on pages, and in the spreadsheets of those who read it."""

import csv
import io
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.html import escape

from notifications import templates
from outgoing.spreadsheets import spreadsheet_safe
from procedures import releasing, versions
from procedures.models import FormField, Procedure
from tests import world
from tests.procedures.kinds import spec_of_all_kinds
from tests.procedures.test_design_attacks import CODE

# Django's templates, Jinja's, str.format, %-format, string.Template, and a server-side include.
PROBE = "{{ 7|add:7 }}{% now 'Y' %}{7*7}{0.__class__}%(name)s%s${7*7}<!--#echo var='PATH' -->"
# Not the virtual environment (.venv), nor what a run leaves in var/.
ROOMS = [path for path in Path(settings.BASE_DIR).glob("[!.]*/") if path.name not in {"tests", "var"}]
OURS = [path for room in ROOMS for path in room.rglob("*.py")]


# --- letters --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", sorted(templates.SAYINGS))
@pytest.mark.parametrize("language", templates.LANGUAGES)
def test_a_value_in_a_letter_is_never_a_template(key, language):
    saying = templates.SAYINGS[key]
    context = {name: f"<{name}>{PROBE}" for name in (*saying.needs, *saying.may)}
    plain = {name: f"<{name}>PROBE" for name in context}
    said = "\n".join(templates.render(key, language, context))
    meant = "\n".join(templates.render(key, language, plain)).replace("PROBE", PROBE)
    assert said[: templates.SUBJECT_LENGTH // 2] == meant[: templates.SUBJECT_LENGTH // 2]
    assert said.partition("\n")[2] == meant.partition("\n")[2]


def test_a_value_makes_no_second_header():
    subject, _body = templates.render("dossier_submitted", "vi", {"code": "a\r\nBcc: ai@example.com", "procedure": "b"})
    assert "\n" not in subject and "\r" not in subject


# --- pages ----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_template_that_an_admin_writes_is_shown_as_it_was_written(catalogue, client, admin_client):
    version = versions.write(spec_of_all_kinds(), Procedure.objects.get(code=CODE))
    texts = FormField.objects.filter(version=version).exclude(kind__in=("ward", "choice", "many"))
    texts.update(label=PROBE, hint=PROBE, example=PROBE)
    version.steps.update(name=PROBE, public_name=PROBE)
    version.documents.update(name=PROBE, full_name=PROBE, condition_text=PROBE)
    version.fees.update(label=PROBE)
    type(version).objects.filter(pk=version.pk).update(short_name=PROBE[:100], name=PROBE, summary=PROBE, result=PROBE)
    releasing.keep_digest(version)
    versions.publish(version)
    owner = world.person()
    client.force_login(owner)
    pages = [client.get(f"/thu-tuc/{CODE}/"), client.get(reverse("procedures:list"), {"q": CODE})]
    pages += [admin_client.get(reverse("admin:procedures_procedureversion_change", args=[version.pk]))]
    for page in pages:
        html = page.content.decode()
        assert page.status_code == 200 and escape(PROBE)[:40] in html
        assert "<!--#echo" not in html and "class &#x27;" not in html


@pytest.mark.django_db
def test_a_name_that_is_a_template_is_greeted_by_it(client):
    client.force_login(world.person(PROBE[:60]))
    assert escape(PROBE[:60]) in client.get(reverse("accounts:profile")).content.decode()


def test_no_text_of_the_database_is_ever_compiled_as_a_template():
    """Templates are made from files only: the one place that compiles a string reads templates/notifications."""
    compiles = r"\bTemplate\(|(?<!puremagic\.)from_string\(|render_to_string\([^\"']"
    makes = re.compile(rf"{compiles}|\beval\(|\bexec\(|pickle\.loads?\(")
    found = {str(p.relative_to(settings.BASE_DIR)) for p in OURS if makes.search(p.read_text())}
    assert found == {"notifications/templates.py"}


def test_no_yaml_of_strangers_makes_objects():
    unsafe = re.compile(r"yaml\.(?:unsafe_|full_)?load\((?!.*(?:Safe|Loader))")
    assert [str(p) for p in OURS if unsafe.search(p.read_text())] == []


# --- spreadsheets ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =HYPERLINK(A1)",
        "＝1+1",
        "＋1",
        "＠A",
    ],
)
def test_a_text_that_a_spreadsheet_would_run_is_kept_a_text(cell):
    assert spreadsheet_safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["Khai sinh", "a=b", "1.001193", "", -5, 0, None, 3.5, "'=1"])
def test_any_other_cell_is_itself(cell):
    assert spreadsheet_safe(cell) is cell


@pytest.mark.django_db
def test_a_formula_in_a_procedures_name_runs_in_no_spreadsheet(catalogue, admin_client):
    procedure = Procedure.objects.exclude(published=None).first()
    Procedure.objects.filter(pk=procedure.pk).update(short_name="=HYPERLINK(1)")
    content = admin_client.get(reverse("studio:quality_csv")).content.decode("utf-8-sig")
    row = next(line for line in csv.reader(io.StringIO(content)) if line[0] == procedure.code)
    assert row[1] == "'=HYPERLINK(1)"


def test_whatever_writes_a_spreadsheet_writes_safe_cells():
    writes = re.compile(r"csv\.(?:writer|DictWriter)\(|import Workbook|openpyxl\.Workbook|xlsxwriter")
    for path in OURS:
        text = path.read_text()
        assert not writes.search(text) or "spreadsheet_safe" in text, path

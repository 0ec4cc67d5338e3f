"""What somebody does to procedures who wants to break them, or breaks them by accident while they are used."""

import io
import re
import time
import zipfile
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from branches.models import FieldOfLaw, Role
from procedures import drafts, groups, releasing, uploads, versions
from procedures.answers import clean_answers
from procedures.checking import check
from procedures.checks.patterns import is_explosive
from procedures.cleaning import Invalid, clean_value
from procedures.drawing import describe, draw
from procedures.exchange import ExchangeError
from procedures.expressions import ExpressionError, parse, parse_formula, text_of
from procedures.models import FormSection, Procedure, ProcedureVersion
from procedures.releasing import NotReleasable
from procedures.spec import Field, Section
from tests.procedures.drafts import changed, changed_field, sound, steps, with_field
from tests.world import branch_number, posted, unit_of_kind
from worktime import at as frozen_at
from worktime import clocks, now

CODE = "1.001193"
WHY = {"reason": "Bớt giấy tờ", "legal_ground": "Nghị định 120/2025/NĐ-CP", "accepted_warnings": "Đã xem"}


def admins():
    ward = unit_of_kind("WARD")
    posted(Role.CLERK, branch=branch_number(1))
    posted(Role.OFFICER, unit=ward)
    posted(Role.LEADER, unit=ward)
    return posted(Role.ADMIN), posted(Role.ADMIN)


def draft_of(code=CODE, *, by=None) -> ProcedureVersion:
    draft = releasing.copy_to_draft(Procedure.objects.get(code=code).published, by=by)
    ProcedureVersion.objects.filter(pk=draft.pk).update(short_name="Kiểu mới")
    draft.refresh_from_db()
    return draft


def codes(spec) -> set[str]:
    return {problem.code for problem in check(spec) if problem.is_error}


# --- four eyes ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_copy_of_ones_draft_is_not_approved_by_its_author(catalogue):
    author, second = admins()
    copy = releasing.copy_to_draft(draft_of(by=author), by=second)
    asked = releasing.request(copy, by=second, **WHY)
    with pytest.raises(NotReleasable, match="đã sửa bản nháp"):
        releasing.approve(asked, by=author)


@pytest.mark.django_db
def test_a_copy_of_a_released_version_is_its_makers_alone(catalogue):
    author, second = admins()
    draft = draft_of(by=author)
    releasing.approve(releasing.request(draft, by=author, **WHY), by=second)
    assert releasing.copy_to_draft(draft, by=second).editors == [second.pk]


@pytest.mark.django_db
def test_a_scheduled_version_comes_although_its_field_of_law_was_renamed(catalogue):
    author, second = admins()
    draft, moment = draft_of(by=author), now() + timedelta(hours=2)
    releasing.approve(releasing.request(draft, by=author, starts_at=moment, **WHY), by=second)
    FieldOfLaw.objects.filter(name=draft.field_of_law).update(name="Tên mới của lĩnh vực")
    with frozen_at(moment + timedelta(hours=1)):
        clocks.sweep()
    procedure = Procedure.objects.get(code=CODE)
    assert procedure.published_id == draft.pk and procedure.field_of_law.name == "Tên mới của lĩnh vực"


# --- patterns that never end --------------------------------------------------------------------------------------
EXPLOSIVE = [
    "(a+)+b", "(a|a)*b", "(a|ab)*c", "(a?){26}a{26}", "a?" * 26 + "a" * 26, "a*a*a*a*a*a*b", r"(\w|\d)+x",
    r"^(.*?,){11}P", r"\s*\w*\s*\w*\s*\w*\s*x", "(?:a|b|ab)*c", "(?x)(a+#)\n)+b", "(?=(a+)+b)a", "(a{0,9}){0,9}b",
    "(?:){2000000000}", "(?:a{0}){100000000}", "(?=a){1000000000}a*", "(?:(?:(?:a{0}){5000}){5000}){5000}b",
]  # fmt: skip


@pytest.mark.parametrize("pattern", EXPLOSIVE)
def test_a_pattern_that_could_run_for_years_is_refused_by_the_check_and_never_run(pattern):
    assert is_explosive(pattern)
    assert "explosive_pattern" in codes(changed_field("other_name", pattern=pattern))
    began = time.perf_counter()
    with pytest.raises(Invalid, match="chưa dùng được"):
        clean_value(Field("x", "text", "X", pattern=pattern), "a" * 40)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    "pattern",
    ["[A-Z0-9]{6,20}", r"[\w./-]{1,40}", "([01][0-9]|2[0-3]):[0-5][0-9]", "[0-9]{5}([0-9]{8})?", "[^?]+",
     r"\w+@\w+\.\w+", "(?:AB)?[(]{2}", r"\(\?x{1,3}", "a{²}", "(?:[0-9]{4}-){7}[0-9]{4}"],
)  # fmt: skip
def test_usual_patterns_are_taken(pattern):
    assert not is_explosive(pattern)


def test_the_longer_the_answer_the_fewer_repetitions():
    assert not is_explosive(r".*a.*b.*c", 200) and is_explosive(r".*a.*b.*c", 2000)


def test_a_pattern_that_is_none_is_said_and_does_not_break_a_trial():
    with pytest.raises(Invalid, match="chưa dùng được"):
        clean_value(Field("x", "text", "X", pattern="("), "a")


# --- numbers, names and columns -----------------------------------------------------------------------------------
@pytest.mark.parametrize("decimals", [10, 30, 32_767, -1])
def test_more_decimals_than_can_be_counted_are_refused(decimals):
    spec = with_field(Field("extra", "number", "Số", example=1, decimals=decimals))
    assert "too_many_decimals" in codes(spec)


def test_the_largest_number_with_the_most_decimals_is_counted():
    field = Field("x", "computed", "X", formula={"mul": [10**15, 999]}, decimals=9)
    answers, errors = clean_answers(sound(sections=(Section("s", "S", (field,)),)), {"x": "forged"})
    assert (answers, errors) == ({"x": float(10**15 * 999)}, [])


@pytest.mark.parametrize(
    ("key", "changes", "code"),
    [
        ("applicant_name", {"kind": "person", "example": None}, "applicant_kind"),
        ("applicant_name", {"max_length": 200}, "applicant_length"),
        ("applicant_name", {"max_length": None}, "applicant_length"),
        ("applicant_phone", {"kind": "text"}, "applicant_kind"),
        ("applicant_ward", {"kind": "address", "example": None}, "applicant_kind"),
        ("applicant_phone", {"seen_by": ("OFFICER",)}, "applicant_seen"),
    ],
)  # fmt: skip
def test_what_is_copied_beside_the_dossier_must_fit_there(key, changes, code):
    assert code in codes(changed_field(key, **changes))


# --- expressions --------------------------------------------------------------------------------------------------
WORST = [
    "+".join(["1"] * 1000), "-" * 1999 + "1", "(" * 999 + "1" + ")" * 999, "không " * 330 + "a", "min(" * 400 + "1",
    " và ".join(["a"] * 390), "+".join(["tổng(a.b)"] * 190), "nếu(a," * 250, '"' + "\\a" * 999,
    "a trong (1" + ",1" * 900,
    "9" * 1999, "__proto__ = 1", "__import__(1)", "a.__class__ = 1", "a.b.c.d.e.f = 1",
]  # fmt: skip


@pytest.mark.parametrize("text", WORST)
def test_the_worst_texts_are_read_or_refused_at_once(text):
    for read in (parse, parse_formula):
        began = time.perf_counter()
        try:
            tree = read(text[:2000])
        except ExpressionError as error:
            assert error.message.endswith(".")
        else:
            assert read(text_of(tree)) == tree
        assert time.perf_counter() - began < 3


# --- files --------------------------------------------------------------------------------------------------------
def zip_of(content: bytes, method=zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("procedures/1.001193.yaml", content)
    return made.getvalue()


def taken(raw: bytes):
    return uploads.files_of([SimpleUploadedFile("x.zip", raw)])


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("at", [56, 70, 200])
def test_a_zip_with_a_broken_part_is_refused_in_words(method, at):
    raw = bytearray(zip_of(bytes(zlib.crc32(str(n).encode()) % 256 for n in range(9000)), method))
    raw[at : at + 2] = bytes(255 - one for one in raw[at : at + 2])
    with pytest.raises(ExchangeError):
        taken(bytes(raw))


def test_a_zip_bomb_and_one_that_lies_about_its_size_are_refused():
    with pytest.raises(ExchangeError, match="quá lớn"):
        taken(zip_of(b"a" * (uploads.MAX_TOTAL + 1)))
    raw = bytearray(zip_of(b"a" * 3_000_000))
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 24 : at + 28] = (100).to_bytes(4, "little")
    with pytest.raises(ExchangeError):
        taken(bytes(raw))


def test_a_huge_file_is_refused_unread():
    upload = SimpleUploadedFile("x.yaml", b"a: 1")
    upload.size = uploads.MAX_TOTAL + 1
    upload.file = None  # reading it would fail
    with pytest.raises(ExchangeError, match="quá lớn"):
        uploads.files_of([upload])


# --- names that are pages -----------------------------------------------------------------------------------------
EVIL = '</text><script>alert(1)</script><img src=x onerror="alert(1)">'


def test_names_in_the_drawing_stay_names():
    spec = sound(short_name=EVIL, steps=changed(steps(), "visit", name=EVIL, public_name=EVIL))
    picture = draw(spec)
    assert not re.search(r"<(script|img)", picture) and "&lt;" in picture
    assert any("<script>" in sentence for sentence in describe(spec))  # plain text: whoever shows it escapes it


# --- groups -------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_group_brought_into_a_released_version_is_refused(catalogue):
    section = FormSection.objects.filter(version=Procedure.objects.get(code=CODE).published).exclude(group="").first()
    with pytest.raises(drafts.NotADraft):
        groups.update_draft(section, by=posted(Role.ADMIN), actor=None)


@pytest.mark.django_db
def test_whoever_brings_a_group_into_a_draft_cannot_approve_it(catalogue):
    author, second = admins()
    draft = draft_of(by=author)
    drafts.touched(drafts.locked(draft.pk), second)
    asked = releasing.request(draft, by=author, **WHY)
    with pytest.raises(NotReleasable, match="đã sửa bản nháp"):
        releasing.approve(asked, by=second)


@pytest.mark.django_db
def test_a_made_spec_of_another_procedure_cannot_take_its_place(catalogue):
    procedure = Procedure.objects.get(code=CODE)
    draft = versions.write(replace(sound(), code="9.999999"), procedure)
    assert versions.read(draft.pk).code == CODE


def test_a_form_that_adds_all_rows_for_each_row_again_and_again_is_refused():
    """21 sums in each of 200 rows over 200 rows are seconds of every page."""
    once = {"sum": "barns.area"}

    def with_sums(number: int):
        formula = once
        for _n in range(number - 1):
            formula = {"add": [formula, once]}
        share = Field("share", "computed", "Phần", formula=formula)
        return with_field(Field("rows", "group", "Dòng", fields=(Field("x", "number", "X", example=1), share)))

    assert "too_many_sums" in codes(with_sums(21))
    assert not codes(with_sums(5))

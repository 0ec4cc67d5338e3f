"""A procedure goes out as a file and comes back the same; a bad file comes back with a sentence and a line."""

import copy
import time
from dataclasses import replace

import jsonschema
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import Q
from hypothesis import given
from hypothesis import strategies as st

from audit.models import AuditEntry
from audit.services import SYSTEM
from procedures import catalogue as reader
from procedures import exchange, exchange_schema, exporting, importing, safe_yaml, versions
from procedures.catalogue import city_families
from procedures.exchange import ExchangeError, Shared
from procedures.models import LifeEvent, Procedure, ProcedureVersion
from procedures.spec import Spec
from tests import world
from tests.procedures.chances import tried

pytestmark = pytest.mark.django_db
BIRTH = "1.001193"
FEW = (BIRTH, "1.000028", "1.001612")


@pytest.fixture(scope="module")
def entries():
    return reader.read(settings.CATALOGUE_DIR).entries


@pytest.fixture(scope="module")
def shared():
    return Shared(groups={}, families=city_families(), english={})


def rich(code: str = "1.015020") -> Spec:
    """A version that uses everything the format has."""
    return Spec.from_dict({
        "code": code, "name": "Hỗ trợ\nxử lý chất thải: “chuồng trại” #1", "short_name": "- Hỗ trợ: 'chuồng trại'",
        "field_of_law": "Nông nghiệp", "ministry": "", "audience": "both", "unit_kind": "WARD", "family": "consult",
        "time_amount": 0, "time_unit": "HOUR", "any_branch": False, "channels": ["counter"], "returns": [],
        "routing_field": "home_ward", "supplement_days": 0, "weight": 3, "immediate": True, "assumed": ["time"],
        "summary": "yes", "result": "null", "legal_basis": "Có  hai dấu cách, đuôi trắng ", "short_name_en": "1.0",
        "english": {"Tên": "Name", "không còn": "no longer there", "condition": "a > 1"},
        "sections": [{
            "key": "herd", "title": "Đàn vật nuôi", "hint": "~", "group": "herd", "group_version": 3, "fields": [
                {"key": "home_ward", "kind": "ward", "label": "Xã", "example": "00004", "source": "account.ward"},
                {"key": "rows", "kind": "group", "label": "Đàn", "minimum": 1, "maximum": 20, "required": False,
                 "example": [{"condition": "tốt", "n": 2, "on": True, "x": None}], "fields": [
                     {"key": "condition", "kind": "text", "label": "Tình trạng", "example": "tốt", "max_length": 5},
                     {"key": "n", "kind": "number", "label": "Số con", "example": 0.5, "decimals": 1, "minimum": 0.0}]},
                {"key": "total", "kind": "computed", "label": "Tổng", "formula": {"sum": "rows.n"}},
                {"key": "why", "kind": "choice", "label": "Vì sao", "options": [["1", "Một"], ["no", "Không"]],
                 "condition": {"all": [{"gt": [{"count": "rows"}, 1]}, {"not": {"empty": "home_ward"}}]},
                 "privacy": "sensitive", "pattern": "\\d+", "seen_by": ["LEADER"]},
                {"key": "odd", "kind": "text", "label": "x", "condition": {"all": [{"field": "why", "is": "1"}]}},
            ]}],
        "documents": [{"key": "p", "name": "Giấy", "full_name": "D" * 500, "required": False, "originals": 1,
                       "copies": 2, "assumed": True, "condition": {"field": "why", "in": ["1", "no"]},
                       "condition_text": "khi"}],
        "fees": [{"key": "f", "label": "Phí", "per": "row", "count_field": "rows", "channel": "online",
                  "minimum": 0, "maximum": 5_000_000, "rows": [{"condition": {"ge": [{"field": "total"}, 10]},
                                                              "amount": 20_000}, {"amount": 5}],
                  "exemptions": [{"key": "e", "name": "Nghèo", "percent": 50, "ground": "Điều 1", "proof": "p",
                                  "condition": {"field": "why", "is": "no"}}]},
                 {"key": "g", "label": "Phí 2", "formula": {"mul": [{"field": "total"}, 1.5]}, "amount": 7}],
        "steps": [{"key": "a", "name": "Xem", "role": "OFFICER", "unit_kind": "LAND", "amount": 2, "unit": "DAY",
                   "produces": "opinion", "items": [
                       {"key": "i", "kind": "linked", "name": "Việc", "unit_kind": "TAX", "amount": 3, "unit": "HOUR",
                        "required": False, "after": "j", "procedure": BIRTH, "result": "Giấy"},
                       {"key": "j", "kind": "opinion", "name": "Ý kiến", "unit_kind": "HEALTH", "amount": 0}]},
                  {"key": "z", "name": "Xong", "role": "CLERK", "end": True, "public_name": "Xong"}],
        "moves": [{"key": "start", "label": "Vào", "source": "", "target": "a"},
                  {"key": "go", "label": "Đi", "source": "a", "target": "z", "role": "OFFICER", "needs_reason": True,
                   "effects": ["approve", "complete"], "primary": True,
                   "condition": {"field": "items_done", "is": True}}],
    })  # fmt: skip


@pytest.fixture
def few(catalogue, monkeypatch):
    """Exports hold these few procedures and what a test itself makes; the whole goes out in one test, below."""
    of = exporting.procedure_files
    chosen = Q(code__in=FEW) | Q(code__startswith="9.")
    monkeypatch.setattr(exporting, "procedure_files", lambda procedures: of(procedures.filter(chosen)))


# --- round trip ---------------------------------------------------------------------------------------------------
def test_every_procedure_comes_back_exactly_as_it_went_out(entries, shared):
    assert len(entries) == 150
    for entry in entries:
        back = exchange.read(exchange.dump(entry.spec, entry), shared=shared)
        assert back.spec.digest == entry.spec.digest, entry.spec.code
        assert sorted(back.life_events) == sorted(entry.life_events)
        assert (back.popularity, back.keywords) == (entry.popularity, entry.keywords)
        assert back.national_non_territorial == entry.national_non_territorial


def test_a_version_that_uses_everything_comes_back_exactly(shared):
    spec = rich()
    text = exchange.dump(spec)
    assert exchange.read(text, shared=shared).spec.as_brief() == spec.as_brief()
    assert exchange.read(text, shared=shared).spec.digest == spec.digest
    assert exchange.dump(exchange.read(text, shared=shared).spec) == text


def test_the_rows_of_a_draft_give_the_same_file(catalogue):
    spec = rich(BIRTH)
    version = versions.write(spec, Procedure.objects.get(code=BIRTH))
    assert exchange.dump(versions.read(version.pk)) == exchange.dump(spec)


def test_conditions_are_written_as_text_and_as_a_tree_only_where_text_would_say_it_otherwise():
    text = exchange.dump(rich())
    assert "condition: số_dòng(rows) > 1 và không trống(home_ward)" in text
    assert "condition: {all: [{field: why, is: '1'}]}" in text or "all: [{field: why, is: '1'}]" in text


_SIGNS = st.sampled_from("\n\t :#-'\"“”&*!|>%@`{}[],?~")
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | _SIGNS, max_size=80)
_NUMBER = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
VALUE = st.recursive(
    st.none() | st.booleans() | _NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6,
)  # fmt: skip


@tried(60)
@given(text=TEXT, label=TEXT, example=VALUE, minimum=VALUE, english=st.dictionaries(TEXT, TEXT, max_size=3))
def test_whatever_texts_and_values_a_version_has_they_come_back(shared, text, label, example, minimum, english):
    spec = rich()
    section = spec.sections[0]
    fields = (replace(section.fields[0], label=label, hint=text, example=example, minimum=minimum), *section.fields[1:])
    spec = replace(spec, name=text, summary=label, english=english, sections=(replace(section, fields=fields),))
    assert exchange.read(exchange.dump(spec), shared=shared).spec.digest == spec.digest


def test_the_whole_catalogue_goes_out_the_same_twice_comes_in_without_a_change_and_loads_the_same(
    catalogue, entries, tmp_path
):
    first, second = tmp_path / "a", tmp_path / "b"
    call_command("export_catalogue", first)
    before = (ProcedureVersion.objects.count(), AuditEntry.objects.count())
    call_command("import_catalogue", first)
    assert (ProcedureVersion.objects.count(), AuditEntry.objects.count()) == before
    call_command("export_catalogue", second)
    assert contents(first) == contents(second)
    assert len(contents(first)) == 154
    read = reader.read(first)
    assert read.problems == []
    assert {e.spec.code: e.spec.digest for e in read.entries} == {e.spec.code: e.spec.digest for e in entries}


def test_an_export_over_an_older_one_gives_the_same_bytes(few, tmp_path):
    call_command("export_catalogue", tmp_path)
    before = contents(tmp_path)
    (tmp_path / f"procedures/{BIRTH}.yaml").write_text("code: old")
    call_command("export_catalogue", tmp_path)
    assert contents(tmp_path) == before


def test_an_export_brings_a_draft_only_procedure_to_another_city_and_back(few, tmp_path):
    """What was never released is exported as its newest draft; after an import the next export is the same."""
    importing.apply({"a.yaml": exchange.dump(rich("9.000001")).encode()}, by=None, actor=SYSTEM)
    exporting.export_catalogue(tmp_path / "a")
    text = (tmp_path / "a/procedures/9.000001.yaml").read_text()
    Procedure.objects.filter(code="9.000001").update(popularity=5)
    importing.apply(importing.files_of(tmp_path / "a"), by=None, actor=SYSTEM)
    exporting.export_catalogue(tmp_path / "a")
    assert (tmp_path / "a/procedures/9.000001.yaml").read_text() == text


def test_an_export_refuses_a_folder_of_other_things_unless_forced(few, tmp_path):
    (tmp_path / "thư.txt").write_text("quan trọng")
    with pytest.raises(CommandError, match="--force"):
        call_command("export_catalogue", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thư.txt"]
    call_command("export_catalogue", tmp_path, force=True)
    assert (tmp_path / "thư.txt").read_text() == "quan trọng"


def test_a_procedure_that_is_gone_leaves_a_later_export(few, tmp_path):
    exporting.export_catalogue(tmp_path)
    (tmp_path / "procedures/0.000000.yaml").write_text("code: '0.000000'")
    exporting.export_catalogue(tmp_path)
    assert not (tmp_path / "procedures/0.000000.yaml").exists()


def contents(directory):
    return {p.relative_to(directory).as_posix(): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


# --- import -------------------------------------------------------------------------------------------------------
def changed_export(tmp_path, *pairs, code=BIRTH):
    exporting.export_catalogue(tmp_path)
    path = tmp_path / f"procedures/{code}.yaml"
    text = path.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)
    return path


def test_a_dry_run_says_in_words_what_would_change_and_changes_nothing(few, tmp_path, capsys):
    changed_export(tmp_path, ("time: {amount: 1,", "time: {amount: 2,"), ("popularity: 90", "popularity: 91"))
    before = ProcedureVersion.objects.count()
    call_command("import_catalogue", tmp_path, dry_run=True)
    said = capsys.readouterr().out
    assert BIRTH in said and "90” thành “91" in said and f"{len(FEW) - 1} thủ tục không đổi" in said
    assert "2 ngày" in said
    assert ProcedureVersion.objects.count() == before
    assert Procedure.objects.get(code=BIRTH).popularity == 90


def test_an_import_makes_a_draft_and_leaves_the_version_in_force_alone(few, tmp_path):
    changed_export(tmp_path, ("time: {amount: 1,", "time: {amount: 2,"))
    procedure = Procedure.objects.get(code=BIRTH)
    digest = versions.read(procedure.published_id).digest
    admin = world.person()
    importing.apply(importing.files_of(tmp_path), by=admin, actor=SYSTEM)
    draft = procedure.versions.order_by("-number").first()
    procedure.refresh_from_db()
    assert (draft.time_amount, draft.copied_from_id) == (2, procedure.published_id)
    assert draft.editors == [admin.pk]
    assert not draft.releases.exists()
    assert versions.read(procedure.published_id).digest == digest
    assert AuditEntry.objects.filter(chain=f"procedure:{procedure.pk}", act="import_procedure").count() == 1
    again = importing.apply(importing.files_of(tmp_path), by=admin, actor=SYSTEM)
    assert again.changes == []  # the draft is there already


def test_a_new_procedure_comes_as_an_unpublished_draft(catalogue):
    spec = replace(rich("9.000002"), field_of_law="Lĩnh vực chưa có")
    importing.apply({"a.yaml": exchange.dump(spec).encode()}, by=None, actor=SYSTEM)
    procedure = Procedure.objects.get(code="9.000002")
    assert procedure.published is None
    assert procedure.field_of_law.slug == "linh-vuc-chua-co"
    assert versions.read(procedure.versions.get().pk).digest == spec.digest


def test_a_life_event_of_the_files_is_made_with_the_procedure_that_names_it(few, tmp_path):
    changed_export(tmp_path, ("life_events: [birth]", "life_events: [barn, birth]"))
    with (tmp_path / "life-events.yaml").open("a") as file:
        file.write("- {key: barn, name: Chăn nuôi, text: Chuồng trại, icon: house}\n")
    importing.apply(importing.files_of(tmp_path), by=None, actor=SYSTEM)
    assert Procedure.objects.get(code=BIRTH).life_events.filter(key="barn").exists()
    exporting.export_catalogue(tmp_path / "b")
    assert "barn" in (tmp_path / "b/life-events.yaml").read_text()


def test_one_bad_file_among_many_saves_nothing(few, tmp_path, capsys):
    changed_export(tmp_path, ("time: {amount: 1,", "time: {amount: 2,"))
    (tmp_path / "procedures/1.000028.yaml").write_text("code: 5\nnam: x\n")
    before = ProcedureVersion.objects.count()
    with pytest.raises(CommandError) as error:
        call_command("import_catalogue", tmp_path)
    assert "1.000028.yaml, dòng 1: code: phải là chữ" in str(error.value)
    assert "không biết khóa “nam”" in str(error.value)
    assert ProcedureVersion.objects.count() == before


def test_what_was_previewed_is_what_is_done_or_nothing_is(few, tmp_path):
    changed_export(tmp_path, ("popularity: 90", "popularity: 91"))
    files = importing.files_of(tmp_path)
    previewed = importing.plan(files).fingerprint
    Procedure.objects.filter(code=BIRTH).update(popularity=50)
    with pytest.raises(importing.PlanChanged) as error:
        importing.apply(files, by=None, actor=SYSTEM, previewed=previewed)
    assert "50" in error.value.plan.changes[0].words
    importing.apply(files, by=None, actor=SYSTEM, previewed=importing.plan(files).fingerprint)
    assert Procedure.objects.get(code=BIRTH).popularity == 91


def test_a_shared_group_that_changes_must_raise_its_version(few, tmp_path):
    exporting.export_catalogue(tmp_path)
    path = tmp_path / "groups.yaml"
    path.write_text(path.read_text().replace("title: Người nộp hồ sơ", "title: Người nộp"))
    problems = importing.plan(importing.files_of(tmp_path)).problems
    assert [str(p) for p in problems] == ["groups.yaml: nhóm applicant đã đổi, hãy tăng version (đang là 1)"]


def test_life_events_are_in_order_again_after_an_import(few, tmp_path):
    exporting.export_catalogue(tmp_path)
    LifeEvent.objects.filter(key="study").update(position=0)
    importing.apply(importing.files_of(tmp_path), by=None, actor=SYSTEM)
    assert exporting.life_events()[-1]["key"] == "study"


# --- mistakes -----------------------------------------------------------------------------------------------------
def spoiled(change, shared) -> list[str]:
    data = copy.deepcopy(exchange.as_data(rich()))
    change(data)
    with pytest.raises(ExchangeError) as error:
        exchange.read(exchange.to_yaml(data), file="x.yaml", shared=shared)
    return [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.pop("name"), "thiếu khóa “name”"),
        (lambda d: d.update(nam="x"), "không biết khóa “nam”"),
        (lambda d: d["form"][0]["fields"][0].update(kind="txt"), "form.herd.fields.home_ward.kind: phải là một trong"),
        (lambda d: d["form"][0]["fields"][0].update(labels="x"), "không biết khóa “labels”"),
        (lambda d: d["form"][0].pop("title"), "form.herd: thiếu khóa “title”"),
        (lambda d: d["process"]["steps"][0].update(role="BOSS"), "process.steps.a.role: phải là một trong"),
        (lambda d: d["process"]["steps"][0].update(amount="hai"), "amount: phải là số nguyên hoặc trống"),
        (lambda d: d["documents"][0].update(originals=-1), "nhỏ nhất là 0"),
        (lambda d: d["documents"][0].update(copies=40_000), "lớn nhất là 32767"),
        (lambda d: d.update(short_name="a" * 121), "dài 121 ký tự, tối đa 120"),
        (lambda d: d["fees"][0].update(condition="a >"), "Biểu thức còn thiếu ở cuối"),
        (lambda d: d["fees"][0].update(condition={"eval": "x"}), "fees"),
        (lambda d: d["fees"].append(d["fees"][0]), "Hai khoản thu cùng khóa “f”"),
        (lambda d: d["form"].append({"use": "nobody"}), "Không có “nobody”"),
        (lambda d: d["process"].update(family="nobody"), "Không có “nobody”"),
        (lambda d: d.update(form="x"), "form: phải là một danh sách"),
        (lambda d: d.update(code="x"), "code: không đúng dạng"),
    ],
)
def test_a_mistake_is_said_with_its_place(shared, change, said):
    problems = spoiled(change, shared)
    assert any(said in problem for problem in problems) or (said == "fees" and problems), problems


def test_a_mistake_names_the_line(shared):
    text = exchange.dump(rich())
    line = text[: text.index("audience:")].count("\n") + 1
    with pytest.raises(ExchangeError, match=f"x.yaml, dòng {line}: audience"):
        exchange.read(text.replace("audience: both", "audience: all"), file="x.yaml", shared=shared)


def test_all_files_and_exports_are_valid_by_the_published_schema(entries):
    judge = jsonschema.Draft202012Validator(exchange_schema.schema())
    judge.check_schema(exchange_schema.schema())
    for path in (settings.CATALOGUE_DIR / "procedures").glob("*.yaml"):
        assert list(judge.iter_errors(safe_yaml.read(path.read_bytes()).data)) == [], path.name
    for entry in entries:
        assert judge.is_valid(exchange.as_data(entry.spec, entry)), entry.spec.code


def test_the_shared_files_are_valid_by_their_schemas():
    for name in ("groups.yaml", "families.yaml", "life-events.yaml"):
        data = safe_yaml.read((settings.CATALOGUE_DIR / name).read_bytes()).data
        assert exchange_schema.shared_mistakes(name, data) == [], name


# --- files from strangers -----------------------------------------------------------------------------------------
BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
)


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        (BOMB, "dấu neo", 1),
        ("a: 1\nb: 2\na: 3", "Khóa “a” có hai lần", 3),
        ("a: !!python/object/apply:os.system [ls]", "nhãn kiểu", 1),
        ("a: {<<: {b: 1}}", "<<", 1),
        ("[" * 50_000, "sâu hơn 30 tầng", 1),
        ("- x\n" * 300_000, "quá nhiều mục", 100_000),
        ("x: " + "a" * 2_000_001, "lớn hơn 2 MB", 0),
        ("x: " + "1:" * 500_000 + "1", "ngoặc kép", 1),
        ("x: " + "9" * 100_000, "ngoặc kép", 1),
        ("a: 1\nx: 2026-10-02", "ngoặc kép", 2),
        ("x: .nan", "không phải là một số", 1),
        ("a: [1,", "YAML", 2),
        ('a: "\\0"', "ký tự điều khiển", 1),
        ("1: a", "Tên khóa phải là chữ", 1),
        ("? {a: b}\n: c", "Tên khóa phải là chữ", 1),
        ("", "Tệp trống", 0),
        ("a: 1\n---\nb: 2", "một tài liệu", 2),
    ],
)
def test_a_dangerous_file_is_refused_quickly_with_a_line(text, said, line):
    start = time.perf_counter()
    with pytest.raises(safe_yaml.UnsafeYaml, match=said) as error:
        safe_yaml.read(text)
    assert abs(error.value.line - line) <= 1
    assert time.perf_counter() - start < 2


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(safe_yaml.UnsafeYaml, match="UTF-8"):
        safe_yaml.read(b"\xff\xfe\x00")


def test_data_that_is_no_table_of_keys_is_refused(shared):
    for text in ("- a", "abc", "5", "null"):
        with pytest.raises(ExchangeError, match="phải là các cặp khóa và giá trị"):
            exchange.read(text, shared=shared)

"""The page on which an admin edits a draft: what is typed is saved, what is wrong is said at its row."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEntry
from branches.models import Role
from procedures import releasing, upstairs, versions
from procedures.models import FormField, FormSection, Procedure, ProcedureVersion
from tests import world
from tests.procedures.drafts import sound

BUDGET = 25
CODE = "1.001193"


@pytest.fixture
def draft(catalogue):
    return releasing.copy_to_draft(Procedure.objects.get(code=CODE).published)


@pytest.fixture
def small(catalogue):
    """A draft with a row or two of each kind."""
    return versions.write(sound(), Procedure.objects.get(code=CODE))


def address(version: ProcedureVersion) -> str:
    return reverse("admin:procedures_procedureversion_change", args=[version.pk])


def sent(page) -> dict:
    """What a browser would send back for the page, unchanged."""
    data = dict(_values(page.context["adminform"].form))
    for formset in page.context["board"].parts.values():
        data |= dict(_values(formset.management_form))
        for form in formset.forms:
            data |= dict(_values(form))
    texts = page.context["texts"]["now"] + page.context["texts"]["past"]
    return data | {"text_vi": [vi for vi, _en in texts], "text_en": [en for _vi, en in texts]}


def _values(form):
    for name, field in form.fields.items():
        value = form[name].value()
        if value is not None and value is not False:
            yield form[name].html_name, field.prepare_value(value)


def added(data: dict, prefix: str, **values) -> dict:
    """The same, with one more row in a list."""
    at = int(data[f"{prefix}-TOTAL_FORMS"])
    row = {f"{prefix}-{at}-{name}": value for name, value in values.items()}
    return data | row | {f"{prefix}-TOTAL_FORMS": at + 1}


def question(data: dict, **values) -> dict:
    given = {"kind": "text", "privacy": "none", "required": "on", "label": "Số con", "section_key": "request"} | values
    return added(data, "form_fields", **given)


def save(client, version, data: dict):
    return client.post(address(version), {**data, "_save": "1"})


def form_errors(page) -> str:
    found = [str(page.context["adminform"].form.errors)]
    for formset in page.context["board"].parts.values():
        found += [str(form.errors) for form in formset.forms if form.errors]
    return " ".join(found)


# --- reading and saving ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", [CODE, "1.001612"])
def test_saving_the_page_as_it_came_changes_nothing(code, catalogue, admin_client):
    draft = releasing.copy_to_draft(Procedure.objects.get(code=code).published)
    before = versions.read(draft.pk)
    data = sent(admin_client.get(address(draft)))
    assert save(admin_client, draft, data).status_code == 302
    draft.refresh_from_db()
    assert draft.edition == 0 and draft.editors == []
    # And when something else did change, every row is what it was.
    assert save(admin_client, draft, data | {"note": "Thử"}).status_code == 302
    after = versions.read(draft.pk)
    assert after.as_brief() == before.as_brief()


def test_every_draft_of_the_catalogue_survives_the_page(catalogue, admin_client):
    """What the page shows of each kind of row is read back as the same value."""
    for procedure in Procedure.objects.order_by("code")[::25]:
        draft = releasing.copy_to_draft(procedure.published)
        data = sent(admin_client.get(address(draft)))
        answer = save(admin_client, draft, data | {"note": "Thử"})
        assert answer.status_code == 302, (procedure, form_errors(answer))
        assert versions.read(draft.pk).as_brief() == versions.read(procedure.published_id).as_brief()


def test_a_good_save_counts_the_edition_names_the_editor_and_is_recorded(draft, admin_client, admin_user):
    data = sent(admin_client.get(address(draft)))
    assert save(admin_client, draft, data | {"short_name": "Khai sinh cho bé"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.short_name, draft.edition, draft.editors) == ("Khai sinh cho bé", 1, [admin_user.pk])
    assert draft.digest == versions.read(draft.pk).digest
    entry = AuditEntry.objects.get(chain=f"procedure:{draft.procedure_id}", act="edit_version")
    assert entry.after["edition"] == 1 and "Khai sinh cho bé" in entry.after["changes"][0]


def test_a_section_and_its_questions_are_added_in_one_save(draft, admin_client):
    data = sent(admin_client.get(address(draft)))
    data = added(data, "sections", title="Các con", key="children_part")
    data = question(data, section_key="children_part", key="children", label="Các con", kind="group", minimum="1")
    data = question(data, parent="children", label="Họ tên con", example="Nguyễn Minh Khôi")
    data = question(data, parent="children", label="Ngày sinh", kind="date", maximum="hôm nay", example="02/10/2020")
    answer = save(admin_client, draft, data)
    assert answer.status_code == 302, form_errors(answer)
    group = versions.read(draft.pk).fields["children"]
    assert group.minimum == 1
    assert [(f.key, f.kind, f.example) for f in group.fields] == [
        ("ho_ten_con", "text", "Nguyễn Minh Khôi"), ("ngay_sinh", "date", "2020-10-02"),
    ]  # fmt: skip
    assert group.fields[1].maximum == "today"


def test_two_rows_may_swap_their_keys_and_places(small, admin_client):
    data = sent(admin_client.get(address(small)))
    first, second = data["documents-0-key"], data["documents-1-key"]
    data |= {"documents-0-key": second, "documents-1-key": first, "documents-0-position": 9, "documents-1-position": 1}
    assert save(admin_client, small, data).status_code == 302
    assert [d.key for d in versions.read(small.pk).documents][:2] == [
        first,
        *[d.key for d in versions.read(small.pk).documents][1:2],
    ]
    assert versions.read(small.pk).documents[0].key == first
    assert versions.read(small.pk).documents[-1].key == second


def test_a_row_ticked_for_removal_is_gone(small, admin_client):
    data = sent(admin_client.get(address(small)))
    key = data["documents-0-key"]
    assert save(admin_client, small, data | {"documents-0-DELETE": "on"}).status_code == 302
    assert key not in versions.read(small.pk).documents_by_key


@pytest.mark.parametrize(
    ("kind", "typed", "more", "kept"),
    [
        ("number", "85,5", {"decimals": "1"}, 85.5),
        ("number", "1.200", {}, 1200),
        ("money", "2000000", {}, 2_000_000),
        ("yes_no", "không", {}, False),
        ("choice", "Mẹ", {"options": "cha = Cha\nme = Mẹ"}, "me"),
        ("many", "cha; me", {"options": "cha = Cha\nme = Mẹ"}, ["cha", "me"]),
        ("ward", "Phường Ba Đình", {}, "00004"),
        ("period", "Từ ngày = 05/01/2026; Đến ngày = 30/06/2026", {}, {"from": "2026-01-05", "to": "2026-06-30"}),
        ("address", "Phường/xã = Phường Ba Đình; Số nhà, đường, thôn, tổ dân phố = 12 Liễu Giai", {},
         {"ward": "00004", "line": "12 Liễu Giai"}),
        ("person", "Họ, chữ đệm, tên = Trần Thị Bình", {}, {"name": "Trần Thị Bình"}),
    ],
)  # fmt: skip
def test_an_example_is_typed_as_people_write_and_shown_again(kind, typed, more, kept, small, admin_client):
    data = question(sent(admin_client.get(address(small))), key="moi", kind=kind, example=typed, **more)
    answer = save(admin_client, small, data)
    assert answer.status_code == 302, form_errors(answer)
    assert versions.read(small.pk).fields["moi"].example == kept
    again = sent(admin_client.get(address(small)))
    assert save(admin_client, small, again | {"note": "Lần nữa"}).status_code == 302
    assert versions.read(small.pk).fields["moi"].example == kept


def test_conditions_rates_and_formulas_are_typed_and_kept_as_trees(draft, admin_client):
    data = question(sent(admin_client.get(address(draft))), key="so_ban", label="Số bản", kind="number", example="2")
    data = question(data, label="Vì sao", condition='so_ban > 2 và relation = "father"', example="Cần nộp nhiều nơi")
    data = added(
        data,
        "fees",
        label="Bản sao",
        per="dossier",
        channel="any",
        amount="0",
        rows="so_ban > 5 => 50.000\ncòn lại => 8000",
    )
    data = added(data, "exemptions", fee="ban_sao", name="Hộ nghèo", percent="50", condition='relation = "mother"')
    answer = save(admin_client, draft, data)
    assert answer.status_code == 302, form_errors(answer)
    spec = versions.read(draft.pk)
    assert spec.fields["vi_sao"].condition == {
        "all": [{"gt": [{"field": "so_ban"}, 2]}, {"field": "relation", "is": "father"}]
    }
    fee = spec.fees[-1]
    assert [(row.condition, row.amount) for row in fee.rows] == [
        ({"gt": [{"field": "so_ban"}, 5]}, 50_000),
        ({}, 8_000),
    ]
    assert fee.exemptions[0].percent == 50
    page = admin_client.get(address(draft)).content.decode()
    assert "Hỏi khi “Số bản” trên 2 và “Anh/chị là gì của trẻ” là Cha" in page


def test_translations_are_saved_and_the_missing_ones_counted(draft, admin_client):
    page = admin_client.get(address(draft))
    data = sent(page)
    text = data["text_vi"][0]
    data["text_en"] = ["Birth", *data["text_en"][1:]]
    assert save(admin_client, draft, data).status_code == 302
    assert versions.read(draft.pk).english[text] == "Birth"
    assert ("Birth") in admin_client.get(address(draft)).content.decode()


# --- what is wrong is said at its row --------------------------------------------------------------------------------
def wrong(data: dict, **changes):
    return data | changes


MISTAKES = {
    "a malicious expression": (
        lambda d: question(d, condition="__import__('os').system('x')"),
        "Không có phép tính “__import__”",
    ),
    "an unknown function": (lambda d: question(d, condition="eval(relation)"), "Không có phép tính “eval”"),
    "a key twice": (lambda d: question(d, key="relation"), "Mã “relation” đã có ở một dòng khác"),
    "a key that is no name": (lambda d: question(d, key="a b; DROP"), "Mã chỉ gồm chữ không dấu"),
    "a section that is not there": (
        lambda d: question(d, section_key="nowhere"),
        "Không có phần nào mang mã “nowhere”",
    ),
    "a group that is not there": (lambda d: question(d, parent="nowhere"), "Không có nhóm lặp lại nào mang mã"),
    "5,000 options": (
        lambda d: question(d, kind="choice", options="\n".join(f"v{n} = Nhãn {n}" for n in range(5000))),
        "Có 5000 dòng, tối đa 300 dòng",
    ),
    "an option twice": (lambda d: question(d, kind="choice", options="a = A\na = B"), "Dòng 2: giá trị “a” có hai lần"),
    "a pattern that is none": (lambda d: question(d, pattern="[a-"), "Mẫu ký tự chưa đúng"),
    "a bound that is no number": (lambda d: question(d, kind="number", minimum="nhiều"), "Cần một con số"),
    "an example that is no day": (lambda d: question(d, kind="date", example="hôm qua"), "Chưa đúng ngày"),
    "a move to nowhere": (
        lambda d: added(d, "moves", label="Đi lạc", source="appraise", target="nowhere", role="OFFICER"),
        "Không có bước nào mang mã “nowhere”",
    ),
    "a rate without amount": (
        lambda d: added(d, "fees", label="Lạ", per="dossier", channel="any", rows="còn lại => nhiều"),
        "Dòng 1: số tiền “nhiều” chưa đúng",
    ),
    "a question without words": (lambda d: question(d, label="", key="khong_loi"), "Hãy điền mục này"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_said_at_its_row_and_nothing_is_saved_or_lost(mistake, small, admin_client):
    make, sentence = MISTAKES[mistake]
    before = versions.read(small.pk)
    data = make(sent(admin_client.get(address(small)))) | {"summary": "Tóm tắt đang viết dở"}
    answer = save(admin_client, small, data)
    assert answer.status_code == 200
    assert sentence in form_errors(answer).replace("&#x27;", "'").replace("&quot;", '"')
    text = answer.content.decode()
    assert "Tóm tắt đang viết dở" in text, "what was typed stands there still"
    assert any(tab.errors for tab in answer.context["tabs"])
    assert versions.read(small.pk).as_brief() == before.as_brief()
    small.refresh_from_db()
    assert small.edition == 0


def test_an_unfinished_draft_is_saved_and_its_problems_lead_to_their_rows(draft, admin_client):
    data = question(sent(admin_client.get(address(draft))), key="dinh_kem", kind="choice", label="Loại")
    answer = save(admin_client, draft, data)
    assert answer.status_code == 302, form_errors(answer)
    page = admin_client.get(address(draft))
    found = [p for p in page.context["problems"] if "“Loại”" in p.sentence]
    text = page.content.decode()
    assert {p.tab for p in found} == {"to-khai", "loi-van"}  # no options, no example; and no English
    assert all(f'id="{p.anchor}"' in text for p in found if p.tab == "to-khai")


def test_rows_of_another_shape_are_shown_and_said_and_can_be_mended(draft, admin_client):
    """What raw SQL or an old file left in a draft never closes its page."""
    field = draft.form_fields.get(key="relation")
    draft.form_fields.filter(pk=field.pk).update(options=["a", 3], condition=["x"], example={"a": 1}, minimum={"b": 2})
    draft.fees.update(rows=["nhiều"], formula={"mul": 3})
    page = admin_client.get(address(draft))
    assert page.status_code == 200
    assert any(p.is_error and "chưa đúng dạng" in p.sentence for p in page.context["problems"])
    data = sent(page)
    answer = save(admin_client, draft, data)
    assert answer.status_code == 200 and "condition" in form_errors(answer)
    name = next(key for key, value in data.items() if key.endswith("-key") and value == "relation").removesuffix("key")
    good = {"options": "father = Cha\nmother = Mẹ", "condition": "", "example": "father", "minimum": ""}
    data |= {name + key: value for key, value in good.items()}
    data |= {key: "" for key in data if key.startswith("fees-") and key.endswith(("-rows", "-formula"))}
    answer = save(admin_client, draft, data)
    assert answer.status_code == 302, form_errors(answer)
    assert versions.read(draft.pk).fields["relation"].options == (("father", "Cha"), ("mother", "Mẹ"))


def test_a_step_on_which_trials_stand_keeps_its_key(small, admin_client, monkeypatch):
    data = sent(admin_client.get(address(small)))
    key = data["steps-0-key"]
    monkeypatch.setattr(upstairs, "counters", [lambda version: {key: 2} if version == small else {}])
    renamed = {k: ("moi" if v == key else v) for k, v in data.items() if not isinstance(v, list)}
    answer = save(admin_client, small, {**data, **renamed})
    assert answer.status_code == 200
    assert f"Có 2 hồ sơ thử đang ở bước mang mã “{key}”" in answer.content.decode()
    assert save(admin_client, small, data | {"note": "Thử"}).status_code == 302


def test_a_draft_is_deleted_with_its_trials_and_the_record_keeps_that(draft, admin_client):
    url = reverse("admin:procedures_procedureversion_delete", args=[draft.pk])
    assert admin_client.get(url).status_code == 200
    assert ProcedureVersion.objects.filter(pk=draft.pk).exists()
    assert admin_client.post(url, {"post": "yes"}).status_code == 302
    assert not ProcedureVersion.objects.filter(pk=draft.pk).exists()
    assert AuditEntry.objects.filter(chain=f"procedure:{draft.procedure_id}", act="delete_draft").exists()


# --- two admins ------------------------------------------------------------------------------------------------------
def test_the_second_admin_sees_what_the_first_changed_and_may_save_over_it(small, admin_client, client):
    first = world.staff(Role.ADMIN, name="Đỗ Thị Lan")
    client.force_login(first)
    opened_by_both = sent(admin_client.get(address(small)))
    assert save(client, small, sent(client.get(address(small))) | {"short_name": "Tên của Lan"}).status_code == 302

    mine = opened_by_both | {"short_name": "Tên của tôi"}
    answer = save(admin_client, small, mine)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Đỗ Thị Lan" in text
    assert any("Tên của Lan" in change for change in answer.context["conflict"].changes)
    assert 'value="Tên của tôi"' in text
    small.refresh_from_db()
    assert small.short_name == "Tên của Lan"

    over = mine | {"save_over": answer.context["conflict"].edition}
    answer = save(admin_client, small, over)
    assert answer.status_code == 302, form_errors(answer)
    small.refresh_from_db()
    assert small.short_name == "Tên của tôi" and small.edition == 2


def test_a_third_save_in_between_is_seen_again(small, admin_client):
    opened = sent(admin_client.get(address(small)))
    assert save(admin_client, small, opened | {"note": "một"}).status_code == 302
    fresh = sent(admin_client.get(address(small)))
    assert save(admin_client, small, fresh | {"note": "hai"}).status_code == 302
    answer = save(admin_client, small, opened | {"note": "ba", "save_over": 1})
    assert answer.status_code == 200
    assert answer.context["conflict"].edition == 2


# --- reading only ----------------------------------------------------------------------------------------------------
def test_a_released_version_is_read_only_and_makes_a_draft_by_a_button(catalogue, admin_client, admin_user):
    version = Procedure.objects.get(code=CODE).published
    page = admin_client.get(address(version))
    text = page.content.decode()
    assert "không bao giờ thay đổi" in text and 'name="_save"' not in text
    cells = re.findall(r"<(?:input|select|textarea) [^>]*name=\"(?:form_fields|steps|short_name)[^>]*>", text)
    typed = [cell for cell in cells if 'type="hidden"' not in cell]
    assert len(typed) > 100 and all(" disabled" in cell for cell in typed)
    assert admin_client.post(address(version), sent(page)).status_code == 403
    answer = admin_client.post(reverse("admin:procedures_version_copy", args=[version.pk]))
    made = version.procedure.versions.order_by("-number").first()
    assert answer.url == address(made) and made.editors == [admin_user.pk] and made.copied_from == version
    assert admin_client.get(reverse("admin:procedures_version_copy", args=[version.pk])).status_code == 403


def test_a_monitor_reads_and_changes_nothing(small, client):
    user = world.staff(Role.MONITOR)
    client.force_login(user)
    page = client.get(address(small))
    assert page.status_code == 200 and 'name="_save"' not in page.content.decode()
    assert client.post(address(small), sent(page)).status_code == 403
    assert client.post(reverse("admin:procedures_version_copy", args=[small.pk])).status_code == 403


# --- what the page asks while it is edited ---------------------------------------------------------------------------
def explained(client, version, text: str, **more) -> dict:
    questions = [
        {"key": "so_ban", "label": "Số bản", "kind": "number"},
        {"key": "con", "label": "Con", "kind": "group"},
        {"key": "tuoi", "label": "Tuổi", "kind": "number", "parent": "con"},
    ]
    body = {"text": text, "kind": "condition", "lead": "Hỏi", "questions": questions} | more
    url = reverse("admin:procedures_version_explain", args=[version.pk])
    return client.post(url, json.dumps(body), content_type="application/json").json()


def test_an_expression_is_said_in_words_with_the_questions_of_the_page(small, admin_client):
    assert explained(admin_client, small, "so_ban > 2") == {"words": "Hỏi khi “Số bản” trên 2"}
    assert explained(admin_client, small, "tuoi > 2", parent="con") == {"words": "Hỏi khi “Tuổi” trên 2"}
    assert "la" in explained(admin_client, small, "la > 2")["unknown"]
    assert "thiếu" in explained(admin_client, small, "so_ban >")["error"]
    assert explained(admin_client, small, "so_ban × 2", kind="formula") == {"words": "“Số bản” × 2"}


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"questions": 3, "text": "", "kind": ""}', '{"questions": [1]}'])
def test_nonsense_asked_is_answered_shortly(body, small, admin_client):
    url = reverse("admin:procedures_version_explain", args=[small.pk])
    assert admin_client.post(url, body, content_type="application/json").status_code == 400


def test_the_process_is_drawn_from_rows_that_are_not_saved(small, admin_client):
    data = sent(admin_client.get(address(small)))
    data = added(data, "steps", name="Kiểm tra mương nước", role="OFFICER", share="0")
    answer = admin_client.post(reverse("admin:procedures_version_draw", args=[small.pk]), data)
    assert answer.status_code == 200
    assert "mương nước" in answer.content.decode()
    assert not small.steps.filter(name__contains="mương").exists()
    assert admin_client.post(reverse("admin:procedures_version_draw", args=[small.pk])).status_code == 400


# --- the price -------------------------------------------------------------------------------------------------------
def long_draft() -> ProcedureVersion:
    """A draft of 120 questions, half of them asked on a condition."""
    draft = releasing.copy_to_draft(Procedure.objects.get(code=CODE).published)
    section = FormSection.objects.create(version=draft, key="long", title="Phần dài", position=99)
    missing = 120 - draft.form_fields.count()
    FormField.objects.bulk_create(
        FormField(
            version=draft, section=section, key=f"q{n}", kind="text", label=f"Câu hỏi {n}", example="Ví dụ", position=n,
            condition={"field": "relation", "is": "father"} if n % 2 else {},
        )
        for n in range(missing)
    )  # fmt: skip
    return draft


def test_the_longest_pages_stay_within_their_queries(catalogue, admin_client):
    longest = max(ProcedureVersion.objects.all(), key=lambda version: version.form_fields.count())
    for draft in (releasing.copy_to_draft(longest), long_draft()):
        with CaptureQueriesContext(connection) as queries:
            page = admin_client.get(address(draft))
        assert page.status_code == 200
        assert len(queries) <= BUDGET, [q["sql"][:120] for q in queries]


def test_a_long_draft_is_saved(catalogue, admin_client):
    draft = long_draft()
    data = sent(admin_client.get(address(draft)))
    assert save(admin_client, draft, data | {"note": "Dài"}).status_code == 302
    assert draft.form_fields.count() == 120

"""Shared groups: a new wording reaches drafts on request, keeps what they changed, and never a released version."""

from copy import deepcopy

import pytest

from audit.services import SYSTEM, entries
from branches.models import Role
from procedures import checking, drafts, groups, versions
from procedures.merging import merge, prefixed, renamed, whole
from procedures.models import FieldGroup, FormField, FormSection, ProcedureVersion
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(catalogue):
    return world.posted(Role.ADMIN)


@pytest.fixture
def draft(catalogue) -> ProcedureVersion:
    """A draft of 1.001193, registration of a birth, whose first section is the shared group of the applicant."""
    return draft_of("1.001193")


def draft_of(code: str) -> ProcedureVersion:
    released = ProcedureVersion.objects.get(pk=world.spec(code).version_id)
    return versions.write(versions.read(released.pk), released.procedure, copied_from=released)


def applicant_of(version: ProcedureVersion) -> FormSection:
    return version.sections.get(group="applicant")


def changed(admin, key: str = "applicant", **changes) -> None:
    """A new version of the group with these attributes of its questions: name={"label": "…"}; None takes one out."""
    group = FieldGroup.objects.get(pk=key)
    fields = [q | changes.get(q["key"], {}) for q in deepcopy(groups.latest(group).fields)
              if changes.get(q["key"], {}) is not None]  # fmt: skip
    fields += [q for name, q in changes.items() if name not in {f["key"] for f in groups.latest(group).fields}]
    make(admin, group, fields)


def make(admin, group: FieldGroup, fields: list[dict], **more):
    title = more.pop("title", groups.latest(group).title)
    return groups.new_version(group, title=title, fields=fields, by=admin, actor=SYSTEM, note="thử", **more)


def question(key: str, label: str, **more) -> dict:
    return {"key": key, "kind": "text", "label": label, "example": "Ví dụ", **more}


def update(section: FormSection, admin) -> list[str]:
    return groups.update_draft(section, by=admin, actor=SYSTEM)


# --- a new wording ------------------------------------------------------------------------------------------------
def test_a_new_version_stands_beside_the_old_one_and_is_recorded(admin):
    group = FieldGroup.objects.get(pk="place")
    old = groups.latest(group)
    changed(admin, "place", ward={"label": "Phường hoặc xã"})
    new = groups.latest(group)
    assert (new.number, new.created_by) == (old.number + 1, admin)
    assert new.fields[0]["label"] == "Phường hoặc xã"
    old.refresh_from_db()
    assert old.fields[0]["label"] == "Phường/xã"
    assert entries("field_group:place").last().act == "new_group_version"


def test_saving_without_a_change_makes_no_version(admin):
    group = FieldGroup.objects.get(pk="place")
    with pytest.raises(groups.GroupError, match="Chưa có gì thay đổi"):
        make(admin, group, [whole(q) for q in groups.latest(group).fields])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([], "chưa có câu hỏi nào"),
        ([question("a", "A"), question("a", "B")], "trùng tên"),
        ([question("Hoa Thường", "A")], "chỉ gồm chữ thường"),
        ([question("a", "A", kind="choice")], "chưa có lựa chọn"),
        ([question("a", "A", kind="nonsense")], "không có kiểu trả lời"),
        ([question("a", "A", condition={"field": "place_nowhere", "is": True})], "place_nowhere"),
    ],
)
def test_what_a_form_would_be_refused_for_a_group_is_too(admin, fields, said):
    with pytest.raises(groups.GroupError) as error:
        make(admin, FieldGroup.objects.get(pk="place"), fields)
    assert said in str(error.value)
    assert FieldGroup.objects.get(pk="place").versions.count() == 1


# --- drafts -------------------------------------------------------------------------------------------------------
def test_only_drafts_that_are_behind_are_offered_an_update(admin, draft):
    group = FieldGroup.objects.get(pk="applicant")
    assert not groups.drafts_using(group)
    changed(admin, phone={"hint": "Số đang dùng"})
    assert [section.version for section in groups.drafts_using(group)] == [draft]
    update(applicant_of(draft), admin)
    assert not groups.drafts_using(group)


def test_the_rest_follows_and_what_the_draft_changed_stays(admin, draft):
    mine = draft.form_fields.get(key="applicant_phone")
    mine.label = "Điện thoại của người đi khai"
    mine.save()
    changed(admin, phone={"label": "Điện thoại", "hint": "Số đang dùng"}, email={"required": True})
    said = update(applicant_of(draft), admin)
    phone = draft.form_fields.get(key="applicant_phone")
    assert (phone.label, phone.hint) == ("Điện thoại của người đi khai", "Số đang dùng")
    assert draft.form_fields.get(key="applicant_email").required
    assert "Câu hỏi “Điện thoại của người đi khai”: theo nhóm về gợi ý." in said
    assert "Câu hỏi “Điện thoại của người đi khai”: giữ cách riêng của bản nháp về câu hỏi." in said
    assert applicant_of(draft).group_version == 2


def test_new_questions_come_in_and_untouched_old_ones_go(admin, draft):
    changed(admin, email=None, fax=question("fax", "Số fax", required=False))
    said = update(applicant_of(draft), admin)
    keys = list(applicant_of(draft).form_fields.order_by("position").values_list("key", flat=True))
    assert "applicant_email" not in keys
    assert keys[-1] == "applicant_fax"
    assert said == ["Bỏ câu hỏi “Thư điện tử”.", "Thêm câu hỏi “Số fax”."]


def test_a_question_that_the_draft_changed_or_needs_elsewhere_does_not_go(admin, draft):
    mine = draft.form_fields.get(key="applicant_email")
    mine.required = True
    mine.save()
    draft.routing_field = "applicant_ward"
    draft.save()
    changed(admin, email=None, ward=None)
    said = update(applicant_of(draft), admin)
    assert draft.form_fields.filter(key__in=["applicant_email", "applicant_ward"]).count() == 2
    assert "Giữ câu hỏi “Thư điện tử”: nhóm đã bỏ, nhưng bản nháp đã sửa riêng." in said
    assert any("nơi khác trong bản nháp còn dùng" in sentence for sentence in said)


def test_what_the_draft_left_out_stays_out_and_its_own_questions_stay_in(admin, draft):
    draft.form_fields.get(key="applicant_email").delete()
    section = applicant_of(draft)
    own = FormField.objects.create(
        version=draft,
        section=section,
        position=90,
        key="applicant_nickname",
        kind="text",
        label="Tên ở nhà",
        example="Bi",
    )
    changed(admin, phone={"hint": "Số đang dùng"})
    update(section, admin)
    keys = list(section.form_fields.order_by("position").values_list("key", flat=True))
    assert "applicant_email" not in keys
    assert keys[-1] == own.key


def test_the_preview_changes_nothing(admin, draft):
    changed(admin, phone={"hint": "Số đang dùng"})
    before = versions.read(draft.pk)
    plan = groups.plan_update(applicant_of(draft))
    assert plan.merged.said == ["Câu hỏi “Số điện thoại”: theo nhóm về gợi ý."]
    assert versions.read(draft.pk) == before


def test_an_update_counts_as_an_edit_of_the_draft(admin, draft):
    changed(admin, phone={"hint": "Số đang dùng"})
    update(applicant_of(draft), admin)
    update_again = ProcedureVersion.objects.get(pk=draft.pk)
    assert update_again.edition == draft.edition + 1
    assert admin.pk in update_again.editors  # and so cannot approve it
    assert update_again.digest == versions.read(draft.pk).digest
    assert entries(f"procedure:{draft.procedure_id}").last().act == "update_shared_group"


def test_a_released_version_is_never_touched(admin):
    changed(admin, phone={"hint": "Số đang dùng"})
    released = ProcedureVersion.objects.get(pk=world.spec("1.001193").version_id)
    with pytest.raises(drafts.NotADraft):
        update(applicant_of(released), admin)
    assert not groups.drafts_using(FieldGroup.objects.get(pk="applicant"))


# --- a section from a group ---------------------------------------------------------------------------------------
def test_a_group_can_be_used_twice_under_another_prefix(admin, draft):
    group = FieldGroup.objects.get(pk="civil_capacity")
    section = groups.add_section(draft, group, prefix="second", title="Người thứ hai", by=admin, actor=SYSTEM)
    spec = versions.read(draft.pk)
    assert spec.sections[-1].title == "Người thứ hai"
    assert (section.group, section.group_version) == ("civil_capacity", 1)
    name = spec.fields["second_for_name"]
    assert name.condition == {"field": "second_role", "in": ["family", "authorised"]}
    assert not [p for p in checking.check(spec) if p.is_error and "second_" in p.key]


@pytest.mark.parametrize(
    ("prefix", "said"),
    [("applicant", "đã có phần"), ("Hoa", "Tiền tố gồm"), ("a b", "Tiền tố gồm"), ("x" * 31, "Tiền tố")],
)
def test_a_prefix_that_clashes_or_is_no_key_is_refused(admin, draft, prefix, said):
    with pytest.raises(groups.GroupError, match=said):
        groups.add_section(
            draft, FieldGroup.objects.get(pk="applicant"), prefix=prefix, by=admin, actor=SYSTEM
        )  # fmt: skip


# --- three put into one -------------------------------------------------------------------------------------------
def test_names_in_conditions_follow_the_prefix_and_values_do_not():
    tree = {"all": [{"field": "a_role", "is": "a_role"}, {"gt": [{"age": "a_born"}, {"sum": "a_kids.age"}]}]}
    assert renamed(tree, {"a_role": "b_role", "a_born": "b_born", "a_kids": "b_kids"}) == {
        "all": [{"field": "b_role", "is": "a_role"}, {"gt": [{"age": "b_born"}, {"sum": "b_kids.age"}]}]
    }
    assert renamed({"age": ["a_born", {"field": "a_day"}]}, {"a_born": "x", "a_day": "y"}) == {
        "age": ["x", {"field": "y"}]
    }


def test_questions_inside_a_repeating_group_are_merged_one_by_one():
    rows = [question("name", "Tên"), question("year", "Năm sinh")]
    old = prefixed([question("kids", "Các con", kind="group", fields=rows)], "g", "g")
    draft, new = deepcopy(old), deepcopy(old)
    draft[0]["fields"][0]["label"] = "Họ tên con"
    new[0]["fields"][1]["label"] = "Năm sinh của con"
    new[0]["fields"].append(whole(question("school", "Trường")))
    merged = merge(title="T", draft=draft, old_title="T", old=old, new_title="Mới", new=new)
    assert [q["label"] for q in merged.fields[0]["fields"]] == ["Họ tên con", "Năm sinh của con", "Trường"]
    assert merged.title == "Mới"


def test_a_draft_with_data_of_another_shape_gets_a_sentence_not_a_crash(admin, draft):
    changed(admin, phone={"hint": "Số đang dùng"})
    draft.form_fields.filter(key="applicant_name").update(options=[["one", "two", "three"]])
    with pytest.raises(groups.GroupError, match="chưa đúng dạng"):
        update(applicant_of(draft), admin)

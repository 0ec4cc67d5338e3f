"""The questions of a shared group as an admin types them: the rows of the version's editor, without a version."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from procedures.admin import values
from procedures.admin.forms import FieldForm
from procedures.admin.inputs import Pick, Text, Tick, options_of, plain_field
from procedures.admin.keys import KEY, suggested
from procedures.merging import whole
from procedures.models import FieldGroup, FieldGroupVersion, FormField
from procedures.spec import REPEATED, Field
from procedures.versions import FIELD

MORE = (
    "minimum", "maximum", "max_length", "pattern", "decimals", "condition", "formula", "source", "privacy", "seen_by",
    "parent",
)  # fmt: skip


class GroupForm(forms.Form):
    title = Text(label=_("Tiêu đề của nhóm"), required=True, max_length=150)
    prefix = Text(
        label=_("Tiền tố thường dùng"), required=True, max_length=30,
        help_text=_("Đứng trước mã các câu hỏi. Trong điều kiện, viết tên đầy đủ, ví dụ: applicant_phone."),
    )  # fmt: skip
    note = Text(
        label=_("Thay đổi gì, vì sao"), required=True, multiline=True, max_length=1000,
        help_text=_("Người sửa bản nháp đọc câu này trước khi cập nhật."),
    )  # fmt: skip


class NewGroupForm(GroupForm):
    key = forms.SlugField(
        label=_("Mã của nhóm"), max_length=60, help_text=_("Chữ thường không dấu, số và gạch dưới, ví dụ: livestock.")
    )
    field_order = ["key", "title", "prefix", "note"]

    def clean_key(self) -> str:
        key = self.cleaned_data["key"]
        if FieldGroup.objects.filter(pk=key).exists():
            raise ValidationError(_("Đã có nhóm mang mã này."))
        return key


class QuestionForm(FieldForm):
    """One question. `parent` names the repeating group of this group that it is asked in."""

    section_key = None
    parent = Text(max_length=60, widget=Pick, label=_("Nằm trong nhóm lặp"))
    DELETE = forms.BooleanField(required=False, widget=Tick, label=_("Bỏ câu hỏi này"))

    class Meta(FieldForm.Meta):
        pass

    def __init__(self, *args, **kwargs):
        given = dict(kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.initial |= given
        self.fields["options"].label = _("Các lựa chọn (mỗi dòng: mã = nhãn)")

    def main_fields(self) -> list:
        return [self[name] for name in ("label", "kind", "required", "hint", "example", "options", "key", "position")]

    def more_fields(self) -> list:
        return [self[name] for name in MORE]

    def more_errors(self) -> bool:
        return any(name in self.errors for name in MORE)

    @property
    def goes(self) -> bool:
        return bool(self.data.get(self.add_prefix("DELETE")))

    def as_question(self) -> dict[str, Any]:
        row: FormField = self.instance
        return {name: getattr(row, name) for name in FIELD}


class QuestionFormSet(forms.BaseFormSet):
    """All questions of the group, those of a repeating group among them. `questions` is what is to be kept."""

    def initial_form_count(self) -> int:
        return 0 if self.is_bound else super().initial_form_count()  # sent rows are all alike

    def add_fields(self, form, index) -> None:
        """No field of the formset's own: position and DELETE are the row's."""

    @cached_property
    def forms(self) -> list:
        forms = super().forms
        offered = _Offered([(f.shown_key, f.shown_label) for f in map(_Shown, forms) if f.is_group])
        for form in forms:
            form.fields["parent"].widget.offered = offered
        return forms

    def standing(self) -> list:
        return [form for form in self.forms if form.has_changed() and not form.goes]

    def full_clean(self) -> None:
        super().full_clean()
        self._errors = [form.errors for form in self.forms]

    def clean(self) -> None:
        seen: set[tuple] = set()
        for form in self.standing():
            if not form.is_valid():
                continue
            if not form.cleaned_data.get("key"):
                taken = {f.cleaned_data.get("key") for f in self.standing() if hasattr(f, "cleaned_data")}
                form.instance.key = form.cleaned_data["key"] = suggested(form.cleaned_data["label"], taken, "cau_hoi")
            mark = (form.cleaned_data["parent"], form.cleaned_data["key"])
            if not KEY.fullmatch(mark[1]) or mark in seen:
                form.add_error("key", _("Mã trùng với câu hỏi khác hoặc không đúng dạng."))
            seen.add(mark)
        good = [form for form in self.standing() if form.is_valid()]
        whole = [form for form in good if not form.cleaned_data["parent"]]
        groups = {form.cleaned_data["key"] for form in whole if form.cleaned_data["kind"] in REPEATED}
        for form in good:
            if form.cleaned_data["parent"] and form.cleaned_data["parent"] not in groups:
                form.add_error("parent", _("Không có lựa chọn này, hãy chọn lại."))
            if form.cleaned_data["kind"] in REPEATED:
                form.read_example(_part(f.instance) for f in self.inside(form.cleaned_data["key"]))

    def inside(self, key: str) -> list:
        found = (f for f in self.standing() if f.is_valid() and f.cleaned_data["parent"] == key)
        return sorted(found, key=_position)

    def questions(self) -> list[dict[str, Any]]:
        """The questions as plain data, keys without prefix, in the order that was sent."""
        return [
            form.as_question() | {"fields": [f.as_question() for f in self.inside(form.cleaned_data["key"])]}
            for form in self.inside("")
        ]


class _Offered:
    """The repeating groups of this page, for a Pick to draw."""

    def __init__(self, groups: list[tuple[str, str]]):
        self.groups = groups

    def html(self) -> str:
        return options_of([("", "—"), *self.groups])


class _Shown:
    """What stands in a row as it is drawn: is it a repeating group, and which?"""

    def __init__(self, form: QuestionForm):
        def value(name: str) -> str:
            return form.data.get(form.add_prefix(name), "") if form.is_bound else form.initial.get(name, "")

        self.shown_key, self.shown_label = value("key"), value("label")
        self.is_group = value("kind") in REPEATED and bool(self.shown_key)


def _position(form: QuestionForm) -> int:
    position = form.cleaned_data.get("position")
    return 10**6 if position is None else position


def _part(row: FormField) -> Field:
    return Field(row.key, row.kind, row.label, options=tuple((value, label) for value, label in row.options))


def formset_of(version: FieldGroupVersion | None, data=None) -> QuestionFormSet:
    """The questions of this wording of a group, and three blank rows."""
    made = forms.formset_factory(QuestionForm, formset=QuestionFormSet, extra=3, max_num=300, absolute_max=300)
    return made(data, initial=list(_rows(version.fields)) if version else [], prefix="questions")


def _rows(questions: list[dict[str, Any]], parent: str = ""):
    for at, question in enumerate(map(whole, questions), 1):
        inner = [Field(q["key"], q["kind"], q["label"], options=_pairs(q)) for q in question["fields"]]
        field = plain_field(question["kind"], _pairs(question), inner)
        yield {
            **question, "position": at * 10, "parent": parent,
            "example": values.text_of_value(field, question["example"]),
            "minimum": values.text_of_bound(field.kind, question["minimum"]),
            "maximum": values.text_of_bound(field.kind, question["maximum"]),
        }  # fmt: skip
        yield from _rows(question["fields"], question["key"])


def _pairs(question: dict[str, Any]) -> tuple:
    return tuple((value, label) for value, label in question["options"])

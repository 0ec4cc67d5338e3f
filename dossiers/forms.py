"""From the questions of a version to a Django form. The one place that decides how a kind of question is drawn.

A form here only draws and collects. What is right is decided by procedures.answers, for the browser and the API alike;
its mistakes come back through `show_errors` and stand next to their questions, with whatever was typed still there.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from places.models import Ward
from places.text import clean as clean_text
from places.text import fold
from places.widgets import WardWidget
from procedures.answers import FieldError, shown
from procedures.conditions import fields_of
from procedures.spec import Field, Spec

FEW = 6  # so many choices are seen at once; more are a list
NUMBER_WIDTH = "short"
_AUTOCOMPLETE = {
    "account.full_name": "name", "account.birth_date": "bday", "account.phone": "tel", "account.email": "email",
    "account.address_line": "street-address",
}  # fmt: skip


# --- one question -------------------------------------------------------------------------------------------------
def _line(**attrs):
    return lambda field: forms.TextInput(attrs=attrs)


def _long(field: Field) -> forms.Widget:
    return forms.Textarea(attrs={"rows": 4, "maxlength": field.max_length or 2000})


def _number(field: Field) -> forms.Widget:
    return forms.TextInput(attrs={"inputmode": "decimal" if field.decimals else "numeric", "data-width": NUMBER_WIDTH})


def _choice(field: Field) -> forms.Widget:
    if len(field.options) <= FEW:
        return forms.RadioSelect(choices=field.options)
    return forms.Select(choices=[("", _("Chọn…")), *field.options])


def _yes_no(field: Field) -> forms.Widget:
    return forms.RadioSelect(choices=[("yes", _("Có")), ("no", _("Không"))])


_WIDGETS = {
    "text": _line(),
    "long_text": _long,
    "number": _number,
    "money": _line(inputmode="numeric", **{"data-width": NUMBER_WIDTH}),
    # Typed rather than picked: a calendar is no way to reach 1956 on a telephone, and this one works everywhere.
    "date": _line(inputmode="numeric", placeholder="31/12/1985"),
    "choice": _choice,
    "many": lambda field: forms.CheckboxSelectMultiple(choices=field.options),
    "yes_no": _yes_no,
    "phone": lambda field: forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
    "email": lambda field: forms.EmailInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    "personal_number": _line(inputmode="numeric", autocomplete="off"),
    "tax_code": _line(autocomplete="off", spellcheck="false", **{"data-width": NUMBER_WIDTH}),
}


class AnswerField(forms.Field):
    """One question. It takes what was typed as it is; procedures.answers judges it later."""

    def __init__(self, field: Field, widget: forms.Widget):
        super().__init__(label=field.label, help_text=_hint(field), required=field.required, widget=widget)
        self.heading = ""  # the section that begins with this question, where several stand on one page
        if token := _AUTOCOMPLETE.get(field.source):
            self.widget.attrs["autocomplete"] = token

    def clean(self, value):
        return value


def _hint(field: Field) -> str:
    if field.hint:
        return field.hint
    if field.kind == "date":
        return _("Ngày/tháng/năm, ví dụ 31/12/1985")
    return ""


def as_typed(field: Field, value: Any) -> Any:
    """A stored answer the way a person would type it."""
    if value is None:
        return None
    if field.kind == "yes_no":
        return "yes" if value else "no"
    if field.kind in ("date", "phone", "number"):
        return shown(field, value)
    if field.kind == "money":
        return shown(field, value).removesuffix(" ₫")
    return value


def ward_choices() -> list:
    """Every ward under the district it mostly comes from: the names people still look for."""
    groups: dict[str, list[tuple[str, str]]] = {}
    wards = Ward.objects.select_related("former_district")
    for ward in sorted(wards, key=lambda w: (fold(w.former_district.name), fold(w.name))):
        groups.setdefault(ward.former_district.name, []).append((ward.code, ward.name))
    return [("", _("Chọn phường, xã")), *groups.items()]


# --- many questions -----------------------------------------------------------------------------------------------
class QuestionsForm(forms.Form):
    """Some questions of a version or of an act. `answers` are stored ones; `data` is what was just sent."""

    use_required_attribute = False  # the browser's own bubbles speak its language and stop a half-filled save

    def __init__(
        self,
        questions: Iterable[Field],
        *,
        answers: Mapping[str, Any] | None = None,
        data=None,
        prefix: str | None = None,
    ):
        self.questions = {q.key: q for q in questions}
        answers = answers or {}
        initial = {key: as_typed(q, answers[key]) for key, q in self.questions.items() if key in answers}
        super().__init__(data, initial=initial, prefix=prefix)
        wards = None
        for key, question in self.questions.items():
            if question.kind == "ward":
                wards = wards or ward_choices()
                widget: forms.Widget = WardWidget(choices=wards)
            else:
                widget = _WIDGETS[question.kind](question)
            self.fields[key] = AnswerField(question, widget)

    def typed(self) -> dict[str, Any]:
        """What was sent, as procedures.answers takes it. A question that was not sent counts as empty."""
        return {
            key: field.widget.value_from_datadict(self.data, self.files, self.add_prefix(key))
            for key, field in self.fields.items()
        }

    def show_errors(self, errors: Iterable[FieldError]) -> None:
        """Each mistake next to its question; one about something else on top."""
        self.is_valid()  # a form that was never cleaned takes no errors
        for error in errors:
            self.add_error(error.field if error.field in self.fields else None, error.message)


def controls(fields: Iterable[Field]) -> set[str]:
    """The questions among `fields` whose answer decides whether another of them is asked."""
    fields = list(fields)
    keys = {f.key for f in fields}
    return {name for f in fields for name in fields_of(f.condition) if name in keys}


# --- where the result goes ----------------------------------------------------------------------------------------
class DeliveryForm(forms.Form):
    """Which branch receives the dossier, and how the result comes back."""

    use_required_attribute = False
    branch = forms.ModelChoiceField(queryset=None, empty_label=None)
    return_by = forms.ChoiceField(widget=forms.RadioSelect)
    return_address = forms.CharField(
        required=False, max_length=250, widget=forms.TextInput(attrs={"autocomplete": "street-address"})
    )

    def __init__(self, spec: Spec, branches, *args, **kwargs):
        super().__init__(*args, **kwargs)
        ways = {
            "counter": _("Nhận tại chi nhánh"),
            "online": _("Bản điện tử, tải về từ trang này"),
            "post": _("Gửi đến nhà qua bưu chính"),
        }
        self.fields["branch"].queryset = branches
        self.fields["branch"].label = _("Chi nhánh tiếp nhận và trả kết quả")
        self.fields["branch"].error_messages = {
            "required": _("Hãy chọn chi nhánh."), "invalid_choice": _("Hãy chọn một chi nhánh trong danh sách."),
        }  # fmt: skip
        self.fields["return_by"].label = _("Anh/chị muốn nhận kết quả thế nào")
        self.fields["return_by"].choices = [(way, ways[way]) for way in spec.returns]
        self.fields["return_by"].error_messages = {
            "required": _("Hãy chọn cách nhận kết quả."), "invalid_choice": _("Hãy chọn một cách trong danh sách."),
        }  # fmt: skip
        if "post" in spec.returns:
            address = self.fields["return_address"]
            address.label = _("Địa chỉ nhận bưu phẩm")
            address.help_text = _("Chỉ cần khi chọn bưu chính: tên người nhận, số nhà, đường, phường/xã, tỉnh/thành.")
            address.error_messages["max_length"] = _("Tối đa 250 ký tự.")
        else:
            del self.fields["return_address"]

    def clean(self) -> dict:
        data = super().clean()
        data["return_address"] = clean_text(data.get("return_address", "")) if data.get("return_by") == "post" else ""
        if data.get("return_by") == "post" and not data["return_address"] and "return_address" not in self.errors:
            self.add_error("return_address", _("Hãy ghi địa chỉ để gửi bưu chính."))
        return data

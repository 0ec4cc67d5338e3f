"""From the questions of a version to a Django form. The one place that decides how a kind of question is drawn.

A form here only draws and collects. What is right is decided by procedures.answers, for the browser and the API alike;
its mistakes come back through `show_errors` and stand next to their questions, with whatever was typed still there.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.forms.utils import ErrorList
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from dossiers.widgets import TEMPLATES, as_typed, former_code, rows_sent, sent, widget_of
from places.gazetteer import Former, former_wards, ward_codes
from places.text import clean as clean_text
from places.widgets import former_options
from procedures.answers import MAX_ROWS, FieldError, shown
from procedures.conditions import holds, paths_of
from procedures.parts import COMPOSITE, SILENT, parts_of
from procedures.spec import REPEATED, Field, Spec

__all__ = ["AnswerField", "DeliveryForm", "Question", "QuestionsForm", "as_typed", "controls"]

_AUTOCOMPLETE = {
    "account.full_name": "name", "account.birth_date": "bday", "account.phone": "tel", "account.email": "email",
    "account.address_line": "street-address",
}  # fmt: skip


# --- one question -------------------------------------------------------------------------------------------------
class AnswerField(forms.Field):
    """One question. It takes what was typed as it is; procedures.answers judges it later."""

    def __init__(self, field: Field):
        widget = widget_of(field)
        super().__init__(label=field.label, help_text=_hint(field), required=field.required, widget=widget)
        self.question = field
        self.template_name = TEMPLATES.get(field.kind)
        self.heading = ""  # the section that begins with this question, where several stand on one page
        if token := _AUTOCOMPLETE.get(field.source):
            self.widget.attrs["autocomplete"] = token

    def clean(self, value):
        return value

    def get_bound_field(self, form, field_name):
        return Question(form, self, field_name)


def _hint(field: Field) -> str:
    if field.hint:
        return field.hint
    if field.kind == "date":
        return _("Ngày/tháng/năm, ví dụ 31/12/1985")
    return ""


_NO_ERRORS = ErrorList()


class Question(forms.BoundField):
    """A question on its page: with its parts, its rows, its file or what was worked out."""

    form: "QuestionsForm"

    @property
    def question(self) -> Field:
        return self.field.question

    @property
    def errors(self) -> list[str]:
        return self.form.errors.get(self.name) or _NO_ERRORS

    @property
    def path(self) -> str:
        """Its place in the form, without the numbers of rows: "children.birth_date"."""
        return f"{self.form.path}{self.name}"

    @property
    def asks(self) -> bool:
        """Whether its answer may call for another question or change what is worked out."""
        return bool(self.form.ask_at) and self.path in self.form.asking

    @property
    def kept(self) -> bool:
        """Whether what stands in the browser is newer than what the server draws: a box may be typed in meanwhile."""
        redrawn = self.question.kind in (*COMPOSITE, *SILENT, "file", "image")
        return self.form.preserve and not redrawn and not self._of_former_ward

    @property
    def _of_former_ward(self) -> bool:
        return self.question.kind == "ward" and self.form.former is not None

    @property
    def asked(self) -> bool:
        return holds(self.question.condition, self.form.facts)

    def value(self) -> Any:
        if self._of_former_ward and not (given := super().value()):
            return self.form.former.main or given
        return super().value()

    # --- parts and rows -----------------------------------------------------------------------------------------
    @cached_property
    def inner(self) -> "QuestionsForm":
        """The form of the parts of a person, an address, …"""
        return self._form_of(parts_of(self.question), self.html_name, self.form.stored.get(self.name), "")

    @cached_property
    def rows(self) -> list["QuestionsForm"]:
        """The form of each row: those sent, else those stored, else as many as must be there."""
        question, stored = self.question, self.form.stored.get(self.name)
        stored = stored if isinstance(stored, list) else []
        if self.form.is_bound:
            number = rows_sent(question, self.form.data, self.html_name)
        else:
            number = max(len(stored), question.minimum or 0, 1 if question.required else 0)
        return [
            self._form_of(question.fields, f"{self.html_name}-{n}", stored[n] if n < len(stored) else None, n)
            for n in range(min(number, self.most))
        ]

    @property
    def forms(self) -> list["QuestionsForm"]:
        if self.question.kind in REPEATED:
            return self.rows
        return [self.inner] if self.question.kind in COMPOSITE else []

    def _form_of(self, fields: tuple[Field, ...], prefix: str, stored: Any, at: int | str) -> "QuestionsForm":
        facts = self.form.facts.get(self.name)
        if isinstance(at, int):
            facts = facts[at] if isinstance(facts, list) and at < len(facts) else None
        keys = {f.key for f in fields}
        around = {k: v for k, v in self.form.facts.items() if k not in keys}
        facts = {**around, **(facts if isinstance(facts, dict) else {})}
        form = QuestionsForm(
            [f for f in fields if self.form.whole or holds(f.condition, facts)],
            answers=stored if isinstance(stored, dict) else None,
            data=self.form.data if self.form.is_bound else None,
            prefix=prefix,
            facts=facts,
            inside=self,
        )
        start = f"{at}." if isinstance(at, int) else ""
        found = [e for e in self.form.inner_errors.get(self.name, []) if e.field.startswith(start)]
        if found:
            row = _("Dòng %(n)s: %(message)s") % {"n": at + 1, "message": ""} if start else ""  # the page shows the row
            form.show_errors(
                FieldError(e.field.removeprefix(start), e.code, e.message.removeprefix(row)) for e in found
            )
        return form

    @property
    def most(self) -> int:
        return self.question.maximum or MAX_ROWS

    @property
    def full(self) -> bool:
        return len(self.rows) >= self.most

    @property
    def added(self) -> str:
        """The row that was just added: it takes the focus."""
        return f"{self.html_name}-{len(self.rows) - 1}" if self.form.changed == f"add {self.html_name}" else ""

    @property
    def dropped(self) -> bool:
        return self.form.changed.startswith(f"drop {self.html_name}-")

    # --- an address by its former name --------------------------------------------------------------------------
    @cached_property
    def former(self) -> Former | None:
        return former_wards().get(former_code(self.former_typed))

    @property
    def former_typed(self) -> str:
        """The former ward as it was typed, or stored."""
        if self.form.is_bound:
            return self.form.data.get(f"{self.html_name}-former_ward", "")
        stored = self.form.stored.get(self.name)
        code = stored.get("former_ward", "") if isinstance(stored, dict) else ""
        return str(former_wards().get(code, code))

    @property
    def former_main(self) -> str:
        """The ward of today that holds all or most of it; "" for none."""
        return ward_codes().get(self.former.main, "")

    @property
    def former_others(self) -> str:
        """The other wards of today that hold a part of it."""
        return ", ".join(ward_codes().get(code, code) for code in self.former.now if code != self.former.main)

    @property
    def former_names(self) -> str:
        return former_options()

    # --- what is worked out, shown, kept ------------------------------------------------------------------------
    @property
    def worked_out(self) -> str:
        return shown(self.question, self.form.facts.get(self.name))

    @property
    def max_mb(self) -> int:
        return settings.FILE_MAX_BYTES // 2**20

    @property
    def file(self) -> dict | None:
        """The file that the answer names, where the page knows it."""
        return self.form.known_files.get(str(self.value() or ""))

    # --- mistakes -----------------------------------------------------------------------------------------------
    @property
    def own_errors(self) -> list[str]:
        """Mistakes about the question itself, not about one of its parts."""
        return self.form.own_errors.get(self.name, [])

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """(message, address) of each mistake in it."""
        href = f"#{self.id_for_label or self.auto_id}"
        if self.question.kind not in COMPOSITE:
            return [(self._said(error), href) for error in self.errors]
        own = [(self._said(error), f"#{self.auto_id}") for error in self.own_errors]
        if self.question.kind not in REPEATED:
            return own + _within(self.label, self.inner)
        said = _("%(label)s, dòng %(n)s")
        for n, row in enumerate(self.rows, 1):
            own += _within(said % {"label": self.label, "n": n}, row)
        return own

    def _said(self, error: str) -> str:
        return error if self.label in error else f"{self.label}: {error}"


def _within(label: str, form: "QuestionsForm") -> list[tuple[str, str]]:
    found = [one for part in form for one in part.mistakes] if form.errors else []
    return [(f"{label}: {message}", to) for message, to in found]


# --- many questions -----------------------------------------------------------------------------------------------
class QuestionsForm(forms.Form):
    """Some questions of a version, of an act, or of one row. `answers` are stored ones; `data` is what was just sent.

    `facts` are the clean answers that conditions inside groups and computed answers are drawn from; `whole` draws also
    what they do not call for, hidden. `files` gives name and address of each file by its id.
    """

    use_required_attribute = False  # the browser's own bubbles speak its language and stop a half-filled save

    def __init__(
        self,
        questions: Iterable[Field],
        *,
        answers: Mapping[str, Any] | None = None,
        data=None,
        prefix: str | None = None,
        facts: Mapping[str, Any] | None = None,
        files: Mapping[str, dict] | None = None,
        whole: bool = False,
        inside: Question | None = None,
    ):
        self.questions = {q.key: q for q in questions}
        self.stored = answers or {}
        self.facts = self.stored if facts is None else facts
        self.inside, outer = inside, inside.form if inside else None
        self.known_files = outer.known_files if outer else files or {}
        self.whole = outer.whole if outer else whole
        self.path = f"{inside.path}." if inside else ""
        self.former = inside.former if inside and inside.question.kind == "address" else None
        self.ask_at, self.asking = (outer.ask_at, outer.asking) if outer else ("", frozenset())
        self.preserve, self.changed = (outer.preserve, outer.changed) if outer else (False, "")
        self.own_errors: dict[str, list[str]] = {}
        self.inner_errors: dict[str, list[FieldError]] = {}
        initial = {
            key: as_typed(q, self.stored[key])
            for key, q in self.questions.items()
            if key in self.stored and q.kind not in COMPOSITE
        }
        super().__init__(data, initial=initial, prefix=prefix)
        for key, question in self.questions.items():
            self.fields[key] = AnswerField(question)

    def asks(self, paths: Iterable[str], url: str, *, preserve: bool = False, changed: str = "") -> "QuestionsForm":
        """Let the questions at `paths` ask `url`, when answered, what else to ask; `preserve`: this is its answer."""
        self.asking, self.ask_at, self.preserve, self.changed = frozenset(paths), url, preserve, changed
        return self

    def everything(self) -> Iterator[Question]:
        """Every question of the page, those inside others too."""
        for question in self:
            yield question
            for form in question.forms:
                yield from form.everything()

    @property
    def cells(self) -> list[Question | None]:
        """A row of a table: one question a column, None where these answers do not call for it."""
        columns = self.inside.question.fields if self.inside else self.questions.values()
        return [self[f.key] if f.key in self.fields else None for f in columns if f.kind != "note"]

    @property
    def names(self) -> str:
        """The questions on the page: what was not there is not forgotten, and is no mistake yet."""
        return " ".join(self.add_prefix(key) for key in self.fields)

    def typed(self) -> dict[str, Any]:
        """What was sent, as procedures.answers takes it. A question that was not sent counts as empty."""
        return {
            key: sent(q, self.data, self.add_prefix(key)) for key, q in self.questions.items() if q.kind not in SILENT
        }

    def show_errors(self, errors: Iterable[FieldError]) -> None:
        """Each mistake next to its question; one about something else on top."""
        self.is_valid()  # a form that was never cleaned takes no errors
        for error in errors:
            key, _dot, rest = error.field.partition(".")
            if key not in self.fields:
                self.add_error(None, error.message)
                continue
            self.add_error(key, error.message)
            if rest and error.code != "unknown" and self.questions[key].kind in COMPOSITE:
                self.inner_errors.setdefault(key, []).append(FieldError(rest, error.code, error.message))
            else:
                self.own_errors.setdefault(key, []).append(error.message)


def controls(fields: Iterable[Field]) -> set[str]:
    """The paths of questions among `fields` whose answer decides what else is asked, or what is worked out."""
    places = list(_places(fields))
    read = {path for _place, f in places for path in (*paths_of(f.condition), *paths_of(f.formula))}
    names = {path.partition(".")[0] for path in read}
    plain = [(place, f) for place, f in places if f.kind not in (*COMPOSITE, *SILENT)]
    return {place for place, f in plain if f.key in names or place.partition(".")[0] in names}


def _places(fields: Iterable[Field], path: str = "") -> Iterable[tuple[str, Field]]:
    """Every question with its path, those inside others too."""
    for f in fields:
        yield path + f.key, f
        yield from _places(parts_of(f), f"{path}{f.key}.")


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

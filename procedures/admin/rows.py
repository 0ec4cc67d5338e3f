"""The parts of a version as lists of rows on one page, which know one another: a question finds its section there."""

from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext as _

from procedures import upstairs
from procedures.admin import values
from procedures.admin.inputs import options_of, pairs_of, plain_field
from procedures.admin.keys import KEY, suggested
from procedures.spec import REPEATED, Field

EXTRA_ROWS = 3  # blank rows at the end, for who asks for them without scripts


class Board:
    """All the lists of the page by the name of their part, and what the selects of one offer from another."""

    def __init__(self, formsets):
        self.parts = {formset.part: formset for formset in formsets}
        for formset in formsets:
            formset.board = self

    def __getitem__(self, part: str) -> "RowFormSet":
        return self.parts[part]

    def offers(self, part: str, *kinds: str) -> list[tuple[str, str]]:
        """(key, name) of every row of the part that stands on the page, as far as it has a key."""
        found = []
        for form in self.parts[part].standing():
            key = form.cleaned_data.get("key") if hasattr(form, "cleaned_data") else ""
            key = key or shown(form, "key")
            if key and (not kinds or shown(form, "kind") in kinds) and not (kinds and shown(form, "parent")):
                found.append((key, shown(form, form.named_by) or key))
        return found

    def keys(self, part: str) -> set[str]:
        return {key for key, _name in self.offers(part)}


class Offered:
    """Options of a select that are read from another list of the page when the select is drawn."""

    def __init__(self, formset: "RowFormSet", part: str, blank: str, *kinds: str):
        self.formset, self.part, self.blank, self.kinds = formset, part, blank, kinds

    def html(self) -> str:
        return self.formset.offered(self.part, self.blank, *self.kinds)


def shown(form, name: str) -> Any:
    """What stands in an input of the row: what was typed, or what is stored."""
    if form.is_bound:
        return form.data.get(form.add_prefix(name), "")
    return form.initial.get(name, "")


class RowFormSet(BaseInlineFormSet):
    """Rows of one part. Saving writes the list anew, in its order: a row is known by its key, not by its number.

    Set by the inline: `part`, and `selects` (input → part it chooses from, words of the blank, kinds).
    """

    part = ""
    selects: dict[str, tuple] = {}
    board: Board

    def __init__(self, *args, read_only=False, default_order_direction=None, default_order_field=None, **kwargs):
        self.read_only = read_only
        super().__init__(*args, **kwargs)
        # django-admin-sortable2 marks the list as one to drag when it finds these.
        self.default_order_direction, self.default_order_field = default_order_direction, default_order_field
        self._offered: dict[tuple, str] = {}
        self._standing: list | None = None

    def initial_form_count(self) -> int:
        """Sent rows are all alike: the stored ones are replaced by them."""
        return 0 if self.is_bound else super().initial_form_count()

    def get_queryset(self) -> list:
        if not hasattr(self, "_queryset"):
            self._queryset = self.in_order(list(super().get_queryset()))
        return self._queryset

    def in_order(self, rows: list) -> list:
        return sorted(rows, key=lambda row: (row.position, row.pk))

    def add_fields(self, form, index) -> None:
        super().add_fields(form, index)
        if self.is_bound:
            form.fields.pop(self._pk_field.name, None)  # a row is known by its key
        for name, (part, blank, *kinds) in self.selects.items():
            widget = form.fields[name].widget
            widget.offered = Offered(self, part, str(blank), *kinds)
            widget.attrs |= {"data-offers": part, "data-kinds": " ".join(kinds)}
        for field in form.fields.values() if self.read_only else ():
            field.disabled = True

    def offered(self, part: str, blank: str, *kinds: str) -> str:
        """The options of one kind of select, drawn once for all the rows."""
        if (part, kinds) not in self._offered:
            self._offered[part, kinds] = options_of([("", blank), *self.board.offers(part, *kinds)])
        return self._offered[part, kinds]

    def get_unique_error_message(self, unique_check) -> str:
        return _("Có hai dòng trùng mã.")

    def validate_unique(self) -> None:
        """Siblings are compared in `clean`, where each can say so at its row."""

    # --- the rows that stand ----------------------------------------------------------------------------------------
    def standing(self) -> list:
        """The forms of the rows that are to be, in the order of the page."""
        if not self.is_bound:
            return self.forms
        if self._standing is None:
            self._standing = [f for f in self.forms if f.has_changed() and not self._should_delete_form(f)]
        return self._standing

    def _should_delete_form(self, form) -> bool:
        return bool(self.can_delete and form.data.get(form.add_prefix("DELETE")))

    def rows(self) -> list:
        """The rows as they were sent, good or not, in the order that was sent with them."""
        standing = enumerate(self.standing())
        ordered = sorted(standing, key=lambda pair: (_position(pair[1]), pair[0]))
        rows = [form.instance for _at, form in ordered]
        for at, row in enumerate(rows):
            row.position = at
        return rows

    # --- what only the whole list can say ---------------------------------------------------------------------------
    def clean(self) -> None:
        seen: set[tuple] = set()
        for form in self.standing():
            if not hasattr(form, "cleaned_data"):
                continue
            self.give_key(form)
            key = form.cleaned_data.get("key", "")
            if not KEY.fullmatch(key):
                self.fault(form, "key", _("Mã chỉ gồm chữ không dấu, số và gạch dưới, bắt đầu bằng chữ."))
            mark = (*(form.cleaned_data.get(name, "") for name in self.unique_within), key)
            if mark in seen:
                self.fault(form, "key", _("Mã “%(key)s” đã có ở một dòng khác.") % {"key": key})
            seen.add(mark)
            self.clean_row(form)
        self.spread_errors()

    unique_within: tuple[str, ...] = ()

    def give_key(self, form) -> None:
        if not form.cleaned_data.get("key"):
            taken = {f.cleaned_data.get("key") for f in self.standing() if hasattr(f, "cleaned_data")}
            key = suggested(form.cleaned_data.get(form.named_by, ""), taken, form.default_key)
            form.cleaned_data["key"] = form.instance.key = key

    def clean_row(self, form) -> None:
        """What the row must find on the page beside it."""

    def must_be(self, form, name: str, part: str, message: str) -> None:
        value = form.cleaned_data.get(name)
        if value and value not in self.board.keys(part):
            self.fault(form, name, message % {"key": value})

    def fault(self, form, name: str, message: str) -> None:
        if name in form.cleaned_data:
            form.add_error(name, message)

    def spread_errors(self) -> None:
        """`full_clean` collected the rows' errors before the list was looked at."""
        self._errors = [form.errors for form in self.forms]
        if any(form.errors for form in self.standing()):
            raise ValidationError(_("Xem dòng được đánh dấu."), code="rows")


def _position(form) -> int:
    position = form.cleaned_data.get("position") if hasattr(form, "cleaned_data") else None
    return 10**6 if position is None else position


class SectionFormSet(RowFormSet):
    part = "sections"


class FieldFormSet(RowFormSet):
    """Questions, those of a repeating group right after it."""

    part = "fields"
    unique_within = ("parent",)

    def in_order(self, rows: list) -> list:
        inner: dict[str, list] = {}
        for row in sorted(rows, key=lambda row: (row.section.position, row.section_id, row.position, row.pk)):
            inner.setdefault(row.parent, []).append(row)
        found = []
        for row in inner.pop("", []):
            found += [row, *(inner.pop(row.key, []) if row.kind in REPEATED else [])]
        return found + [row for rows in inner.values() for row in rows]

    @cached_property
    def forms(self) -> list:
        forms = super().forms
        for form in forms:
            row = form.instance
            if not form.is_bound and row.kind in REPEATED:
                field = plain_field(row.kind, fields=[_part(f.instance) for f in forms if f.instance.parent == row.key])
                form.initial["example"] = values.text_of_value(field, row.example)
        return forms

    def groups(self) -> dict:
        """Key of a repeating group → its form."""
        good = (form for form in self.standing() if hasattr(form, "cleaned_data"))
        return {f.cleaned_data.get("key"): f for f in good if f.cleaned_data.get("kind") in REPEATED}

    def clean_row(self, form) -> None:
        parent = form.cleaned_data.get("parent")
        if parent:
            group = self.groups().get(parent)
            if group is None or group is form or group.cleaned_data.get("parent"):
                self.fault(form, "parent", _("Không có nhóm lặp lại nào mang mã “%(key)s”.") % {"key": parent})
                return
            if form.cleaned_data.get("kind") in REPEATED:
                self.fault(form, "kind", _("Trong một nhóm lặp lại không đặt thêm nhóm hay bảng."))
            form.cleaned_data["section_key"] = group.cleaned_data.get("section_key", "")
        elif not form.cleaned_data.get("section_key"):
            self.fault(form, "section_key", _("Chọn phần của tờ khai chứa câu hỏi này."))
        if form.cleaned_data.get("kind") in REPEATED and "key" in form.cleaned_data:
            form.read_example(
                _part(f.instance) for f in self.standing() if f.instance.parent == form.cleaned_data["key"]
            )
        self.must_be(form, "section_key", "sections", _("Không có phần nào mang mã “%(key)s”."))


def _part(row) -> Field:
    return Field(row.key, row.kind, row.label, options=pairs_of(row.options))


class DocumentFormSet(RowFormSet):
    part = "documents"


class FeeFormSet(RowFormSet):
    part = "fees"


class ExemptionFormSet(RowFormSet):
    part = "exemptions"
    unique_within = ("fee",)

    def clean_row(self, form) -> None:
        self.must_be(form, "fee", "fees", _("Không có khoản thu nào mang mã “%(key)s”."))


class StepFormSet(RowFormSet):
    part = "steps"

    def clean_row(self, form) -> None:
        if (form.cleaned_data.get("amount") is None) != (not form.cleaned_data.get("unit")):
            self.fault(form, "amount", _("Thời gian cố định cần cả số và đơn vị."))

    def clean(self) -> None:
        super().clean()
        kept = {form.cleaned_data.get("key") for form in self.standing() if hasattr(form, "cleaned_data")}
        for step, count in upstairs.standing_on(self.instance).items():
            if step not in kept:
                message = _(
                    "Có %(n)d hồ sơ thử đang ở bước mang mã “%(step)s”. Hãy giữ mã này hoặc xóa các bản thử đó."
                )
                raise ValidationError(message % {"n": count, "step": step}, code="standing")


class ItemFormSet(RowFormSet):
    part = "items"
    unique_within = ("step",)

    def clean_row(self, form) -> None:
        self.must_be(form, "step", "steps", _("Không có bước nào mang mã “%(key)s”."))
        self.must_be(form, "after", "items", _("Không có việc nào mang mã “%(key)s”."))


class MoveFormSet(RowFormSet):
    part = "moves"
    unique_within = ("source",)

    def clean_row(self, form) -> None:
        missing = _("Không có bước nào mang mã “%(key)s”.")
        self.must_be(form, "source", "steps", missing)
        self.must_be(form, "target", "steps", missing)

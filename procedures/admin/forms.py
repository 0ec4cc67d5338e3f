"""One form a row of a version: what the admin types becomes the row that is stored."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import construct_instance
from django.utils.translation import gettext_lazy as _

from branches.models import UnitKind
from procedures.admin import choices, values
from procedures.admin.inputs import (
    Choice,
    Expression,
    Hidden,
    Number,
    Options,
    Pick,
    Rates,
    Several,
    Text,
    Tick,
    Whole,
    plain_field,
)
from procedures.cleaning import Invalid
from procedures.models import (
    TIME_UNITS,
    DocumentRequirement,
    FeeExemption,
    FeeRule,
    FormField,
    FormSection,
    Move,
    Step,
    StepItem,
)
from procedures.spec import REPEATED

SMALL, LARGE = 32_767, 10**15
NO_UNIT = [("", _("cơ quan giải quyết hồ sơ")), *UnitKind.choices]
NO_TIME = [("", "—"), *TIME_UNITS]


class RowForm(forms.ModelForm):
    """A row of a version. Its key may be left empty: the formset makes one from the name.

    `named_by` is the field with the row's name; a row where none of `filled_by` was typed is no row.
    """

    named_by, default_key, filled_by = "name", "muc", ("key", "name")
    compact: tuple[str, ...] = ()  # what a closed row shows
    key = Text(max_length=60, label=_("Mã"))
    position = forms.IntegerField(
        required=False, max_value=SMALL, label=_("Thứ tự"), widget=Number({"class": "_reorder_"})
    )

    @property
    def more(self) -> list[str]:
        """What an opened row shows besides."""
        return [name for name in self.fields if name not in (*self.compact, "position", "DELETE", "version", "id")]

    def has_changed(self) -> bool:
        return self.is_bound and any(self.data.get(self.add_prefix(name), "").strip() for name in self.filled_by)

    def _post_clean(self) -> None:
        """The row itself, checked without asking the database once for each: the formset knows its siblings."""
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        try:
            self.instance.clean_fields(exclude={*self._get_validation_exclusions(), "version", "section"})
        except ValidationError as error:
            self._update_errors(error)


class SectionForm(RowForm):
    named_by, default_key, filled_by = "title", "phan", ("key", "title", "hint")
    compact = ("title", "hint")
    title = Text(max_length=150, required=True, label=_("Tên phần"))
    hint = Text(max_length=2000, label=_("Hướng dẫn"))
    group = Text(max_length=60, widget=Hidden)
    group_version = forms.IntegerField(required=False, widget=Hidden, initial=0)

    class Meta:
        model = FormSection
        fields = ["position", "key", "title", "hint", "group", "group_version"]

    def clean_group_version(self) -> int:
        return self.cleaned_data["group_version"] or 0


class FieldForm(RowForm):
    named_by, default_key = "label", "cau_hoi"
    filled_by = ("key", "label", "hint", "example", "options", "condition", "formula")
    compact = ("section_key", "label", "kind", "required")
    section_key = Text(widget=Pick, label=_("Phần"))
    parent = Text(max_length=60, widget=Pick, label=_("Nằm trong nhóm"))
    label = Text(max_length=250, required=True, label=_("Câu hỏi"))
    kind = Choice(choices.KINDS, initial="text", required=True, label=_("Kiểu trả lời"))
    required = forms.BooleanField(required=False, initial=True, widget=Tick, label=_("Bắt buộc"))
    hint = Text(multiline=True, max_length=2000, label=_("Gợi ý dưới câu hỏi"))
    example = Text(multiline=True, max_length=2000, label=_("Ví dụ"))
    options = Options(label=_("Các lựa chọn"), help_text=_("Mỗi dòng một lựa chọn, ví dụ: lon = Lợn"))
    minimum = Text(max_length=40, label=_("Nhỏ nhất"))
    maximum = Text(max_length=40, label=_("Lớn nhất"))
    max_length = Whole(max_value=20_000, min_value=1, label=_("Dài nhất (ký tự)"))
    pattern = Text(max_length=200, label=_("Mẫu ký tự"))
    decimals = Whole(max_value=9, label=_("Số chữ số thập phân"))
    condition = Expression(label=_("Chỉ hỏi khi"))
    formula = Expression(formula=True, label=_("Công thức"))
    source = Choice(choices.SOURCES, label=_("Điền sẵn từ"))
    privacy = Choice(choices.PRIVACY, initial="none", required=True, label=_("Mức riêng tư"))
    seen_by = Several(choices.STAFF_ROLES, label=_("Chỉ những người này được xem"))

    class Meta:
        model = FormField
        fields = [
            "position", "key", "parent", "kind", "label", "hint", "example", "required", "options", "minimum",
            "maximum", "max_length", "pattern", "decimals", "condition", "formula", "source", "privacy", "seen_by",
        ]  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        row = self.instance
        if row.pk:
            self.initial["section_key"] = row.section.key
            self.initial["minimum"] = values.text_of_bound(row.kind, row.minimum)
            self.initial["maximum"] = values.text_of_bound(row.kind, row.maximum)
            if row.kind not in REPEATED:  # the formset knows the questions inside
                self.initial["example"] = values.text_of_value(plain_field(row.kind, row.options), row.example)
        else:
            self.initial |= {"example": "", "minimum": "", "maximum": ""}

    def clean_decimals(self) -> int:
        return self.cleaned_data["decimals"] or 0

    def clean_pattern(self) -> str:
        try:
            re.compile(self.cleaned_data["pattern"])
        except re.error:
            raise ValidationError(_("Mẫu ký tự chưa đúng, không đọc được.")) from None
        return self.cleaned_data["pattern"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        kind = data.get("kind", "")
        for name in ("minimum", "maximum"):
            self._read(name, lambda text: values.bound_of_text(kind, text))
        if kind not in REPEATED:
            field = plain_field(kind, data.get("options") or ())
            self._read("example", lambda text: values.value_of_text(field, text))
        return data

    def read_example(self, fields) -> None:
        """The rows of the example of a group, once the questions inside it are known."""
        field = plain_field(self.cleaned_data["kind"], fields=fields)
        self._read("example", lambda text: values.value_of_text(field, text))
        self.instance.example = self.cleaned_data.get("example")

    def _read(self, name: str, read) -> None:
        if isinstance(self.cleaned_data.get(name), str):
            try:
                self.cleaned_data[name] = read(self.cleaned_data[name])
            except Invalid as invalid:
                self.add_error(name, invalid.message)


class DocumentForm(RowForm):
    default_key, filled_by = "giay_to", ("key", "name", "full_name", "condition")
    compact = ("name", "required", "originals", "copies")
    name = Text(max_length=120, required=True, label=_("Tên thường gọi"))
    full_name = Text(multiline=True, max_length=4000, label=_("Tên đầy đủ theo quy định"))
    required = forms.BooleanField(required=False, initial=True, widget=Tick, label=_("Bắt buộc"))
    condition = Expression(label=_("Chỉ cần khi"))
    condition_text = Text(max_length=250, label=_("Điều kiện bằng lời"))
    originals = Whole(max_value=99, label=_("Bản chính"))
    copies = Whole(max_value=99, label=_("Bản sao"))
    assumed = forms.BooleanField(required=False, widget=Tick, label=_("Chưa được xác nhận"))

    class Meta:
        model = DocumentRequirement
        fields = [
            "position", "key", "name", "full_name", "required", "condition", "condition_text", "originals", "copies",
            "assumed",
        ]  # fmt: skip

    def clean_originals(self) -> int:
        return self.cleaned_data["originals"] or 0

    def clean_copies(self) -> int:
        return self.cleaned_data["copies"] or 0


class FeeForm(RowForm):
    named_by, default_key, filled_by = "label", "le_phi", ("key", "label", "condition", "formula", "rows")
    compact = ("label", "amount", "per", "channel")
    label = Text(max_length=150, required=True, label=_("Tên khoản thu"))
    amount = Whole(max_value=LARGE, label=_("Số tiền (đồng)"))
    per = Choice(choices.PER, initial="dossier", required=True, label=_("Tính theo"))
    count_field = Text(max_length=60, widget=Pick, label=_("Nhân với"))
    channel = Choice(choices.FEE_CHANNELS, initial="any", required=True, label=_("Áp dụng"))
    condition = Expression(label=_("Chỉ thu khi"))
    rows = Rates(
        label=_("Biểu mức thu"),
        help_text=_("Mỗi dòng: điều kiện => số tiền; dòng cuối: còn lại => số tiền. Dòng đúng đầu tiên được dùng."),
    )
    formula = Expression(formula=True, label=_("Công thức số tiền"))
    minimum = Whole(max_value=LARGE, label=_("Ít nhất (đồng)"))
    maximum = Whole(max_value=LARGE, label=_("Nhiều nhất (đồng)"))
    assumed = forms.BooleanField(required=False, widget=Tick, label=_("Chưa được xác nhận"))

    class Meta:
        model = FeeRule
        fields = [
            "position", "key", "label", "amount", "per", "count_field", "channel", "condition", "rows", "formula",
            "minimum", "maximum", "assumed",
        ]  # fmt: skip

    def clean_amount(self) -> int:
        return self.cleaned_data["amount"] or 0


class ExemptionForm(RowForm):
    default_key, filled_by = "doi_tuong", ("key", "name", "condition", "ground")
    compact = ("name", "fee", "percent", "proof")
    fee = Text(max_length=60, required=True, widget=Pick, label=_("Khoản thu"))
    name = Text(max_length=200, required=True, label=_("Đối tượng"))
    percent = Whole(min_value=1, max_value=100, initial=100, required=True, label=_("Giảm (%)"))
    condition = Expression(label=_("Khi"))
    ground = Text(max_length=250, label=_("Căn cứ"))
    proof = Text(max_length=60, widget=Pick, label=_("Giấy tờ chứng minh"))

    class Meta:
        model = FeeExemption
        fields = ["position", "key", "fee", "name", "percent", "condition", "ground", "proof"]


class StepForm(RowForm):
    default_key, filled_by = "buoc", ("key", "name", "public_name")
    compact = ("name", "role", "share", "end")
    name = Text(max_length=120, required=True, label=_("Tên bước"))
    public_name = Text(max_length=120, label=_("Tên cho người dân"))
    role = Choice(choices.STAFF_ROLES, required=True, initial="OFFICER", label=_("Ai làm"))
    unit_kind = Choice(NO_UNIT, label=_("Cơ quan làm"))
    share = Whole(max_value=100, label=_("Phần thời hạn (%)"))
    amount = Whole(max_value=SMALL, label=_("Hoặc thời gian cố định"))
    unit = Choice(NO_TIME, label=_("Đơn vị"))
    produces = Choice(choices.PRODUCES, label=_("Phải có"))
    end = forms.BooleanField(required=False, widget=Tick, label=_("Bước kết thúc"))

    class Meta:
        model = Step
        fields = [
            "position", "key", "name", "public_name", "role", "unit_kind", "share", "amount", "unit", "produces", "end",
        ]  # fmt: skip

    def clean_share(self) -> int:
        return self.cleaned_data["share"] or 0


class ItemForm(RowForm):
    default_key, filled_by = "viec", ("key", "name", "procedure", "result")
    compact = ("step", "name", "unit_kind", "amount", "unit")
    step = Text(max_length=60, required=True, widget=Pick, label=_("Ở bước"))
    kind = Choice(StepItem._meta.get_field("kind").choices, required=True, initial="opinion", label=_("Loại"))
    name = Text(max_length=150, required=True, label=_("Việc"))
    unit_kind = Choice(UnitKind.choices, required=True, label=_("Cơ quan"))
    amount = Whole(max_value=SMALL, required=True, label=_("Thời hạn"))
    unit = Choice(TIME_UNITS, required=True, initial="WORKING_DAY", label=_("Đơn vị"))
    required = forms.BooleanField(required=False, initial=True, widget=Tick, label=_("Phải xong mới đi tiếp"))
    after = Text(max_length=60, widget=Pick, label=_("Sau việc"))
    procedure = Text(max_length=20, label=_("Mã thủ tục liên thông"))
    result = Text(max_length=200, label=_("Kết quả trả người dân"))

    class Meta:
        model = StepItem
        fields = [
            "position", "key", "step", "kind", "name", "unit_kind", "amount", "unit", "required", "after", "procedure",
            "result",
        ]  # fmt: skip


class MoveForm(RowForm):
    named_by, default_key, filled_by = "label", "chuyen", ("key", "label", "target", "condition")
    compact = ("label", "source", "target", "role")
    label = Text(max_length=120, required=True, label=_("Nhãn nút"))
    source = Text(max_length=60, widget=Pick, label=_("Từ bước"))
    target = Text(max_length=60, required=True, widget=Pick, label=_("Đến bước"))
    role = Choice(choices.MOVE_ROLES, label=_("Ai chuyển"))
    condition = Expression(label=_("Chỉ khi"))
    needs_reason = forms.BooleanField(required=False, widget=Tick, label=_("Phải nêu lý do"))
    effects = Several(choices.EFFECTS, label=_("Hệ quả"))
    primary = forms.BooleanField(required=False, widget=Tick, label=_("Đường đi chính"))

    class Meta:
        model = Move
        fields = [
            "position", "key", "label", "source", "target", "role", "condition", "needs_reason", "effects", "primary",
        ]  # fmt: skip

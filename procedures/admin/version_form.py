"""The head of a version: everything that is said once."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from branches.models import FieldOfLaw, UnitKind
from procedures.admin import choices
from procedures.admin.inputs import Choice, Hidden, Pick, Several, Text, Tick, Whole, options_of
from procedures.models import TIME_UNITS, ProcedureVersion

SMALL = 32_767


class FieldsOfLaw:
    """The fields of law, read each time the select is drawn."""

    def html(self) -> str:
        names = FieldOfLaw.objects.order_by("name").values_list("name", flat=True)
        return options_of([("", "—"), *((name, name) for name in names)])


class VersionForm(forms.ModelForm):
    """The head of a draft. `edition` is the one that was opened; `save_over` the one that may be written over."""

    edition = forms.IntegerField(widget=Hidden)
    save_over = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = Text(multiline=True, max_length=2000, required=True, label=_("Tên đầy đủ"))
    short_name = Text(max_length=120, required=True, label=_("Tên thường gọi"))
    short_name_en = Text(max_length=160, label=_("Tên tiếng Anh"))
    summary = Text(
        multiline=True, max_length=2000, label=_("Tóm tắt"), help_text=_("Tối đa 60 từ, nói như nói với người dân.")
    )
    field_of_law = Text(max_length=120, required=True, widget=Pick(offered=FieldsOfLaw()), label=_("Lĩnh vực"))
    ministry = Text(max_length=150, label=_("Bộ ban hành"))
    audience = Choice(choices.AUDIENCES, required=True, label=_("Đối tượng"))
    family = Text(max_length=20, required=True, widget=Pick(offered=choices.FAMILIES), label=_("Họ quy trình"))
    unit_kind = Choice(UnitKind.choices, required=True, label=_("Cơ quan giải quyết"))
    weight = Whole(min_value=1, max_value=100, required=True, label=_("Khối lượng việc"))
    legal_basis = Text(multiline=True, max_length=5000, label=_("Căn cứ pháp lý"))
    assumed = Several(choices.ASSUMED, label=_("Chưa được xác nhận"))
    note = Text(multiline=True, max_length=5000, label=_("Ghi chú thay đổi"))
    time_amount = Whole(max_value=SMALL, required=True, label=_("Thời hạn giải quyết"))
    time_unit = Choice(TIME_UNITS, required=True, label=_("Đơn vị"))
    immediate = forms.BooleanField(required=False, widget=Tick, label=_("Giải quyết ngay tại quầy"))
    supplement_days = Whole(max_value=365, required=True, label=_("Số ngày làm việc để bổ sung hồ sơ"))
    after_supplement = Choice(
        ProcedureVersion._meta.get_field("after_supplement").choices, required=True, label=_("Sau khi bổ sung")
    )
    payment_days = Whole(max_value=365, required=True, label=_("Số ngày làm việc để nộp tiền"))
    result = Text(multiline=True, max_length=2000, label=_("Kết quả người dân nhận"))
    channels = Several(choices.CHANNELS, required=True, label=_("Cách nộp"))
    returns = Several(choices.RETURNS, required=True, label=_("Cách nhận kết quả"))
    routing_field = Text(max_length=60, widget=Pick, label=_("Câu hỏi định tuyến"))
    any_branch = forms.BooleanField(
        required=False, widget=Tick, label=_("Nộp ở chi nhánh nào cũng được (không phụ thuộc địa giới)")
    )

    class Meta:
        model = ProcedureVersion
        fields = [
            "name", "short_name", "short_name_en", "summary", "field_of_law", "ministry", "audience", "family",
            "unit_kind", "weight", "legal_basis", "assumed", "note", "time_amount", "time_unit", "immediate",
            "supplement_days", "after_supplement", "payment_days", "result", "channels", "returns", "routing_field",
            "any_branch",
        ]  # fmt: skip

    read_only = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.stored_edition = self.instance.edition
        self.initial["edition"] = self.stored_edition
        for field in self.fields.values() if self.read_only else ():
            field.disabled = True

    def _get_validation_exclusions(self) -> set[str]:
        """A draft may still be without a question to route by; publishing refuses that."""
        return super()._get_validation_exclusions() | {"routing_field"}

    def clean(self):
        data = super().clean()
        if data.get("edition") != self.stored_edition and data.get("save_over") != self.stored_edition:
            raise ValidationError(_("Bản nháp đã được người khác lưu sau khi anh/chị mở trang này."), code="conflict")
        return data

    @property
    def in_conflict(self) -> bool:
        return self.is_bound and self.has_error("__all__", "conflict")


class ReadOnlyVersionForm(VersionForm):
    read_only = True

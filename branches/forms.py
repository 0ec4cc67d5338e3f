"""What staff declare about themselves and what leaders delegate."""

import re

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from stdnum.vn import mst

from accounts.models import User
from branches import delegating
from branches.models import DIRECTORS, TITLES, CompetentUnit, Delegation, RelativeDeclaration
from keys.ring import blind
from places.text import clean


def day(**more) -> forms.DateField:
    """A day, by the browser's own calendar."""
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


class RelativeForm(forms.ModelForm):
    starts_on = day(
        label=_l("Từ ngày"), help_text=_l("Ngày có quan hệ; nếu có từ trước, ghi ngày anh/chị nhận nhiệm vụ này.")
    )
    ends_on = day(label=_l("Đến hết ngày"), required=False, help_text=_l("Để trống nếu quan hệ vẫn còn."))

    class Meta:
        model = RelativeDeclaration
        fields = ["relation", "name", "number", "starts_on", "ends_on"]
        help_texts = {"number": _l("12 chữ số của người thân, hoặc mã số thuế 10 hay 13 chữ số của doanh nghiệp.")}

    def clean_name(self) -> str:
        name = clean(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("Hãy ghi họ tên, hoặc tên doanh nghiệp."))
        return name

    def clean_number(self) -> str:
        number = re.sub(r"[ .]", "", self.cleaned_data["number"])
        if self.cleaned_data.get("relation") == RelativeDeclaration.Relation.COMPANY:
            if not number.isascii() or not mst.is_valid(number):
                raise forms.ValidationError(_("Mã số thuế chưa đúng: 10 hoặc 13 chữ số, kèm chữ số kiểm tra."))
            return mst.compact(number)
        if not re.fullmatch(r"0[0-9]{11}", number):
            raise forms.ValidationError(_("Số định danh cá nhân gồm 12 chữ số, bắt đầu bằng 0."))
        return number

    def clean(self) -> dict:
        data = super().clean()
        index = blind("number", data.get("number", ""))
        user = self.instance.user
        if index and index == user.number_index:
            self.add_error("number", _("Đây là số của chính anh/chị; hồ sơ của mình thì không phải khai."))
        elif index and RelativeDeclaration.objects.in_force().filter(user=user, number_index=index).exists():
            self.add_error("number", _("Anh/chị đã khai số này."))
        return data


class DeputyField(forms.ModelChoiceField):
    """A person of the leader's units, named with what they are there."""

    def __init__(self, **kwargs):
        super().__init__(User.objects.none(), label=_l("Người ký thay"), **kwargs)

    def offer(self, leader, unit_ids: list[int]) -> None:
        postings = list(delegating.possible_deputies(leader, unit_ids))
        self.labels = {p.user_id: f"{p.user} · {p.label}" for p in reversed(postings)}
        self.queryset = User.objects.filter(pk__in=self.labels).order_by("full_name", "pk")

    def label_from_instance(self, user) -> str:
        return self.labels[user.pk]


class DelegationForm(forms.ModelForm):
    deputy = DeputyField()
    starts_on, ends_on = day(label=_l("Từ ngày")), day(label=_l("Đến hết ngày"))

    class Meta:
        model = Delegation
        fields = ["unit", "deputy", "leader_title", "deputy_title", "document_number", "starts_on", "ends_on"]
        help_texts = {"leader_title": _l("Như ghi trên văn bản, ví dụ CHỦ TỊCH; để trống là theo loại cơ quan.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        leader = self.instance.leader
        units = delegating.led_by(leader)
        self.fields["unit"].queryset = CompetentUnit.objects.filter(pk__in=units).order_by("code")
        self.fields["unit"].empty_label = None
        self.fields["deputy"].offer(leader, units)
        self.fields["leader_title"].required = self.fields["deputy_title"].required = False

    def clean(self) -> dict:
        data = super().clean()
        unit = data.get("unit")
        head, deputy = TITLES.get(unit.kind, DIRECTORS) if unit else DIRECTORS
        data["leader_title"] = clean(data.get("leader_title") or head).upper()
        data["deputy_title"] = clean(data.get("deputy_title") or deputy).upper()
        return data

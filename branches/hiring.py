"""The form by which a new member of staff gets an account: who, and their first posting."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, CompetentUnit, Posting, Role
from branches.people import StaffMember, places_seen, roles_given


class NewStaffForm(forms.ModelForm):
    """`user` is who fills it in: only roles and places that are theirs to give can be chosen or sent."""

    user: Any = None
    ORDER = ("full_name", "username", "email", "role", "branch", "unit", "starts_on", "ends_on")

    full_name = forms.CharField(label=_("Họ và tên"), max_length=150)
    email = forms.EmailField(
        label=_("Thư điện tử"), help_text=_("Thư đặt mật khẩu được gửi đến đây; người quản trị không biết mật khẩu.")
    )
    role = forms.ChoiceField(label=_("Vai trò"))
    branch = forms.ModelChoiceField(Branch.objects.none(), label=_("Chi nhánh"), required=False)
    unit = forms.ModelChoiceField(CompetentUnit.objects.none(), label=_("Cơ quan"), required=False)
    starts_on = forms.DateField(label=_("Từ ngày"), widget=AdminDateWidget)
    ends_on = forms.DateField(label=_("Đến hết ngày"), widget=AdminDateWidget, required=False)

    class Meta:
        model = StaffMember
        fields = ["full_name", "username", "email"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        given, seen = roles_given(self.user), places_seen(self.user)
        self.fields["role"].choices = [("", "---------"), *(role for role in Role.choices if role[0] in given)]
        branches, units = Branch.objects.order_by("number"), CompetentUnit.objects.order_by("code")
        self.fields["branch"].queryset = branches if seen.all else branches.filter(pk__in=seen.branches)
        self.fields["unit"].queryset = units if seen.all else units.filter(pk__in=seen.units)

    def posting(self) -> dict[str, Any]:
        names = ("role", "branch", "unit", "starts_on", "ends_on")
        return {name: self.cleaned_data[name] for name in names}

    def clean(self) -> dict[str, Any]:
        """The posting must be one that can be stored: its place fits its role, its end comes after its beginning."""
        cleaned = super().clean()
        if not self.errors:
            Posting(**self.posting()).clean_fields(exclude=["user"])
            Posting(**self.posting()).validate_constraints(exclude=["user"])
        return cleaned

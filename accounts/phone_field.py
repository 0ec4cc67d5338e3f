"""A form field for telephone numbers as people type them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.phone import normalise_phone


class PhoneField(forms.CharField):
    """Takes `0912 345 678`, `+84 912…`; gives E.164, or "" when left empty and not required."""

    def __init__(self, **kwargs):
        kwargs.setdefault("label", _("Số điện thoại"))
        kwargs.setdefault("max_length", 24)
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}))
        super().__init__(**kwargs)

    def clean(self, value):
        value = super().clean(value)
        return normalise_phone(value) if value else ""

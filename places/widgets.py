"""Choosing a ward: a list that works everywhere, and finds as one types where scripts run."""

from django import forms
from django.urls import reverse_lazy


class WardWidget(forms.Select):
    """A plain <select>; the page's script turns it into a search over new and former names (`data-lookup`)."""

    def build_attrs(self, base_attrs, extra_attrs=None):
        return super().build_attrs(base_attrs, extra_attrs) | {"data-lookup": str(reverse_lazy("places:wards"))}

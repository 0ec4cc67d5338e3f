"""Choosing a ward: a list that works everywhere, and finds as one types where scripts run."""

from functools import lru_cache

from django import forms
from django.forms.utils import flatatt
from django.urls import reverse_lazy
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from places import gazetteer
from places.models import Ward
from places.text import fold


class WardWidget(forms.Select):
    """A plain <select>; the page's script turns it into a search over new and former names (`data-lookup`).

    Its 126 options are drawn once a process and not once a question.
    """

    def build_attrs(self, base_attrs, extra_attrs=None):
        return super().build_attrs(base_attrs, extra_attrs) | {"data-lookup": str(reverse_lazy("places:wards"))}

    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        options = _options(get_language(), gazetteer.age())
        if value:
            chosen = format_html('value="{}"', value)
            options = mark_safe(options.replace(chosen, f"{chosen} selected", 1))
        drawn = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>{}</select>', name, drawn, options)


@lru_cache(maxsize=4)
def _options(_language: str, _age: int) -> SafeString:
    """Every ward under the district it mostly comes from: the names people still look for."""
    groups: dict[str, list[tuple[str, str]]] = {}
    wards = Ward.objects.select_related("former_district")
    for ward in sorted(wards, key=lambda w: (fold(w.former_district.name), fold(w.name))):
        groups.setdefault(ward.former_district.name, []).append((ward.code, ward.name))
    drawn = [
        format_html(
            '<optgroup label="{}">{}</optgroup>', name, format_html_join("", '<option value="{}">{}</option>', group)
        )
        for name, group in groups.items()
    ]
    return format_html('<option value="">{}</option>{}', _("Chọn phường, xã"), mark_safe("".join(drawn)))


def former_options() -> SafeString:
    """The options of a <datalist> of former wards with their districts."""
    return _former_options(gazetteer.age())


@lru_cache(maxsize=2)
def _former_options(_age: int) -> SafeString:
    return format_html_join("", '<option value="{}">', ((str(f),) for f in gazetteer.former_wards().values()))

"""The cells of the editor, drawn without a template each: a long version has some 3,000 of them."""

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def cell(form, name: str) -> SafeString:
    """One input of a row (or of the head) with its label, what it says in words, its help and its mistakes."""
    return draw_cell(form[name], getattr(form, "words", {}).get(name))


@register.filter
def cells(form, names) -> SafeString:
    """The inputs of these names, one after another."""
    words = getattr(form, "words", {})
    return mark_safe("".join(draw_cell(form[name], words.get(name)) for name in names))


@register.filter
def as_cell(bound) -> SafeString:
    return draw_cell(bound, None)


def draw_cell(bound, words: dict[str, str] | None) -> SafeString:
    errors, field = bound.errors, bound.field
    attrs = {"aria-invalid": "true"} if errors else {}
    if field.required:
        attrs["aria-required"] = "true"
    widget = str(bound.as_widget(attrs=attrs))
    if bound.is_hidden:
        return mark_safe(widget)
    ticked = getattr(field.widget, "input_type", "") == "checkbox" and not hasattr(field, "choices")
    label = f'<label for="{bound.id_for_label}">{escape(bound.label)}</label>'
    if hasattr(field, "choices") and bound.field.widget.__class__.__name__ == "Ticks":
        label = f'<span class="label">{escape(bound.label)}</span>'
    inner = f"{widget} {label}" if ticked else f"{label}{widget}"
    kind = " is-tick" if ticked else ""
    wrong = " is-wrong" if errors else ""
    said = _said(words) if "data-expression" in field.widget.attrs else ""
    help_text = f'<small class="help-text">{escape(field.help_text)}</small>' if field.help_text else ""
    faults = f'<ul class="errorlist">{"".join(f"<li>{escape(e)}</li>" for e in errors)}</ul>' if errors else ""
    return mark_safe(f'<div class="cell cell-{bound.name}{kind}{wrong}">{inner}{said}{help_text}{faults}</div>')


def _said(words: dict[str, str] | None) -> str:
    words = words or {}
    unknown = f'<span class="is-unknown">{escape(words["unknown"])}</span>' if "unknown" in words else ""
    return f'<span class="said" data-said aria-live="polite">{escape(words.get("words", ""))}{unknown}</span>'


@register.simple_tag
def row_words(form) -> SafeString:
    """The condition of a closed row in words."""
    words = getattr(form, "words", {}).get("condition", {})
    return format_html('<span class="row-words" data-row-words>{}</span>', words.get("words", ""))


@register.filter
def row_name(form) -> str:
    from procedures.admin.rows import shown

    return shown(form, form.named_by) or _("dòng mới")

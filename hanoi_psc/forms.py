"""How a form looks: one place decides it for every field of every procedure."""

from django.forms.renderers import TemplatesSetting


class PortalRenderer(TemplatesSetting):
    """`{{ form }}` draws an error summary and every field; `{{ form.name.as_field_group }}` draws one field."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"

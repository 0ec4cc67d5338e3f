"""Model fields whose column holds only what `ring.hide` made of the value.

In Python they hold the plain value; a lookup on them finds only nothing (`phone=""`, `isnull`). What has to be found by
value gets a `BlindIndexField` beside it, asked as `phone_index=blind("phone", value)`.
"""

import json
from datetime import date

from django import forms
from django.core.exceptions import FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from keys.ring import blind, hide, show


class HiddenField(models.TextField):
    """Common to all: a text column, hidden on the way in and shown on the way out."""

    @property
    def place(self) -> str:
        """What a value is bound to; the same for a model and its history in migrations."""
        return f"{self.model._meta.label_lower}.{self.name}"

    def to_text(self, value) -> str | None:
        return value

    def from_text(self, text: str):
        return text

    def get_internal_type(self) -> str:
        return "TextField"

    def from_db_value(self, value, _expression, _connection):
        return value if value is None else self.from_text(show(value, place=self.place))

    def get_db_prep_save(self, value, connection):
        if hasattr(value, "as_sql"):
            return value
        text = self.to_text(value)
        return text if text is None else hide(text, place=self.place)

    def get_lookup(self, name):
        found = super().get_lookup(name)
        return found if name == "isnull" else _only_nothing(found, self)

    def get_transform(self, _name):
        return None


def _only_nothing(lookup, field):
    """A lookup that takes nothing but "": any other would compare with ciphertext and quietly find no row."""
    if lookup is None:
        return None

    class OnlyNothing(lookup):
        def get_prep_lookup(self):
            values = self.rhs if isinstance(self.rhs, (list, tuple, set)) else [self.rhs]
            if any(value not in ("", None) for value in values):
                raise FieldError(f"{field.place} is hidden: look it up by its blind index.")
            return self.rhs

    return OnlyNothing


class HiddenTextField(HiddenField):
    """Text. `max_length` is that of the plain value, checked by forms and full_clean."""

    def formfield(self, **kwargs):
        """One line where a length is given, a box of several lines where none is."""
        if self.max_length:
            return models.Field.formfield(self, **{"max_length": self.max_length, **kwargs})
        return super().formfield(**kwargs)


class HiddenDateField(HiddenField):
    """A date, None when not given."""

    default_error_messages = models.DateField.default_error_messages

    def to_text(self, value) -> str | None:
        return value.isoformat() if isinstance(value, date) else value or None

    def from_text(self, text: str) -> date | None:
        return date.fromisoformat(text) if text else None

    def to_python(self, value):
        return models.DateField.to_python(self, value)

    def get_prep_value(self, value):
        return value

    def value_to_string(self, obj) -> str:
        return self.to_text(self.value_from_object(obj)) or ""

    def formfield(self, **kwargs):
        return models.Field.formfield(self, **{"form_class": forms.DateField, **kwargs})


class HiddenJSONField(HiddenField):
    """What JSON holds; `{}` is hidden too, so that an empty declaration looks like any other."""

    empty_values = (None, "")

    def to_text(self, value) -> str | None:
        return value if value is None else json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)

    def from_text(self, text: str):
        return json.loads(text) if text else None

    def to_python(self, value):
        return value

    def get_prep_value(self, value):
        return value

    def value_to_string(self, obj):
        return self.value_from_object(obj)

    def formfield(self, **kwargs):
        return models.Field.formfield(self, **{"form_class": forms.JSONField, **kwargs})


class BlindIndexField(models.CharField):
    """The blind index of the field `of`, worked out on every save; searched with `blind(purpose, value)`."""

    def __init__(self, *args, of: str, purpose: str, **kwargs):
        self.of, self.purpose = of, purpose
        kwargs |= {"max_length": 43, "blank": True, "editable": False, "default": ""}
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("max_length", "blank", "editable", "default"):
            kwargs.pop(fixed, None)
        return name, path, args, {**kwargs, "of": self.of, "purpose": self.purpose}

    def pre_save(self, instance, add: bool) -> str:
        index = blind(self.purpose, getattr(instance, self.of) or "")
        setattr(instance, self.attname, index)
        return index


class FoundByIndex(models.Model):
    """A model with blind indexes: saving some fields saves the indexes of those too."""

    class Meta:
        abstract = True

    def save(self, *args, update_fields=None, **kwargs):
        if update_fields is not None:
            fields = [f for f in self._meta.concrete_fields if isinstance(f, BlindIndexField)]
            update_fields = {*update_fields, *(f.name for f in fields if f.of in update_fields)}
        super().save(*args, update_fields=update_fields, **kwargs)

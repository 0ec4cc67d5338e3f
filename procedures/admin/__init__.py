"""The catalogue in Django admin: one module a subject; importing this package registers them all."""

from procedures.admin import catalogue, groups, national, version  # noqa: F401

"""The catalogue in Django admin: one module a subject; importing this package registers them all."""

from procedures.admin import catalogue, groups, national, version

__all__ = ["catalogue", "groups", "national", "version"]

"""The catalogue: what can be asked for, in versions that never change once released."""

from procedures.models.groups import FieldGroup, FieldGroupVersion
from procedures.models.national import NationalEntry
from procedures.models.parts import (
    DocumentRequirement,
    FeeExemption,
    FeeRule,
    FormField,
    FormSection,
    Move,
    Step,
    StepItem,
)
from procedures.models.procedure import TIME_UNITS, LifeEvent, Procedure, ProcedureVersion
from procedures.models.release import Release, ReleaseRequest, Suspension

__all__ = [
    "TIME_UNITS",
    "DocumentRequirement",
    "FeeExemption",
    "FeeRule",
    "FieldGroup",
    "FieldGroupVersion",
    "FormField",
    "FormSection",
    "LifeEvent",
    "Move",
    "NationalEntry",
    "Procedure",
    "ProcedureVersion",
    "Release",
    "ReleaseRequest",
    "Step",
    "StepItem",
    "Suspension",
]

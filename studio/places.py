"""Where in the editor of a version a problem is mended."""

from django.urls import reverse

from procedures.checking import Problem
from procedures.models import ProcedureVersion

# Part of a problem → the tab of the editor's page (procedures/admin/page.py) that holds its rows.
_TAB = {
    "form": "to-khai", "documents": "giay-to", "fees": "phi", "steps": "quy-trinh", "items": "quy-trinh",
    "moves": "quy-trinh", "time": "thoi-han", "texts": "loi-van", "routing": "dinh-tuyen",
}  # fmt: skip


def editor_address(version: ProcedureVersion, problem: Problem) -> str:
    """The editor's page, opened at the tab of the problem."""
    address = reverse("admin:procedures_procedureversion_change", args=[version.pk])
    return f"{address}#{_TAB.get(problem.part, 'chung')}"

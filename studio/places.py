"""Where in the editor of a version a problem is mended."""

from django.urls import reverse

from procedures.admin.page import tab_of
from procedures.checking import Problem
from procedures.models import ProcedureVersion


def editor_address(version: ProcedureVersion, problem: Problem) -> str:
    """The editor's page, opened at the tab of the problem."""
    return f"{reverse('admin:procedures_procedureversion_change', args=[version.pk])}#{tab_of(problem)}"

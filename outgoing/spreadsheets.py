"""Cells of the files that leave for spreadsheets."""

import re
from typing import Any

# What a spreadsheet takes for the beginning of a formula, full-width forms too, after spaces that it drops itself.
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")


def spreadsheet_safe(cell: Any) -> Any:
    """A cell of a file for spreadsheets: text that one would run as a formula gets a quote before it, and stays text.

    For every cell of every CSV or XLSX that leaves (OWASP, CSV injection). Numbers and dates stay as they are.
    """
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell

"""What programs read from a page is written for programs."""

import re

import pytest
from django.conf import settings

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
# A row's number in an attribute: people's thousands separators ("1.234") would make it another value.
LOCALISED = re.compile(
    r"(?:value|id|name|for|href|action|data-[\w-]+|aria-(?:labelledby|describedby|controls))="
    r'"[^"<>]*\{\{ *[\w.]*(?:\.pk|\.id|_id|\.remove|\.kept) *\}\}'
)
FORM_FIELD_ID = re.compile(r"\{\{ *(?:radio\.id|[\w.]*auto_id) *\}\}")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(settings.BASE_DIR).as_posix())
def test_a_rows_number_in_an_attribute_has_no_separators(path):
    found = [m.group() for m in LOCALISED.finditer(path.read_text()) if not FORM_FIELD_ID.search(m.group())]
    assert found == [], 'write {{ …|stringformat:"s" }}'

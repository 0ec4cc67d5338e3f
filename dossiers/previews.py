"""Files to look at: every page is a picture that we draw. What somebody sent is never shown as it came."""

from dossiers.file_box import Broken, draw, pdf_facts
from dossiers.models import StoredFile
from dossiers.storage import open_file

MOST_PAGES = 50  # the rest is read in the file itself


def pages_of(file: StoredFile) -> int:
    """How many pages there are to look at; 0 for a file that cannot be drawn. Raises what open_file raises."""
    if file.is_image or file.pages or not file.is_shown:
        return 1 if file.is_image else file.pages
    try:
        pages = max(pdf_facts(open_file(file).read()).pages, 0)
    except Broken:
        return 0
    StoredFile.objects.filter(pk=file.pk).update(pages=min(pages, 32767))  # a file from before pages were counted
    return pages


def page_of(file: StoredFile, number: int) -> bytes:
    """One page as a JPEG. Raises Broken, and what open_file raises."""
    if not file.is_shown or not 1 <= number <= MOST_PAGES:
        raise Broken("no such page")
    return draw(open_file(file).read(), file.content_type, number)

"""Steps of a citizen through the pages, for the tests that need them."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dossiers.forms import as_typed
from dossiers.models import Dossier
from dossiers.views.draft_pages import Draft
from procedures.schema import example_answers
from tests import world


def logged_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def started(user, code: str = "1.001193") -> Dossier:
    """A draft made by pressing the button."""
    logged_in(user).post(f"/ho-so/bat-dau/{code}/", {"moi": "1"})
    return Dossier.objects.drafts_of(user).latest("pk")


def pdf(name: str = "giay.pdf", content: bytes = world.PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def typed(spec, section, answers) -> dict:
    """A section's answers as its page sends them."""
    asked = [f for f in section.fields if f.key in answers]
    return {f.key: as_typed(f, answers[f.key]) for f in asked} | {"on_page": " ".join(f.key for f in asked)}


def filled(user, code: str = "1.001193", answers: dict | None = None) -> Dossier:
    """A draft with every section, paper and the delivery saved through the pages."""
    client, draft = logged_in(user), started(user, code)
    spec = world.spec(code)
    answers = example_answers(spec) | (answers or {})
    for section in spec.sections:
        data = typed(spec, section, answers)
        if data["on_page"]:
            client.post(f"/ho-so/nhap/{draft.pk}/{section.key}/", data)
    draft.refresh_from_db(fields=["answers"])
    files = {f"file-{d.key}": pdf() for d in spec.asks(draft.answers) if d.required}
    client.post(f"/ho-so/nhap/{draft.pk}/giay-to/", files)
    page = Draft(Dossier.objects.get(pk=draft.pk), user)
    branch = page.delivery["branch"] or page.branches.first().pk
    client.post(f"/ho-so/nhap/{draft.pk}/noi-nhan/", {"branch": branch, "return_by": spec.returns[0]})
    return Dossier.objects.get(pk=draft.pk)


def submit(user, draft: Dossier):
    return logged_in(user).post(f"/ho-so/nhap/{draft.pk}/xem-lai/", {"declare": "1"})


def read(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def save(user, draft, section, **data):
    return logged_in(user).post(f"/ho-so/nhap/{draft.pk}/{section}/", data)

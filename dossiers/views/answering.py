"""What an applicant does with a submitted dossier: answer a request, correct, withdraw, rate.

Each act's inputs come from the one table (dossiers.act_list). Two of them also take answers and papers, so they share
a page with the whole form and a place for each paper.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dossiers import storage
from dossiers.acts import Action, perform, state_of
from dossiers.errors import Invalid, Refusal
from dossiers.forms import QuestionsForm, controls
from dossiers.models import Dossier, StoredFile
from dossiers.selectors import visible
from dossiers.services.enclosing import file_answers
from dossiers.views.citizen import acts_of, own_dossier
from dossiers.views.keeping import person_required, take_kept
from dossiers.views.uploading import Place, limits, sent_files, shown_file, take_answers
from dossiers.widgets import rearranged
from procedures.answers import FieldError, clean_answers
from procedures.spec import Document, Spec
from procedures.versions import read
from procedures.words import name_of, spoken

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
WITH_ANSWERS = ("give_supplement", "correct")
ANSWERS = "tk"  # prefix of the form's questions, so that they cannot meet the act's own inputs
DONE = {
    "give_supplement": lambda: _("Đã gửi bổ sung. Cán bộ được báo ngay."),
    "correct": lambda: _("Đã sửa tờ khai."),
    "withdraw": lambda: _("Đã rút hồ sơ."),
    "rate": lambda: _("Cảm ơn anh/chị đã đánh giá."),
}


@dataclass
class Page:
    """One act on one dossier, on its way to be done."""

    dossier: Dossier
    action: Action
    spec: Spec
    form: QuestionsForm
    answers: QuestionsForm | None = None
    uploads: dict[str, list[StoredFile]] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    @property
    def documents(self) -> list[Document]:
        """The papers one may add: those asked for in a request, else all that the answers call for."""
        asked = _asked_documents(self.dossier) if self.action.name == "give_supplement" else []
        called = self.spec.asks(visible(self.spec, self.dossier.answers))
        return sorted(called, key=lambda d: d.key not in asked) if self.answers else []

    @property
    def places(self) -> list[Place]:
        required = set(_asked_documents(self.dossier)) if self.action.name == "give_supplement" else set()
        present = [a for a in self.dossier.attachments.present().select_related("file").order_by("pk")]
        return [
            Place(
                document=doc,
                files=[shown_file(a, removable=False) for a in present if a.requirement == doc.key]
                + [_kept_file(f) for f in self.uploads.get(doc.key, [])],
                errors=self.errors.get(doc.key, []),
                required=doc.key in required,
            )
            for doc in self.documents
        ]


def _kept_file(file: StoredFile) -> dict:
    return {"name": file.name, "size": file.size, "url": "", "remove": "", "new": True, "kept": str(file.pk)}


def _asked_documents(dossier: Dossier) -> list[str]:
    request = dossier.supplements.filter(answered_at=None).first()
    return request.documents if request else []


@person_required
@GET_OR_POST
def act(request: HttpRequest, code: str, name: str) -> HttpResponse:
    dossier = own_dossier(request, code)
    action = next((a for a in acts_of(dossier, request.user) if a.name == name), None)
    if action is None:
        return _too_late(request, dossier, name)
    spec, wrong = spoken(read(dossier.version_id)), []
    data = take_kept(request)
    if request.method == "POST":
        data, wrong = take_answers(request, spec.fields.values(), prefix=ANSWERS)
    page = _page(dossier, action, spec, data)
    if request.method == "POST":
        _take_files(request, page)
        _show(page, wrong)
        stays = wrong or page.errors or "change" in request.POST
        if "do" in request.POST and not stays and _perform(request, page, data):
            messages.success(request, DONE[name]())
            return redirect("dossiers:detail", dossier.code)
    context = {
        "page": page,
        "dossier": dossier,
        "name": name_of(page.spec),
        "seen": request.POST.get("seen") or state_of(dossier),
        "asked": dossier.supplements.filter(answered_at=None).first() if name == "give_supplement" else None,
        **limits(),
    }
    return render(request, "dossiers/act_answers.html" if page.answers else "dossiers/act.html", context)


def _too_late(request: HttpRequest, dossier: Dossier, name: str) -> HttpResponse:
    if name not in DONE:
        raise Http404
    messages.info(request, _("Việc này không còn làm được với hồ sơ: tình trạng của hồ sơ đã thay đổi."))
    return redirect("dossiers:detail", dossier.code)


def _page(dossier: Dossier, action: Action, spec: Spec, data) -> Page:
    page = Page(dossier, action, spec, QuestionsForm(action.fields, data=data))
    if action.name in WITH_ANSWERS:
        page.answers = _answers_form(page, data)
    return page


def _answers_form(page: Page, data, *, preserve: bool = False) -> QuestionsForm:
    """The whole form, with the questions that the answers on the page call for."""
    spec, answers = page.spec, page.dossier.answers
    if data is not None:
        typed = QuestionsForm(spec.fields.values(), data=data, prefix=ANSWERS).typed()
        answers = _sent(typed, data, answers)
    answers = visible(spec, answers)
    parts = [(s, fields) for s in spec.sections if (fields := spec.asked(s, answers))]
    form = QuestionsForm(
        (f for _s, fields in parts for f in fields),
        answers=answers, data=data, prefix=ANSWERS, facts=answers, files=_known_files(page, answers),
    )  # fmt: skip
    for section, fields in parts:
        form.fields[fields[0].key].heading = section.title
    url = reverse("dossiers:act_questions", args=[page.dossier.code, page.action.name])
    changed = data.get("change", "") if data is not None else ""
    return form.asks(controls(spec.fields.values()), url, preserve=preserve, changed=changed)


def _known_files(page: Page, answers: dict[str, Any]) -> dict[str, dict]:
    """The files that answers name: those with the dossier, and those just uploaded for it."""
    ids = {pk for _path, _field, pk in file_answers(page.spec.fields.values(), answers)}
    if not ids:
        return {}
    new = StoredFile.objects.filter(pk__in=ids, uploaded_by=page.dossier.owner)
    enclosed = page.dossier.attachments.present().filter(file__in=ids).select_related("file")
    return {str(f.pk): _kept_file(f) for f in new} | {str(a.file_id): shown_file(a) for a in enclosed}


def _sent(typed: dict[str, Any], data, stored: dict[str, Any]) -> dict[str, Any]:
    """The answers of the page over the stored ones; a question that was not on the page keeps its stored answer."""
    on_page = set(" ".join(data.getlist("on_page")).split())
    return {**stored, **{k: v for k, v in typed.items() if f"{ANSWERS}-{k}" in on_page}}


def _take_files(request: HttpRequest, page: Page) -> None:
    """Keep what was uploaded even when something else is wrong: stored now, put with the dossier by the act."""
    for doc in page.documents:
        kept = [pk for pk in request.POST.getlist(f"kept-{doc.key}") if len(pk) == 36]
        page.uploads[doc.key] = _own(request.user, kept)
    for doc, upload in sent_files(request, page.documents):
        try:
            page.uploads[doc.key].append(storage.store(upload, name=upload.name, by=request.user))
        except Refusal as refusal:
            page.errors.setdefault(doc.key, []).append(f"{upload.name[:80]}: {refusal.message}")


def _own(user, ids: list[str]) -> list[StoredFile]:
    good = []
    for pk in ids:
        try:
            good.append(UUID(pk))
        except ValueError:
            continue
    return list(StoredFile.objects.filter(pk__in=good, uploaded_by=user).order_by("created_at")) if good else []


def _perform(request: HttpRequest, page: Page, sent: QueryDict) -> bool:
    data: dict[str, Any] = page.form.typed()
    if page.answers is not None:
        data["files"] = {key: [str(f.pk) for f in files] for key, files in page.uploads.items() if files}
        data["answers"] = _changes(page, sent)
        if page.action.name == "correct" and not data["answers"] and not data["files"]:
            page.others.append(_("Anh/chị chưa sửa gì."))
            return False
    try:
        perform(
            page.dossier.pk,
            page.action.name,
            data,
            user=request.user,
            ip=request.META.get("REMOTE_ADDR", ""),
            request_id=getattr(request, "id", ""),
            seen=request.POST.get("seen", ""),
        )
    except Invalid as invalid:
        _show(page, invalid.errors)
    except Refusal as refusal:
        _show(page, [FieldError(refusal.field, refusal.code, refusal.message)])
    else:
        return True
    return False


def _changes(page: Page, data: QueryDict) -> dict[str, Any]:
    """What differs from the stored answers; nothing when the page was sent back as it came."""
    typed = QuestionsForm(page.spec.fields.values(), data=data, prefix=ANSWERS).typed()
    sent = _sent(typed, data, page.dossier.answers)
    cleaned, errors = clean_answers(page.spec, sent)
    if not errors and cleaned == page.dossier.answers:
        return {}
    return {k: v for k, v in sent.items() if v != page.dossier.answers.get(k)}


def _show(page: Page, errors: list[FieldError]) -> None:
    """Each mistake where it belongs: an input of the act, a question of the form, a paper, or on top."""
    for error in errors:
        document = error.field.removeprefix("files.")
        if error.field in page.form.fields:
            page.form.show_errors([error])
        elif page.answers is not None and error.question in page.answers.fields:
            page.answers.show_errors([error])
        elif document in page.spec.documents_by_key:
            page.errors.setdefault(document, []).append(error.message)
        else:
            page.others.append(error.message)


@person_required
@GET_OR_POST
def questions(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """The form's questions that the answers on the page call for now, nothing saved; asked by the page's script."""
    dossier = own_dossier(request, code)
    action = next((a for a in acts_of(dossier, request.user) if a.name == name and name in WITH_ANSWERS), None)
    if action is None:
        raise Http404
    data = rearranged(request.POST, request.POST.get("change", ""))
    page = Page(dossier, action, spoken(read(dossier.version_id)), QuestionsForm(action.fields))
    form = _answers_form(page, data, preserve="change" not in data)
    return render(request, "dossiers/questions.html", {"form": form})

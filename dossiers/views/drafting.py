"""From "start" to "submitted": a draft's task list, one page a section, papers, delivery, the last look."""

from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audit.services import Actor, label_of
from dossiers import routing
from dossiers.door import changed_words
from dossiers.errors import Invalid, NotNow, Refusal
from dossiers.forms import DeliveryForm, QuestionsForm
from dossiers.models import Dossier
from dossiers.selectors import open_drafts
from dossiers.services import drafts, submission
from dossiers.services.versioning import bring_up_to_date, mark_read
from dossiers.views.draft_pages import Draft, next_task
from dossiers.views.keeping import person_required, take_kept
from dossiers.views.uploading import limits, places, sent_files, shown_file, take_answers
from dossiers.widgets import rearranged
from procedures.answers import FieldError
from procedures.models import Procedure
from procedures.spec import Section
from procedures.versions import published_spec
from procedures.words import name_of

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


def with_draft(view):
    """Give the view the person's own draft. A submitted one leads to its dossier, a stranger's does not exist."""

    @wraps(view)
    def wrapped(request: HttpRequest, pk: int, *args, **kwargs):
        # an admin's trial of a form too
        rows = Dossier.everything.filter(owner=request.user).select_related("branch", "procedure")
        dossier = rows.filter(pk=pk).first() if pk < 2**63 else None
        if dossier is None:
            raise Http404
        if not dossier.is_draft:
            return _already(request, dossier)
        try:
            moved = bring_up_to_date(dossier)
            if moved and request.method == "POST":
                messages.warning(request, changed_words())
            return view(request, Draft(dossier, request.user), *args, **kwargs)
        except NotNow:  # submitted in another window while this page was being saved
            dossier.refresh_from_db(fields=["code"])
            return _already(request, dossier)
        except Dossier.DoesNotExist:
            raise Http404 from None

    return person_required(GET_OR_POST(wrapped))


def _already(request: HttpRequest, dossier: Dossier) -> HttpResponse:
    if dossier.is_scratch:
        return redirect("studio:try_walk", dossier.pk)
    if request.method != "POST":
        messages.info(request, _("Hồ sơ này đã được nộp, không còn là bản nháp."))
        return redirect("dossiers:detail", dossier.code)
    return redirect("dossiers:submitted", dossier.code)


@person_required
@GET_OR_POST
def start(request: HttpRequest, code: str) -> HttpResponse:
    """A new draft; where one of the same procedure waits, that one is offered first."""
    spec = published_spec(code) if "\0" not in code else None
    if spec is None and Procedure.objects.filter(code=code.replace("\0", "")).exists():
        return redirect("procedures:detail", code)  # retired since the page was opened: it says so
    if spec is None or "online" not in spec.channels:
        raise Http404
    mine = [d for d in open_drafts(request.user) if d.procedure_id == spec.procedure_id]
    if request.method != "POST" or (mine and "moi" not in request.POST):
        if not mine:
            return redirect("procedures:detail", code)
        return render(request, "dossiers/choose_draft.html", {"name": name_of(spec), "mine": mine, "code": code})
    try:
        prefill = drafts.account_answers(spec, request.user)
        draft = drafts.start_draft(spec=spec, by=request.user, owner=request.user, prefill=prefill)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("dossiers:mine")
    return redirect("dossiers:draft", draft.pk)


@with_draft
def news_read(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The person has read what changed in the procedure; back to the page they read it on."""
    if request.method == "POST":
        mark_read(dossier_id=draft.dossier.pk)
    back = request.POST.get("ve", "")
    own = back.startswith(f"/ho-so/nhap/{draft.pk}/")
    return redirect(back) if own else redirect("dossiers:draft", draft.pk)


@with_draft
def tasks(request: HttpRequest, draft: Draft) -> HttpResponse:
    todo = draft.tasks
    return render(request, "dossiers/draft.html", {"draft": draft, "tasks": todo, "next": next_task(todo)})


@with_draft
def section(request: HttpRequest, draft: Draft, key: str) -> HttpResponse:
    part = _section(draft, key)
    form, newly = draft.form(part, take_kept(request)), False
    if request.method == "POST":
        form, wrong, newly = _save(request, draft, part)
        if not wrong and not newly and "change" not in request.POST:
            messages.success(request, _("Đã lưu. Đây vẫn là bản nháp, chưa nộp."))
            return _onwards(request, draft, key)
    context = {"draft": draft, "section": part, "form": form, "newly": newly}
    context["from_account"] = bool(form.questions.keys() & draft.known)
    return render(request, "dossiers/section.html", context)


def _save(request: HttpRequest, draft: Draft, part: Section) -> tuple[QuestionsForm, bool, bool]:
    """Save what is right; the form with what is wrong, whether anything is, and whether answers called for questions
    not yet shown. A button that adds or drops a row saves too, and does not yet ask for what is missing."""
    data, errors = take_answers(request, part.fields)
    typed = QuestionsForm(part.fields, data=data).typed()
    said = {e.field for e in errors}
    wrong = drafts.save_section(dossier_id=draft.dossier.pk, spec=draft.said, section=part, raw=typed, by=request.user)
    draft.reload()
    form = draft.form(part, data, changed=request.POST.get("change", ""))
    if "change" not in request.POST:
        errors += [e for e in wrong if e.field not in said]
    seen = set(" ".join(request.POST.getlist("on_page")).split())
    fresh = [e for e in errors if seen and _unseen(e, seen)]  # a question not yet seen is no mistake
    form.show_errors(e for e in errors if e not in fresh)
    newly = bool(fresh) or bool(form.questions.keys() - (seen or {f.key for f in part.fields}))
    return form, bool(errors), newly


def _unseen(error: FieldError, seen: set[str]) -> bool:
    """Whether the question of the mistake, or of its row, was not on the page that was sent."""
    first, *rest = error.field.split(".")
    in_row = len(rest) > 1 and rest[0].isdecimal()
    return first not in seen or (in_row and error.code == "required" and f"{first}-{rest[0]}-{rest[1]}" not in seen)


def _section(draft: Draft, key: str) -> Section:
    for part in draft.said.sections:
        if part.key == key:
            return part
    raise Http404


def _onwards(request: HttpRequest, draft: Draft, key: str) -> HttpResponseRedirect:
    """To the next unfinished part after this one, or back to the list; `xem-lai` when one came from the last look."""
    if request.GET.get("ve") == "xem-lai":
        return redirect("dossiers:review", draft.dossier.pk)
    todo = draft.tasks
    places_ = [t.key for t in todo]
    after = todo[places_.index(key) + 1 :] if key in places_ else todo
    following = next_task(after) or next_task(todo)
    return HttpResponseRedirect(following.url) if following else redirect("dossiers:draft", draft.dossier.pk)


@with_draft
def questions(request: HttpRequest, draft: Draft, key: str) -> HttpResponse:
    """The questions that the answers on the page call for now, nothing saved; asked by the page's script."""
    part = _section(draft, key)
    change = request.POST.get("change", "")
    form = draft.form(part, rearranged(request.POST, change), preserve=not change, changed=change)
    return render(request, "dossiers/questions.html", {"form": form})


@with_draft
def documents(request: HttpRequest, draft: Draft) -> HttpResponse:
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        if (removed := request.POST.get("remove", "")).isdecimal() and len(removed) < 19:
            drafts.detach(dossier_id=draft.dossier.pk, attachment_id=int(removed))
        errors = _attach(request, draft)
        if not errors:
            onwards = "next" in request.POST
            return _onwards(request, draft, "documents") if onwards else redirect(request.get_full_path())
        draft.reload()
    asked = draft.documents
    known = {d.key for d in asked} | draft.spec.fields.keys()  # a file may be an answer: it stands at its question
    context = {
        "draft": draft,
        "places": places(asked, draft.attachments, errors),
        "failed": [(d, e) for d in asked for e in errors.get(d.key, [])],
        "others": [shown_file(a) for a in draft.attachments if a.requirement not in known],
        **limits(),
    }
    return render(request, "dossiers/documents.html", context)


def _attach(request: HttpRequest, draft: Draft) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for doc, upload in sent_files(request, draft.documents):
        try:
            drafts.attach(
                dossier_id=draft.dossier.pk, spec=draft.spec, requirement=doc.key, upload=upload, by=request.user
            )
        except NotNow:
            raise
        except Refusal as refusal:
            errors.setdefault(doc.key, []).append(f"{upload.name[:80]}: {refusal.message}")
    return errors


@with_draft
def delivery(request: HttpRequest, draft: Draft) -> HttpResponse:
    right = draft.branches
    kept = take_kept(request)
    form = DeliveryForm(draft.spec, right, request.POST or kept, initial=draft.delivery)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            routing.check_branch(draft.spec, draft.answers, data["branch"])
        except Refusal as refusal:
            form.add_error("branch", refusal.message)
        else:
            drafts.save_delivery(dossier_id=draft.dossier.pk, **data)
            draft.reload()
            messages.success(request, _("Đã lưu. Đây vẫn là bản nháp, chưa nộp."))
            return _onwards(request, draft, "delivery")
    return render(request, "dossiers/delivery.html", {"draft": draft, "form": form, "only": right.first()})


@with_draft
def review(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Everything once more, then the declaration and the submit; pressed twice, it is submitted once."""
    errors: list[FieldError] = []
    if request.method == "POST":
        if "declare" not in request.POST:
            errors = [FieldError("declare", "required", _("Hãy đánh dấu vào lời cam đoan trước khi nộp."))]
        elif request.POST.get("version", str(draft.spec.version_id)) != str(draft.spec.version_id):
            errors = [FieldError("", "version_changed", changed_words())]  # the page showed what is asked no more
        else:
            try:
                return _submit(request, draft)
            except Invalid as invalid:
                errors = invalid.errors
            except Refusal as refusal:
                if refusal.code == "version_changed":  # changed between opening the draft and locking it
                    return redirect("dossiers:review", draft.pk)
                errors = [FieldError(refusal.field, refusal.code, refusal.message)]
    same = submission.same_before(spec=draft.spec, answers=draft.answers, owner=request.user)
    before = [
        d for d in same if d.owner_id == request.user.pk
    ]  # a typed number must not tell what a stranger has filed
    context = {
        "draft": draft,
        "errors": draft.located(errors),
        "before": before,
        "blocked": next_task(draft.tasks[:-1]),
    }
    return render(request, "dossiers/review.html", context)


def _submit(request: HttpRequest, draft: Draft) -> HttpResponse:
    actor = Actor(
        user_id=request.user.pk,
        label=label_of(request.user, posted=False),
        ip=request.META.get("REMOTE_ADDR", ""),
        request_id=getattr(request, "id", ""),
    )
    done = submission.submit_draft(dossier_id=draft.dossier.pk, spec=draft.spec, by=request.user, actor=actor)
    return _already(request, done)


@with_draft
def discard(request: HttpRequest, draft: Draft) -> HttpResponse:
    if request.method == "POST":
        drafts.discard(dossier_id=draft.dossier.pk)
        messages.success(request, _("Đã xóa bản nháp."))
        return redirect("studio:tries" if draft.dossier.is_scratch else "dossiers:mine")
    return render(request, "dossiers/discard.html", {"draft": draft})

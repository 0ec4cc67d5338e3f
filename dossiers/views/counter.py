"""The counter: find the procedure, fill one page for the person in front, take the papers, print the receipt."""

import json

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from branches.selectors import duties_of
from dossiers import storage
from dossiers.door import changed_words
from dossiers.errors import Invalid, NotNow, Refusal
from dossiers.forms import QuestionsForm
from dossiers.looking import COUNTER, PRINT, looked
from dossiers.models import Dossier
from dossiers.recording import actor_for
from dossiers.revealing import reveal
from dossiers.services import counter, drafts
from dossiers.services.claiming import claim_code, is_claimable
from dossiers.services.versioning import bring_up_to_date
from dossiers.views.frame import dossier_or_404, frame, meta, staff_view
from dossiers.views.uploading import shown_file, take_answers
from payments.models import Obligation
from procedures import search
from procedures.spec import Spec
from procedures.versions import published_spec, read
from worktime import now


def counter_view(view):
    """For those who sit at a counter today."""

    @staff_view
    def inner(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not counter.my_branches(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return inner


@require_safe
@counter_view
def search_page(request: HttpRequest) -> HttpResponse:
    """Find the procedure by typing; the drafts that were not finished are here too."""
    q = request.GET.get("q", "")[:100].replace("\0", "")
    at_counter: QuerySet = search.listed().filter(published__channels__contains=["counter"])
    found = list(search.find(q, at_counter)[:12]) or list(search.near(q))
    context = {"q": q, "found": found, "branches": counter.my_branches(request.user)}
    if request.htmx.target == "found":
        return render(request, "dossiers/staff/counter_found.html", context)
    context |= {**frame(request, "counter"), "my_drafts": counter.my_drafts(request.user)[:20]}
    return render(request, "dossiers/staff/counter.html", context)


@require_POST
@counter_view
def start(request: HttpRequest, code: str) -> HttpResponse:
    spec = published_spec(code) if "\0" not in code else None
    if spec is None:
        raise Http404
    branches = counter.my_branches(request.user)
    branch = next((b for b in branches if str(b.pk) == request.POST.get("branch")), branches[0])
    try:
        draft = drafts.start_draft(spec=spec, by=request.user, branch=branch)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("desk:counter")
    return redirect("desk:counter_intake", draft.pk)


def _draft(request: HttpRequest, pk: int) -> Dossier:
    rows = Dossier.objects.filter(created_by=request.user, owner=None).select_related("branch", "version", "procedure")
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@counter_view
def intake(request: HttpRequest, pk: int) -> HttpResponse:
    """The one page of a counter dossier. Everything typed is kept at every press and, with scripts, at every change."""
    dossier = _draft(request, pk)
    if not dossier.is_draft:
        return redirect("desk:counter_done", dossier.code)
    moved = bring_up_to_date(dossier)
    spec = read(dossier.version_id)
    if request.method != "POST":
        problems = [changed_words()] if moved else []
        return _page(request, dossier, spec, _form(spec, dossier), problems=problems)
    # At every change the page is kept, but files come with a press of a button only: they are not sent twice.
    data, wrong = (request.POST, []) if request.htmx else take_answers(request, spec.fields.values())
    try:
        errors, problems = _save(request, dossier, spec, QuestionsForm(spec.fields.values(), data=data))
    except NotNow:  # filed meanwhile: by another window, or before a save that was on its way
        return HttpResponse(status=204) if request.htmx else redirect("desk:counter_done", _draft(request, pk).code)
    dossier = _draft(request, pk)
    if request.htmx:
        questions = list(_form(spec, dossier, data=data).everything())
        worked_out = [q for q in questions if q.question.kind == "computed"]
        context = {**_outlook(dossier, spec), "questions": questions, "worked_out": worked_out}
        return render(request, "dossiers/staff/counter_outlook.html", context)
    form, errors = _form(spec, dossier, data=data), [*wrong, *errors]
    if "change" in request.POST:
        form.show_errors(wrong)
        return _page(request, dossier, spec, form, problems=problems)
    if moved and not request.htmx:  # the page in front of the clerk asked what is asked no more
        problems = [changed_words(), *problems]
    if "submit" in request.POST and not problems:
        return _file(request, dossier, spec, form, errors)
    if "find" in request.POST:
        return _fill_in(request, dossier, spec)
    form.show_errors(errors)
    status = 422 if errors or problems else 200
    return _page(request, dossier, spec, form, status=status, problems=problems)


def _form(spec: Spec, dossier: Dossier, *, data=None, answers: dict | None = None) -> QuestionsForm:
    """Every question there is, those not asked hidden: the clerk's page shows and hides them as answers come."""
    attached = dossier.attachments.present().select_related("file")
    form = QuestionsForm(
        spec.fields.values(),
        answers=dossier.answers if answers is None else answers,
        data=data,
        facts=dossier.answers,
        files={str(a.file_id): shown_file(a) for a in attached},
        whole=True,
    )
    return form.asks((), "", changed=data.get("change", "") if data is not None else "")


def _save(request: HttpRequest, dossier: Dossier, spec: Spec, form: QuestionsForm) -> tuple[list, list[str]]:
    """Keep answers, ticks and files of the page. Returns (mistakes in answers, what went wrong with files)."""
    given = request.POST
    errors = counter.save_draft(
        dossier_id=dossier.pk,
        spec=spec,
        raw=form.typed(),
        papers=given.getlist("papers"),
        return_by=given.get("return_by", ""),
        address=given.get("return_address", ""),
        by=request.user,
    )
    problems = []
    for document in spec.documents:
        for upload in request.FILES.getlist(f"file-{document.key}"):
            try:
                drafts.attach(
                    dossier_id=dossier.pk, spec=spec, requirement=document.key, upload=upload, by=request.user
                )
            except Refusal as refusal:
                problems.append(f"{document.name}: {refusal.message}")
    if (removed := given.get("remove", "")).isdecimal():
        drafts.detach(dossier_id=dossier.pk, attachment_id=int(removed[:18]))
    return errors, problems


def _file(request: HttpRequest, dossier: Dossier, spec: Spec, form: QuestionsForm, errors: list) -> HttpResponse:
    """`errors` are the mistakes in what was just typed: they say more than that the answer is missing."""
    typed_wrong = {e.field: e for e in errors}
    actor = actor_for(request.user, dossier, duties_of(request.user), **meta(request))
    try:
        filed = counter.file_at_counter(dossier_id=dossier.pk, spec=spec, by=request.user, actor=actor)
    except Invalid as invalid:
        form.show_errors(typed_wrong.get(e.field, e) for e in invalid.errors if e.question in form.fields)
        others = [e.message for e in invalid.errors if e.question not in form.fields]
        return _page(request, dossier, spec, form, status=422, problems=others)
    except Refusal as refusal:
        return _page(request, dossier, spec, form, status=refusal.status, problems=[refusal.message])
    return redirect("desk:counter_done", filed.code)


def _fill_in(request: HttpRequest, dossier: Dossier, spec: Spec) -> HttpResponse:
    """Take over what an earlier dossier says about this person; what has been typed already stays."""
    known = counter.known_person(request.user, request.POST.get("person", ""))
    if known is None:
        messages.warning(request, _("Chưa có hồ sơ nào của người này ở chi nhánh. Hãy điền như bình thường."))
        return _page(request, dossier, spec, _form(spec, dossier))
    reason = _("Điền hồ sơ mới tại quầy")
    reveal(dossier=known, reason=reason, by=request.user, at=COUNTER, **meta(request))
    answers = {**counter.person_answers(spec, known), **dossier.answers}
    told = {"name": known.applicant_name, "code": known.code}
    messages.success(request, _("Đã điền theo hồ sơ %(code)s của %(name)s. Hãy hỏi lại xem còn đúng không.") % told)
    return _page(request, dossier, spec, _form(spec, dossier, answers=answers))


def _page(
    request, dossier: Dossier, spec: Spec, form: QuestionsForm, *, status: int = 200, problems=()
) -> HttpResponse:
    attached: dict[str, list] = {}
    for attachment in dossier.attachments.present().select_related("file").order_by("pk"):
        attached.setdefault(attachment.requirement, []).append(attachment)
    context = {
        **frame(request, "counter"),
        **_outlook(dossier, spec),
        "form": form,
        "sections": [(s, [(form[f.key], _when(f.condition, spec)) for f in s.fields]) for s in spec.sections],
        "documents": [
            (d, _when(d.condition, spec), attached.get(d.key, []), d.key in dossier.papers) for d in spec.documents
        ],
        "problems": problems,
        "person": request.POST.get("person", ""),
        "accept": storage.ACCEPT_ATTRIBUTE,
        "returns": [(w, label) for w, label in Dossier._meta.get_field("return_by").choices if w in spec.returns],
    }
    return render(request, "dossiers/staff/counter_intake.html", context, status=status)


def _when(condition: dict, spec: Spec) -> str:
    """The condition for the page's script, which knows choices only; the others the server tells after a change."""
    return json.dumps(condition, ensure_ascii=False) if condition and _of_choices(condition, spec) else ""


def _of_choices(condition: dict, spec: Spec) -> bool:
    if "field" in condition:
        field = spec.fields.get(condition["field"])
        return field is not None and field.kind in ("choice", "many", "yes_no", "ward")
    (name, inner), *_others = condition.items() or [("", None)]
    if name in ("all", "any"):
        return all(_of_choices(c, spec) for c in inner)
    return name == "not" and _of_choices(inner, spec)


def _outlook(dossier: Dossier, spec: Spec) -> dict:
    return {
        "dossier": dossier,
        "spec": spec,
        "saved_at": dossier.saved_at,
        "at": now(),
        "called": {d.key for d in spec.asks(dossier.answers)},
        **counter.outlook(dossier, spec),
    }


@require_POST
@counter_view
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        drafts.discard(dossier_id=_draft(request, pk).pk)
        messages.success(request, _("Đã xóa bản nháp."))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("desk:counter")


@require_safe
@counter_view
def done(request: HttpRequest, code: str) -> HttpResponse:
    """What the person takes home: the code, the day, the fee, the papers taken; to be printed."""
    dossier = dossier_or_404(request, code)
    looked(request, dossier, at=PRINT)
    spec = read(dossier.version_id)
    attached = {a.requirement for a in dossier.present}
    fees = list(Obligation.objects.about("dossier", dossier.pk).filter(cancelled_at=None).order_by("pk"))
    context = {
        **frame(request, "counter"),
        "dossier": dossier,
        "spec": spec,
        "fees": fees,
        "total": sum(f.amount for f in fees),
        "claim_code": claim_code(dossier) if is_claimable(dossier) else "",
        "taken": [d for d in spec.asks(dossier.answers) if d.key in dossier.papers or d.key in attached],
    }
    return render(request, "dossiers/staff/counter_done.html", context)

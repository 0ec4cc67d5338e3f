"""A person's own dossiers: the list, one dossier with its course, and the page right after a submit."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit.services import readable
from dossiers import selectors, timeline
from dossiers.acts import available
from dossiers.life import CLOSED, Status
from dossiers.models import Dossier
from dossiers.views.keeping import person_required
from dossiers.views.uploading import shown_file
from payments.models import Obligation
from procedures.shown import Shown, show
from procedures.spec import Section, Spec
from procedures.versions import read
from procedures.words import name_of, spoken

PAGE = 20
# What an applicant does; an owner who is also staff does the rest at the desk.
ACTS = ("give_supplement", "correct", "rate", "withdraw")


def own_dossier(request: HttpRequest, code: str) -> Dossier:
    """The person's own submitted dossier; anybody else's does not exist."""
    code = code.strip().upper()
    found = None if "\0" in code else selectors.submitted_of(request.user).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def acts_of(dossier: Dossier, user) -> list:
    return [action for action in available(dossier, user) if action.name in ACTS]


@person_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    page = Paginator(selectors.others_of(request.user), PAGE).get_page(request.GET.get("trang"))
    first = page.number == 1
    context = {
        "page": page,
        "rows": [_row(d) for d in page],
        "my_drafts": selectors.open_drafts(request.user) if first else [],
        "waiting": [_row(d) for d in selectors.waiting_for(request.user)] if first else [],
    }
    return render(request, "dossiers/mine.html", context)


def _row(dossier: Dossier) -> dict:
    return {
        "dossier": dossier,
        "name": name_of(dossier.version),
        "left": selectors.time_left(dossier),
        "finished": getattr(dossier, "finished", 0),
    }


@person_required
@require_safe
def detail(request: HttpRequest, code: str) -> HttpResponse:
    dossier = own_dossier(request, code)
    spec = read(dossier.version_id)
    return render(request, "dossiers/detail.html", {**_course(request, dossier, spec), **_content(dossier, spec)})


def _course(request: HttpRequest, dossier: Dossier, spec: Spec) -> dict:
    waiting = dossier.status == Status.SUPPLEMENT_REQUIRED
    return {
        "dossier": dossier,
        "name": name_of(spec),
        "spec": spec,
        "left": selectors.time_left(dossier),
        "estimate": selectors.promise_of(spec, dossier.answers, dossier.submitted_at) if not dossier.due_at else None,
        "events": timeline.timeline(dossier, spec, readable(dossier.chain)),
        "actions": acts_of(dossier, request.user),
        "asked": dossier.supplements.filter(answered_at=None).first() if waiting else None,
        "closed": dossier.status in CLOSED,
        "where": timeline.where_to_get(dossier),
    }


def _content(dossier: Dossier, spec: Spec) -> dict:
    files = list(dossier.attachments.present().select_related("file").order_by("pk"))
    handed_over = dossier.status == Status.RETURNED
    results = [shown_file(a, removable=False) for a in files if a.purpose == "result" and handed_over]
    papers: dict[str, list[dict]] = {}
    for attachment in files:
        if attachment.purpose != "result" and attachment.requirement not in spec.fields:  # those are answers
            document = spec.documents_by_key.get(attachment.requirement)
            papers.setdefault(document.name if document else "", []).append(shown_file(attachment, removable=False))
    owed = Obligation.objects.about("dossier", dossier.pk).filter(cancelled_at=None).order_by("pk")
    return {
        "papers": papers.items(),
        "results": results,
        "summary": summary(spoken(spec), dossier.answers, {str(a.file_id): shown_file(a) for a in files}),
        "owed": owed,
        "due_amount": sum(o.amount for o in owed if not o.settled_at),
    }


def summary(spec: Spec, answers: dict, files: dict[str, dict]) -> list[tuple[Section, list[Shown]]]:
    """Every answer given, by section, as a person reads it."""
    parts = [(s, [show(f, answers[f.key], files=files) for f in s.fields if f.key in answers]) for s in spec.sections]
    return [(section, rows) for section, rows in parts if rows]


@person_required
@require_safe
def submitted(request: HttpRequest, code: str) -> HttpResponse:
    """Right after the submit: the code, until when one is answered, and what comes. It may be opened again."""
    dossier = own_dossier(request, code)
    spec = read(dossier.version_id)
    context = {
        "dossier": dossier,
        "name": name_of(spec),
        "estimate": selectors.promise_of(spec, dossier.answers, dossier.submitted_at),
        "due_amount": Obligation.objects.about("dossier", dossier.pk).due().amount(),
        "where": timeline.where_to_get(dossier),
        "stages": timeline.progress(dossier, spec),
    }
    return render(request, "dossiers/submitted.html", context)

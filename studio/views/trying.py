"""Trying a version in the browser: start, fill in, file, walk as each role, start over, throw away."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.services import Actor
from dossiers.acts import RELATED, Action, state_of
from dossiers.errors import Invalid, Refusal
from dossiers.forms import QuestionsForm, as_typed
from dossiers.models import Dossier
from dossiers.staff_forms import ActForm
from procedures.models import ProcedureVersion
from studio import samples, trying, walking
from studio.views.frame import admins_only, page, version_or_404

NO_SIDE = {"is_nav_sidebar_enabled": False}  # the admin's list of models: a trial needs the width
ANSWERS = "tk"  # prefix of the form's questions, as on the citizen's own pages


def mine_or_404(request: HttpRequest, pk: int) -> Dossier:
    """The scratch dossier of whoever asks: nobody walks another one's."""
    rows = Dossier.everything.filter(is_scratch=True, created_by=request.user).select_related(*RELATED)
    return get_object_or_404(rows.prefetch_related("items__unit"), pk=pk)


def crumbs_of(version: ProcedureVersion) -> tuple[tuple[str, str], ...]:
    said = {"name": version.short_name, "number": version.number}
    return ((reverse("studio:try", args=[version.pk]), _("Thử: %(name)s, phiên bản %(number)s") % said),)


def _walk(dossier: Dossier) -> HttpResponse:
    return redirect("studio:try_walk", dossier.pk)


@require_safe
@admins_only
def mine(request: HttpRequest) -> HttpResponse:
    return page(request, "tries.html", _("Bản thử của tôi"), tries=trying.tries_of(request.user))


@require_safe
@admins_only
def version(request: HttpRequest, version_id: int) -> HttpResponse:
    """What is missing, the trials there are, and the way to a new one."""
    shown = version_or_404(version_id)
    return page(
        request,
        "try.html",
        _("Thử phiên bản %(number)s") % {"number": shown.number},
        version=shown,
        problems=trying.missing(shown),
        tries=trying.tries().filter(version=shown).order_by("-saved_at", "-pk"),
    )


@require_POST
@admins_only
def start(request: HttpRequest, version_id: int) -> HttpResponse:
    try:
        return _walk(trying.start(version_or_404(version_id), by=request.user))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("studio:try", version_id)


@require_safe
@admins_only
def walk(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, mine_or_404(request, pk))


def _show(request: HttpRequest, dossier: Dossier, *, status: int = 200, **more: Any) -> HttpResponse:
    facts = walking.page_of(dossier, request.user)
    problems = trying.missing(dossier.version)
    context = {"dossier": dossier, "version": dossier.version, "problems": problems, **facts, **more}
    title = dossier.code or _("Bản thử chưa nộp")
    return page(request, "try_walk.html", title, crumbs=crumbs_of(dossier.version), status=status, **NO_SIDE, **context)


@require_POST
@admins_only
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    dossier = mine_or_404(request, pk)
    try:
        errors = trying.fill(dossier.pk, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return _walk(dossier)
    if errors:
        return _show(request, mine_or_404(request, pk), refused=[e.message for e in errors], status=422)
    messages.success(request, _("Đã điền mẫu hợp lệ vào tờ khai và đính kèm giấy tờ mẫu."))
    return _walk(dossier)


@require_safe
@admins_only
def wrong(request: HttpRequest, version_id: int) -> HttpResponse:
    """Wrong answers to every question, and whether each is refused."""
    shown = version_or_404(version_id)
    try:
        spec = trying.spec_of(shown.pk)
        tested, papers = samples.try_form(spec), samples.try_papers(spec)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("studio:try", version_id)
    return page(
        request, "try_wrong.html", _("Điền mẫu sai"), crumbs=crumbs_of(shown), version=shown, tested=tested,
        papers=papers, taken=samples.not_refused(tested),
    )  # fmt: skip


@require_POST
@admins_only
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    dossier = mine_or_404(request, pk)
    at_counter = request.POST.get("cach") == "counter"
    try:
        trying.submit(dossier.pk, by=request.user, actor=Actor.of(request), at_counter=at_counter)
    except Invalid as invalid:
        return _show(request, dossier, refused=[e.message for e in invalid.errors], status=invalid.status)
    except Refusal as refusal:
        return _show(request, dossier, refused=[refusal.message], status=refusal.status)
    return _walk(dossier)


# --- acts ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One act in the role that would do it: its form where it has one, and doing it."""
    dossier = mine_or_404(request, pk)
    try:
        action = next((a for a in trying.available(dossier, request.user) if a.name == name), None)
    except Refusal as refusal:
        return _show(request, dossier, refused=[refusal.message], status=refusal.status)
    if action is None:
        messages.error(request, _("Việc này không còn làm được: bản thử hoặc phiên bản đã thay đổi."))
        return _walk(dossier)
    form = ActForm(action, data=request.POST if request.method == "POST" else None)
    form.initial = {f.key: as_typed(f, f.example) for f in action.fields if f.required}  # nothing to invent for a trial
    answers = _answers_form(request, dossier, action)
    if request.method != "POST":
        return _form(request, dossier, form, answers)
    return _do(request, dossier, form, answers)


def _answers_form(request: HttpRequest, dossier: Dossier, action: Action) -> QuestionsForm | None:
    """The questions of the form, for the act that corrects them."""
    if action.name != "correct":
        return None
    spec = action.case.spec
    asked = [f for s in spec.sections for f in spec.asked(s, dossier.answers)]
    data = request.POST if request.method == "POST" else None
    return QuestionsForm(asked, answers=dossier.answers, data=data, prefix=ANSWERS)


def _do(request: HttpRequest, dossier: Dossier, form: ActForm, answers: QuestionsForm | None) -> HttpResponse:
    data = form.typed()
    if answers is not None:
        data["answers"] = answers.typed()
    try:
        trying.perform(
            dossier, form.action.name, data, user=request.user, seen=request.POST.get("seen", "")[:200],
            ip=request.META.get("REMOTE_ADDR", ""), request_id=getattr(request, "id", ""),
        )  # fmt: skip
    except Invalid as invalid:
        own = [e for e in invalid.errors if e.field in form.fields]
        form.show_errors(own if answers is not None else invalid.errors)
        if answers is not None:
            answers.show_errors(e for e in invalid.errors if e not in own)
        return _form(request, dossier, form, answers, status=invalid.status)
    except Refusal as refusal:
        if refusal.field in form.fields:
            form.add_error(refusal.field, refusal.message)
            return _form(request, dossier, form, answers, status=refusal.status)
        return _show(request, mine_or_404(request, dossier.pk), refused=[refusal.message], status=refusal.status)
    messages.success(request, _("Đã thử: %(act)s.") % {"act": form.action.label})
    return _walk(dossier)


def _form(request, dossier: Dossier, form: ActForm, answers: QuestionsForm | None, *, status: int = 200):
    groups = walking.groups_of(dossier, [form.action])
    context = {"dossier": dossier, "form": form, "answers": answers, "action": form.action, "group": groups[:1]}
    crumbs = (*crumbs_of(dossier.version), (reverse("studio:try_walk", args=[dossier.pk]), dossier.code))
    context |= NO_SIDE | {"crumbs": crumbs, "seen": state_of(dossier)}
    return page(request, "try_act.html", form.action.label, status=status, **context)


# --- over again ---------------------------------------------------------------------------------------------------
@require_POST
@admins_only
def restart(request: HttpRequest, pk: int) -> HttpResponse:
    dossier = mine_or_404(request, pk)
    try:
        fresh = trying.restart(dossier, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return _walk(dossier)
    messages.success(request, _("Bắt đầu lại từ tờ khai; các câu trả lời cũ được giữ."))
    return _walk(fresh)


@require_POST
@admins_only
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Any admin may clear away a trial, also one that somebody left behind."""
    dossier = Dossier.everything.filter(pk=pk, is_scratch=True).first()
    if dossier is None:
        raise Http404
    trying.discard(dossier.pk)
    messages.success(request, _("Đã xóa bản thử."))
    return redirect("studio:try", dossier.version_id)

"""The life of a procedure's versions: the timeline, asking and deciding, comparing, stopping."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.services import Actor
from procedures import releasing
from procedures.comparing import compare as compare_specs
from procedures.deciding import may_decide
from procedures.models import Procedure, ProcedureVersion, Release, ReleaseRequest
from procedures.versions import read
from studio.forms import OpinionForm, ReasonForm, RequestForm, RetireForm, SuspendForm
from studio.places import editor_address
from studio.timeline import counts_of, timeline_of
from studio.views.frame import admins_only, lookers, page, version_or_404

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


def procedure_or_404(procedure_id: int) -> Procedure:
    return get_object_or_404(Procedure.objects.select_related("published"), pk=procedure_id)


def crumbs_of(procedure: Procedure) -> tuple[tuple[str, str], ...]:
    return ((reverse("studio:timeline", args=[procedure.pk]), procedure.short_name),)


def done(request: HttpRequest, act: Callable[[], object], said: str) -> bool:
    """Do an act and say so; what stands against it is said instead."""
    try:
        act()
    except releasing.NotReleasable as refused:
        for problem in refused.problems:
            messages.error(request, problem)
        return False
    messages.success(request, said)
    return True


# --- looking ------------------------------------------------------------------------------------------------------
@require_safe
@lookers
def timeline(request: HttpRequest, procedure_id: int) -> HttpResponse:
    procedure = procedure_or_404(procedure_id)
    return page(
        request,
        "timeline.html",
        procedure.short_name,
        procedure=procedure,
        lines=timeline_of(procedure),
        suspension=releasing.suspension_of(procedure.pk),
        history=procedure.suspensions.exclude(ended_at=None).select_related("started_by", "ended_by")[:20],
        cancel_form=ReasonForm(),
    )


@require_safe
@lookers
def compare(request: HttpRequest, procedure_id: int) -> HttpResponse:
    """Two versions side by side; without a choice, the version in force and the newest one."""
    procedure = procedure_or_404(procedure_id)
    all_ = list(procedure.versions.order_by("-number"))
    old = _chosen(all_, request.GET.get("cu"), procedure.published_id or all_[-1].pk)
    new = _chosen(all_, request.GET.get("moi"), all_[0].pk)
    found = compare_specs(read(old.pk), read(new.pk))
    return page(
        request,
        "compare.html",
        _("So sánh hai phiên bản"),
        crumbs=crumbs_of(procedure),
        procedure=procedure,
        versions=all_,
        old=old,
        new=new,
        comparison=found,
    )


def _chosen(versions: list[ProcedureVersion], asked: str | None, otherwise: int) -> ProcedureVersion:
    by_number = {str(version.number): version for version in versions}
    return by_number.get(asked or "") or next(version for version in versions if version.pk == otherwise)


# --- asking and deciding ------------------------------------------------------------------------------------------
@GET_OR_POST
@admins_only
def ask(request: HttpRequest, version_id: int) -> HttpResponse:
    """What stands against the version, what it changes, and the form that asks for its release."""
    version = version_or_404(version_id)
    found = releasing.findings(version)
    errors = [p for p in found if p.is_error]
    form = RequestForm(request.POST or None, warnings=len(found) - len(errors), initial=_usual(version))
    if request.method == "POST" and form.is_valid():
        by = {"by": request.user, "actor": Actor.of(request)}
        if done(request, lambda: releasing.request(version, **form.given(), **by), _("Đã gửi đề nghị ban hành.")):
            return redirect("studio:timeline", version.procedure_id)
    return page(
        request,
        "request.html",
        _("Đề nghị ban hành phiên bản %(number)s") % {"number": version.number},
        crumbs=crumbs_of(version.procedure),
        form=form,
        may_ask=not errors,
        **_case(version, found),
    )


def _usual(version: ProcedureVersion) -> dict[str, str]:
    again = version.releases.exists()
    reason = _("Quay lại phiên bản %(number)s") % {"number": version.number} if again else version.note
    return {"legal_ground": version.legal_basis, "reason": reason}


def _case(version: ProcedureVersion, found: list) -> dict:
    """What whoever asks and whoever decides must see."""
    readable = all(problem.code != "broken_data" for problem in found)
    published = version.procedure.published
    other = published if published and published.pk != version.pk and readable else None
    return {
        "version": version,
        "procedure": version.procedure,
        "again": version.releases.exists(),
        "errors": [(p, editor_address(version, p)) for p in found if p.is_error],
        "warnings": [(p, editor_address(version, p)) for p in found if not p.is_error],
        "comparison": compare_specs(read(other.pk), read(version.pk)) if other else None,
        "published": other,
    }


@GET_OR_POST
@lookers
def decide(request: HttpRequest, request_id: int) -> HttpResponse:
    """A request with all it means; another admin approves or refuses it, whoever asked may take it back."""
    asked = get_object_or_404(
        ReleaseRequest.objects.select_related("version__procedure__published", "requested_by", "decided_by"),
        pk=request_id,
    )
    if request.method == "POST" and not may_decide(request.user):
        raise PermissionDenied
    form = OpinionForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _decided(request, asked, form.cleaned_data["opinion"]):
        return redirect("studio:timeline", asked.version.procedure_id)
    version, user = asked.version, request.user
    return page(
        request,
        "decide.html",
        _("Đề nghị ban hành phiên bản %(number)s") % {"number": version.number},
        crumbs=crumbs_of(version.procedure),
        form=form,
        asked=asked,
        is_open=asked.state == ReleaseRequest.State.OPEN,
        is_mine=asked.requested_by_id == user.pk,
        is_editor=user.pk in version.editors,
        changed=not releasing.is_as_asked(asked),
        **_case(version, releasing.findings(version)),
    )


def _decided(request: HttpRequest, asked: ReleaseRequest, opinion: str) -> bool:
    by = {"by": request.user, "actor": Actor.of(request)}
    if "approve" in request.POST:
        return done(request, lambda: releasing.approve(asked, opinion=opinion, **by), _("Đã duyệt."))
    if "refuse" in request.POST:
        return done(request, lambda: releasing.refuse(asked, opinion=opinion, **by), _("Đã trả lại, không duyệt."))
    if "withdraw" in request.POST:
        return done(request, lambda: releasing.withdraw(asked, **by), _("Đã rút đề nghị."))
    return False


@require_POST
@admins_only
def cancel(request: HttpRequest, release_id: int) -> HttpResponse:
    """A scheduled release will not happen."""
    release = get_object_or_404(Release.objects.select_related("version"), pk=release_id)
    by = {"by": request.user, "actor": Actor.of(request), "reason": request.POST.get("reason", "")[:2000]}
    done(request, lambda: releasing.cancel(release, **by), _("Đã hủy lịch áp dụng."))
    return redirect("studio:timeline", release.version.procedure_id)


# --- stopping -----------------------------------------------------------------------------------------------------
@GET_OR_POST
@admins_only
def suspend(request: HttpRequest, procedure_id: int) -> HttpResponse:
    """Stop at once, or take dossiers again."""
    procedure, by = procedure_or_404(procedure_id), {"by": request.user, "actor": Actor.of(request)}
    if "resume" in request.POST:
        done(request, lambda: releasing.resume(procedure, **by), _("Thủ tục nhận hồ sơ trở lại."))
        return redirect("studio:timeline", procedure.pk)
    form = SuspendForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = _("Đã tạm dừng. Người có bản nháp và hồ sơ đang giải quyết sẽ nhận được tin.")
        if done(request, lambda: releasing.suspend(procedure, **form.cleaned_data, **by), said):
            return redirect("studio:timeline", procedure.pk)
    return page(
        request,
        "stop.html",
        _("Tạm dừng tiếp nhận"),
        crumbs=crumbs_of(procedure),
        procedure=procedure,
        form=form,
        act="suspend",
        running=_running(procedure),
    )


@GET_OR_POST
@admins_only
def retire(request: HttpRequest, procedure_id: int) -> HttpResponse:
    procedure, by = procedure_or_404(procedure_id), {"by": request.user, "actor": Actor.of(request)}
    form = RetireForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = _("Đã ghi việc ngừng tiếp nhận.")
        if done(request, lambda: releasing.retire(procedure, **form.given(), **by), said):
            return redirect("studio:timeline", procedure.pk)
    return page(
        request,
        "stop.html",
        _("Ngừng tiếp nhận hẳn"),
        crumbs=crumbs_of(procedure),
        procedure=procedure,
        form=form,
        act="retire",
        running=_running(procedure),
    )


def _running(procedure: Procedure) -> dict[str, int]:
    counts = counts_of(procedure).values()
    return {"open": sum(one.open for one in counts), "drafts": sum(one.drafts for one in counts)}

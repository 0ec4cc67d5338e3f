"""The life of versions: asked for by one admin, approved by another, in force from a moment, brought back.

Every act locks the procedure's row first, is one transaction, and is recorded in the chain `procedure:<id>`. Each
raises NotReleasable with sentences for the admin.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import Actor
from places.text import clean
from procedures import checking, telling, timetable, versions
from procedures.comparing import compare, in_words
from procedures.deciding import (
    NotReleasable,
    check_may,
    lock,
    may_decide,
    needed,
    refuse_if,
    turn,
    write,
)
from procedures.models import Procedure, ProcedureVersion, Release, ReleaseRequest
from procedures.stopping import resume, retire, suspend, suspension_of
from worktime import now

__all__ = [
    "NotReleasable", "approve", "cancel", "copy_to_draft", "findings", "is_as_asked", "keep_digest", "may_decide",
    "problems_of", "refuse", "request", "resume", "retire", "suspend", "suspension_of", "withdraw",
]  # fmt: skip

State = ReleaseRequest.State


# --- what stands against it ---------------------------------------------------------------------------------------
def findings(version: ProcedureVersion) -> list[checking.Problem]:
    """Everything that stands against releasing the version today, errors first."""
    try:
        spec = versions.read(version.pk)
    except versions.BROKEN as error:  # JSON of another shape than the form takes
        return [checking.unreadable(error)]
    return checking.check(spec, checking.context_for(version))


def problems_of(version: ProcedureVersion) -> list[str]:
    """The errors among `findings`, each as a sentence."""
    return [problem.message for problem in findings(version) if problem.is_error]


def _check(version: ProcedureVersion, accepted_warnings: str) -> None:
    found = findings(version)
    if errors := [problem.message for problem in found if problem.is_error]:
        raise NotReleasable(errors)
    said = _("Còn %(n)d cảnh báo. Hãy ghi vì sao vẫn ban hành được.") % {"n": len(found)}
    refuse_if(bool(found) and not accepted_warnings, said)


def digest_of(version: ProcedureVersion) -> str:
    """The digest of what the rows say now, not of what the version's own column remembers."""
    return versions.read(version.pk).digest


def is_as_asked(asked: ReleaseRequest) -> bool:
    """Whether the version still says what was asked for."""
    try:
        return digest_of(asked.version) == asked.digest
    except versions.BROKEN:
        return False


# --- asking and deciding (four eyes) ------------------------------------------------------------------------------
@transaction.atomic
def request(
    version: ProcedureVersion, *, by, reason: str, legal_ground: str, starts_at: datetime | None = None,
    accepted_warnings: str = "", actor: Actor | None = None,
) -> ReleaseRequest:  # fmt: skip
    """Ask that a draft, or a version that was in force before, come into force at `starts_at` (None: on approval).

    Refused while the version has an error, a warning is not answered, a reason or the legal ground is missing, or the
    moment is past.
    """
    procedure = lock(version.procedure_id)
    check_may(by)
    reason = needed(reason, _("Hãy ghi lý do."))
    legal_ground = needed(legal_ground, _("Hãy ghi căn cứ pháp lý."))
    refuse_if(starts_at is not None and starts_at <= now(), _("Ngày áp dụng phải ở phía trước."))
    _refuse_if_used(procedure, version)
    _check(version, clean(accepted_warnings))
    made = ReleaseRequest.objects.create(
        version=version, digest=digest_of(version), starts_at=starts_at, reason=reason, legal_ground=legal_ground,
        accepted_warnings=clean(accepted_warnings), requested_by=by,
    )  # fmt: skip
    write(procedure, "ask_release", by, note=reason, actor=actor, version=version.number, starts_at=starts_at)
    telling.tell_admins(made, "release_asked", but=[by.pk, *version.editors], who=str(by), reason=reason)
    return made


def _refuse_if_used(procedure: Procedure, version: ProcedureVersion) -> None:
    waiting = version.release_requests.filter(state=State.OPEN).exists()
    refuse_if(waiting, _("Phiên bản này đang chờ duyệt."))
    current = timetable.in_force(procedure)
    refuse_if(bool(current and current.version_id == version.pk), _("Phiên bản này đang áp dụng."))
    scheduled = timetable.releases_of(procedure).filter(version=version, starts_at__gt=now()).exists()
    refuse_if(scheduled, _("Phiên bản này đã được duyệt và đang chờ đến ngày áp dụng."))


@transaction.atomic
def approve(request: ReleaseRequest, *, by, opinion: str = "", actor: Actor | None = None) -> Release:
    """Agree to a request: the version comes into force now, or at the moment asked for if that is still to come.

    Refused for whoever asked or had a hand in the draft, and when the draft was changed since or has an error now.
    """
    procedure, asked = _lock_open(request)
    version = asked.version
    check_may(by)
    refuse_if(by.pk == asked.requested_by_id, _("Người đề nghị không được tự duyệt. Hãy nhờ một quản trị khác."))
    refuse_if(by.pk in version.editors, _("Anh/chị đã sửa bản nháp này nên không được duyệt. Hãy nhờ người khác."))
    changed = _("Bản nháp đã được sửa sau khi đề nghị. Hãy đề nghị lại để duyệt đúng bản.")
    refuse_if(not is_as_asked(asked), changed)
    _check(version, asked.accepted_warnings)
    keep_digest(version)
    made = versions.publish(
        version, starts_at=asked.starts_at, by=by, reason=asked.reason, legal_ground=asked.legal_ground,
        requested_by=asked.requested_by, changes=changes_of(procedure, version),
    )  # fmt: skip
    _decide(asked, State.APPROVED, by, opinion)
    about = {"version": version.number, "starts_at": made.starts_at, "requested_by": str(asked.requested_by)}
    write(procedure, "release_version", by, note=asked.reason, actor=actor, **about)
    turn(procedure)
    telling.tell_admins(asked, "release_approved", but=[by.pk], who=str(by), due=telling.moment(made.starts_at))
    return made


def changes_of(procedure: Procedure, version: ProcedureVersion) -> str:
    """The version against the one in force, in words: kept with the release as its change note."""
    if not procedure.published_id:
        return ""
    return in_words(compare(versions.read(procedure.published_id), versions.read(version.pk)))


@transaction.atomic
def refuse(request: ReleaseRequest, *, by, opinion: str, actor: Actor | None = None) -> None:
    """Say no, and why; the draft can be changed and asked for again."""
    procedure, asked = _lock_open(request)
    check_may(by)
    refuse_if(by.pk == asked.requested_by_id, _("Đây là đề nghị của anh/chị: hãy rút đề nghị."))
    opinion = needed(opinion, _("Hãy ghi vì sao không duyệt."))
    _decide(asked, State.REFUSED, by, opinion)
    write(procedure, "refuse_release", by, note=opinion, actor=actor, version=asked.version.number)
    telling.tell_admins(asked, "release_refused", but=[by.pk], who=str(by), reason=opinion)


@transaction.atomic
def withdraw(request: ReleaseRequest, *, by, actor: Actor | None = None) -> None:
    """Take a request back; only whoever asked."""
    procedure, asked = _lock_open(request)
    refuse_if(by.pk != asked.requested_by_id, _("Chỉ người đề nghị rút được đề nghị."))
    _decide(asked, State.WITHDRAWN, by, "")
    write(procedure, "withdraw_release", by, actor=actor, version=asked.version.number)


def _lock_open(request: ReleaseRequest) -> tuple[Procedure, ReleaseRequest]:
    procedure = lock(request.version.procedure_id)
    asked = ReleaseRequest.objects.select_related("version__procedure", "requested_by").get(pk=request.pk)
    refuse_if(asked.state != State.OPEN, _("Đề nghị này đã được xử lý."))
    return procedure, asked


def _decide(asked: ReleaseRequest, state: str, by, opinion: str) -> None:
    asked.state, asked.decided_by, asked.decided_at, asked.decision_note = state, by, now(), clean(opinion)
    asked.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])


@transaction.atomic
def cancel(release: Release, *, by, reason: str, actor: Actor | None = None) -> None:
    """Take back a release whose moment is still to come; the version before it goes on."""
    procedure = lock(release.version.procedure_id)
    release = Release.objects.select_related("version").get(pk=release.pk)
    check_may(by)
    reason = needed(reason, _("Hãy ghi lý do."))
    refuse_if(not release.is_scheduled(now()), _("Phiên bản này đã áp dụng hoặc đã hủy lịch."))
    timetable.cancel(procedure, release)
    write(procedure, "cancel_release", by, note=reason, actor=actor, version=release.version.number)


# --- drafts -------------------------------------------------------------------------------------------------------
@transaction.atomic
def copy_to_draft(version: ProcedureVersion, *, by=None) -> ProcedureVersion:
    """A new draft with the content of `version`: the way to change what is released (HOUSE: versions are immutable).

    Whoever had a hand in a draft has one in its copy: they cannot approve that either.
    """
    note = _("Sửa từ phiên bản %(number)s") % {"number": version.number}
    made = versions.write(versions.read(version.pk), version.procedure, note=note, by=by, copied_from=version)
    if version.editors and not version.releases.exists():
        made.editors = [*(pk for pk in version.editors if pk not in made.editors), *made.editors]
        made.save(update_fields=["editors"])
    return made


def keep_digest(version: ProcedureVersion) -> None:
    """Before a draft is released: its column says what its rows say. That of a released version cannot change."""
    drafts = ProcedureVersion.objects.filter(pk=version.pk, releases=None)
    drafts.update(digest=digest_of(version))

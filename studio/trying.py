"""Trying a version before anybody depends on it: a scratch dossier, filed and walked by one admin in every role.

It is a dossier like any other, in the same tables, moved by the same services; only it is marked, has codes and sums
of its own, sets no clock, tells nobody, and is deleted when it has served (see Dossier.is_scratch).
"""

import logging
from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit.services import Actor
from branches.models import Branch
from dossiers import acts, routing
from dossiers.acts import Action
from dossiers.errors import Refusal
from dossiers.life import Status
from dossiers.models import Attachment, Dossier
from dossiers.services import drafts, submission
from payments.models import TRIAL, Obligation
from procedures.answers import FieldError, clean_answers
from procedures.models import ProcedureVersion
from procedures.releasing import problems_of
from procedures.schema import example_answers
from procedures.spec import Spec
from procedures.versions import BROKEN, read
from studio.samples import sample_file, with_files
from worktime import now

logger = logging.getLogger(__name__)
MAX_TRIES = 50


def tries() -> QuerySet[Dossier]:
    """Every scratch dossier, unordered."""
    return Dossier.everything.filter(is_scratch=True).select_related("version", "procedure", "created_by")


def tries_of(user) -> QuerySet[Dossier]:
    return tries().filter(created_by=user).order_by("-saved_at", "-pk")


def spec_of(version_id: int) -> Spec:
    """The version to try. Raises Refusal where its rows cannot even be read."""
    try:
        return read(version_id)
    except BROKEN as error:
        raise unready(error) from error


def unready(error: Exception) -> Refusal:
    """A draft in pieces led nowhere: said to its author, and written down with where it happened."""
    logger.warning("trying a draft: %r", error, exc_info=error)
    return Refusal(
        _("Phiên bản còn thiếu hoặc sai chỗ nào đó nên chưa thử tiếp được: %(what)s.") % {"what": error},
        code="unready",
    )


def missing(version: ProcedureVersion) -> list[str]:
    """What the version still lacks, each as a sentence. Trying it is possible all the same, as far as it goes."""
    return list(problems_of(version))


# --- beginning and ending -----------------------------------------------------------------------------------------
def start(version: ProcedureVersion, *, by) -> Dossier:
    """A scratch draft of any version, owned by the admin who tries it. Raises Refusal."""
    spec = spec_of(version.pk)
    if tries_of(by).count() >= MAX_TRIES:
        raise Refusal(_("Anh/chị đang có quá nhiều bản thử. Hãy xóa bớt bản cũ."), code="too_many_tries")
    return Dossier.objects.create(
        is_scratch=True,
        procedure_id=version.procedure_id,
        version=version,
        owner=by,
        created_by=by,
        answers=drafts.account_answers(spec, by),
        weight=spec.weight,
    )


@transaction.atomic
def discard(dossier_id: int) -> None:
    """Delete a scratch dossier with all that hangs on it. What was done with it stays in the record."""
    _delete(Dossier.everything.select_for_update(of=("self",)).filter(pk=dossier_id, is_scratch=True))


@transaction.atomic
def discard_of(version: ProcedureVersion) -> int:
    """Delete everybody's scratch dossiers of a version (before the version itself is deleted). Returns how many."""
    return _delete(Dossier.everything.select_for_update(of=("self",)).filter(version=version, is_scratch=True))


def _delete(rows: QuerySet[Dossier]) -> int:
    ids = list(rows.values_list("pk", flat=True))
    Obligation.objects.filter(subject_type=TRIAL, subject_id__in=ids).delete()
    Attachment.objects.filter(dossier_id__in=ids).delete()
    Dossier.everything.filter(pk__in=ids, is_scratch=True).delete()
    return len(ids)


def restart(dossier: Dossier, *, by) -> Dossier:
    """A new try of the same version with the answers of this one, which is thrown away."""
    with transaction.atomic():
        fresh = start(dossier.version, by=by)
        fresh.answers = dossier.answers
        fresh.save(update_fields=["answers"])
        discard(dossier.pk)
    return fresh


def standing_on(version: ProcedureVersion) -> dict[str, int]:
    """Step → how many scratch dossiers stand on it, for whoever is about to rename or remove a step."""
    rows = Dossier.everything.filter(version=version, is_scratch=True).exclude(step="")
    return dict(Counter(rows.values_list("step", flat=True)))


# --- filling and filing -------------------------------------------------------------------------------------------
def fill(dossier_id: int, *, by) -> list[FieldError]:
    """Fill a scratch draft with the examples of the form and a sample for each paper. Returns what was refused."""
    dossier = Dossier.everything.get(pk=dossier_id, is_scratch=True, created_by=by)
    spec = spec_of(dossier.version_id)
    try:
        examples = with_files(spec.fields.values(), example_answers(spec), by)
        answers, errors = clean_answers(spec, examples)
        papers = spec.asks(answers)
    except BROKEN as error:
        raise unready(error) from error
    file = sample_file(by) if papers else None
    with transaction.atomic():
        dossier = drafts.lock_draft(dossier_id)
        for document in papers:
            drafts.put(dossier, file, document.key)
        _deliver(dossier, spec, answers)
        dossier.answers, dossier.saved_at = answers, now()
        dossier.done_sections = [*(s.key for s in spec.sections), "delivery"]
        dossier.save(update_fields=_FILLED)
    return errors


_FILLED = ("answers", "done_sections", "saved_at", "branch", "return_by", "return_address")


def _deliver(dossier: Dossier, spec: Spec, answers: dict[str, Any]) -> None:
    first = Branch.objects.filter(is_active=True).order_by("number").first()
    dossier.branch = dossier.branch or routing.default_branch(spec, answers) or first
    dossier.return_by = spec.returns[0] if spec.returns else "counter"
    if dossier.return_by == "post" and not dossier.return_address:
        dossier.return_address = _("12 phố Liễu Giai, Hà Nội")


def submit(dossier_id: int, *, by, actor: Actor, at_counter: bool = False) -> Dossier:
    """File the scratch draft as a citizen, or as a clerk at the counter. Raises Invalid or another Refusal."""
    dossier = Dossier.everything.get(pk=dossier_id, is_scratch=True, created_by=by)
    spec = spec_of(dossier.version_id)
    try:
        return submission.submit_draft(dossier_id=dossier_id, spec=spec, by=by, actor=actor, at_counter=at_counter)
    except BROKEN as error:
        raise unready(error) from error


# --- walking ------------------------------------------------------------------------------------------------------
def available(dossier: Dossier, user) -> list[Action]:
    """What can be done now, in any role; nothing for a draft. Raises Refusal for a version in pieces."""
    if dossier.status == Status.DRAFT:
        return []
    try:
        return acts.available(dossier, user)
    except BROKEN as error:
        raise unready(error) from error


def perform(dossier: Dossier, name: str, data: dict[str, Any], *, user, seen: str = "", **meta: str) -> Dossier:
    """Do an act in the role that would do it: through the same door and checks as any other dossier."""
    if name == "give_supplement":  # papers that were asked for are answered with samples
        data = {**data, "files": _asked_files(dossier, user)}
    try:
        return acts.perform(dossier.pk, name, data, user=user, seen=seen, **meta)
    except BROKEN as error:
        raise unready(error) from error


def _asked_files(dossier: Dossier, user) -> dict[str, list[str]]:
    request = dossier.supplements.filter(answered_at=None).first()
    keys = request.documents if request else []
    return {key: [str(sample_file(user, again=True).pk)] for key in keys}

"""Drafts follow the version in force; a submitted dossier stays on its own until somebody moves it on purpose.

What a citizen has filled in is kept where the new form still asks for it. A submit never sends questions the person has
not seen: it refuses with `version_changed`, and the page shows the draft on its new version first.
"""

from typing import Any

from django.db import transaction

from dossiers.models import Dossier
from dossiers.services.drafts import lock_draft
from procedures.answers import clean_answers
from procedures.models import Procedure
from procedures.spec import Section, Spec
from procedures.versions import read


# --- a draft moves ------------------------------------------------------------------------------------------------
def bring_up_to_date(dossier: Dossier) -> bool:
    """Move an open draft to the version in force if it is on another; True when it moved. `dossier` is read afresh.

    `dossier` comes with its procedure; a scratch dossier stays on the draft version it tries. Nothing moves while the
    procedure is retired.
    """
    wanted = dossier.procedure.published_id
    if dossier.is_scratch or not dossier.is_draft or wanted is None or wanted == dossier.version_id:
        return False
    moved = move_draft(dossier_id=dossier.pk)
    dossier.refresh_from_db()
    return moved


@transaction.atomic
def move_draft(*, dossier_id: int) -> bool:
    """The draft on the version in force, with what still fits of its answers; files stay with it, all of them.

    Raises NotNow when it was submitted meanwhile.
    """
    dossier = lock_draft(dossier_id)
    wanted = Procedure.objects.values_list("published_id", flat=True).get(pk=dossier.procedure_id)
    if wanted is None or wanted == dossier.version_id:
        return False
    old, new = read(dossier.version_id), read(wanted)
    begun_on = dossier.moved_from_id or old.version_id
    dossier.version_id, dossier.weight = new.version_id, new.weight
    dossier.moved_from_id = begun_on if begun_on != new.version_id else None
    dossier.answers = kept_answers(new, dossier.answers)
    dossier.done_sections = _still_done(old, new, dossier)
    if dossier.return_by not in new.returns:
        dossier.return_by = new.returns[0]
    dossier.papers = [key for key in dossier.papers if key in new.documents_by_key]
    dossier.save(
        update_fields=["version", "weight", "moved_from", "answers", "done_sections", "return_by", "papers"]
    )  # saved_at stays: the person has saved nothing
    return True


def kept_answers(new: Spec, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers to questions that the new form has, where the answer is one it takes."""
    known = {key: value for key, value in answers.items() if key in new.fields}
    wrong = {error.question for error in clean_answers(new, known, partial=True)[1]}
    return {key: value for key, value in known.items() if key not in wrong}


def _still_done(old: Spec, new: Spec, dossier: Dossier) -> list[str]:
    """Sections that ask just what they asked stay done; a changed one is looked at again."""
    before = {section.key: section for section in old.sections}
    done = set(dossier.done_sections)
    kept = {s.key for s in new.sections if s.key in done and s.key in before and _asks_alike(before[s.key], s)}
    delivery = {"delivery"} & done if dossier.return_by in new.returns else set()
    return sorted(kept | delivery)


def _asks_alike(old: Section, new: Section) -> bool:
    return old.fields == new.fields


def mark_read(*, dossier_id: int) -> None:
    """The owner has read what changed."""
    Dossier.everything.filter(pk=dossier_id).update(moved_from=None)

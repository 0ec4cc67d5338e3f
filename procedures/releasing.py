"""What an admin does with versions: copy one into a draft, check a draft, let it go."""

from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import Actor, record
from branches.models import FieldOfLaw
from procedures import catalogue, versions
from procedures.loading import save_head
from procedures.models import Procedure, ProcedureVersion, Release
from procedures.spec import Spec


class NotReleasable(Exception):
    """The draft cannot be released; `problems` are sentences for the admin."""

    def __init__(self, problems: list[str]):
        super().__init__("; ".join(problems))
        self.problems = problems


def problems_of(version: ProcedureVersion) -> Iterator[str]:
    """What stands in the way of releasing the version, each as a sentence."""
    try:
        yield from _problems(versions.read(version.pk))
    except (TypeError, ValueError, KeyError, AttributeError) as error:  # JSON of another shape than the form takes
        yield _("Có ô dữ liệu JSON chưa đúng dạng: %(error)s.") % {"error": error}


def _problems(spec: Spec) -> Iterator[str]:
    if not FieldOfLaw.objects.filter(name=spec.field_of_law).exists():
        yield _("Chưa có lĩnh vực “%(name)s”.") % {"name": spec.field_of_law}
    if not spec.steps or not spec.moves_from(""):
        yield _("Quy trình chưa có bước đầu.")
        return
    yield from catalogue.check(spec)


@transaction.atomic
def release(version: ProcedureVersion, *, by, actor: Actor) -> Release:
    """Release a draft from now on and let lists and searches follow it; recorded. Raises NotReleasable."""
    procedure = Procedure.objects.select_for_update().get(pk=version.procedure_id)
    if version.releases.exists():
        raise NotReleasable([_("Phiên bản này đã ban hành.")])
    if problems := list(problems_of(version)):
        raise NotReleasable(problems)
    keep_digest(version)
    made = versions.publish(version, by=by, reason=version.note, legal_ground=version.legal_basis)
    procedure.refresh_from_db()
    refresh_head(procedure)
    record(
        chain=f"procedure:{procedure.pk}",
        act="release_version",
        actor=actor,
        subject_type="procedure",
        subject_id=procedure.pk,
        after={"version": version.number},
        note=version.note,
    )
    return made


def refresh_head(procedure: Procedure) -> None:
    """Names and search columns of the procedure from its version in force, keywords included."""
    spec = versions.read(procedure.published_id)
    save_head(procedure, spec, FieldOfLaw.objects.get(name=spec.field_of_law))


def copy_to_draft(version: ProcedureVersion) -> ProcedureVersion:
    """A new draft with the content of `version`: the way to change what is released (HOUSE: versions are immutable)."""
    note = _("Sửa từ phiên bản %(number)s") % {"number": version.number}
    return versions.write(versions.read(version.pk), version.procedure, note=note)


def keep_digest(version: ProcedureVersion) -> None:
    """After a draft was edited: its digest follows, so that loading the same content again makes no second draft."""
    ProcedureVersion.objects.filter(pk=version.pk).update(digest=versions.read(version.pk).digest)

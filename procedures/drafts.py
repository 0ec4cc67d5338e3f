"""Changing a draft outside its page: lock it, refuse what is released, and leave word that it changed."""

from django.utils.translation import gettext as _

from procedures import versions
from procedures.deciding import lock
from procedures.models import ProcedureVersion
from procedures.spec import Spec
from worktime import now


class NotADraft(Exception):
    """The version is released: nothing of it changes any more. The message is a sentence for the admin."""

    def __init__(self):
        super().__init__(_("Phiên bản này đã ban hành nên không sửa được. Hãy tạo bản nháp từ nó."))


def locked(version_id: int) -> ProcedureVersion:
    """The draft, locked until the transaction ends. Raises NotADraft, ProcedureVersion.DoesNotExist.

    The procedure's row first, as whoever releases does: else a version could be approved and changed at once.
    """
    lock(ProcedureVersion.objects.values_list("procedure_id", flat=True).get(pk=version_id))
    version = ProcedureVersion.objects.select_for_update().get(pk=version_id)
    if version.releases.exists():
        raise NotADraft
    return version


def touched(version: ProcedureVersion, by) -> None:
    """After a change of a draft that is locked: the digest follows, so that loading the same content again makes no
    second draft; the edition counts up, so that a page opened before notices; and whoever changed it cannot approve it.
    """
    version.editors = [*(pk for pk in version.editors if pk != by.pk), by.pk]
    version.edition, version.saved_at = version.edition + 1, now()
    if spec := readable(version):
        version.digest = spec.digest
    version.save(update_fields=["editors", "edition", "saved_at", "digest"])


def readable(version: ProcedureVersion) -> Spec | None:
    """The draft as it is read, or None while one of its rows holds data of a shape that no version has."""
    try:
        return versions.read(version.pk)
    except versions.BROKEN:
        return None

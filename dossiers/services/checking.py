"""What staff do with a dossier's files: hold a paper against its original, add the result, take a wrong one away."""

from django.db import transaction
from django.utils.translation import gettext as _

from branches.selectors import duties_of
from dossiers import storage
from dossiers.acts import lock
from dossiers.errors import NotAllowed, NotNow
from dossiers.life import UNFINISHED, Status
from dossiers.models import Attachment, Dossier
from dossiers.models.dossier import handles, receives_or_handles
from dossiers.recording import Trail, actor_for
from dossiers.services.drafts import put
from worktime import now


def may_check(dossier: Dossier, user) -> bool:
    """Whoever receives or handles the dossier may say that a paper agrees with its original, until it is finished."""
    return dossier.status in UNFINISHED and receives_or_handles(dossier, user)


def may_add_result(dossier: Dossier, user) -> bool:
    """The officer in charge or the leader, from the hand-over until the result is handed back."""
    working = dossier.status in (Status.IN_PROCESS, Status.COMPLETED)
    return handles(dossier, user) and (working or (dossier.status == Status.RECEIVED and dossier.version.immediate))


@transaction.atomic
def check_paper(
    *, dossier_id: int, attachment_id: int, checked: bool, by, ip: str = "", request_id: str = ""
) -> Attachment:
    """Tick or untick “đã đối chiếu”. Saying it again changes nothing and writes nothing.

    Raises NotAllowed, or Attachment.DoesNotExist for a file that is not with this dossier.
    """
    dossier = lock(dossier_id)
    paper = dossier.attachments.present().select_for_update(of=("self",)).get(pk=attachment_id)
    if not may_check(dossier, by):
        raise NotAllowed(_("Anh/chị không đối chiếu giấy tờ của hồ sơ này."))
    if (paper.checked_at is not None) == checked:
        return paper
    at = now()
    paper.checked_by, paper.checked_at = (by, at) if checked else (None, None)
    paper.save(update_fields=["checked_by", "checked_at"])
    trail = Trail(dossier, actor_for(by, dossier, duties_of(by), ip=ip, request_id=request_id))
    trail.write("check_paper" if checked else "uncheck_paper", at=at, attachment=paper.pk, paper=paper.requirement)
    return paper


def add_result(*, dossier_id: int, upload, by, ip: str = "", request_id: str = "") -> Attachment:
    """Keep a file as the dossier's result. Raises Refusal for a file that is not taken, NotAllowed, NotNow."""
    file = storage.store(upload, name=upload.name, by=by)
    with transaction.atomic():
        dossier = lock(dossier_id)
        _check_result(dossier, by)
        result = put(dossier, file, "", Attachment.Purpose.RESULT)
        trail = Trail(dossier, actor_for(by, dossier, duties_of(by), ip=ip, request_id=request_id))
        trail.write("add_result", at=now(), attachment=result.pk, content=file.content_key)
    return result


@transaction.atomic
def remove_result(*, dossier_id: int, attachment_id: int, by, ip: str = "", request_id: str = "") -> None:
    """Take back a result file put in by mistake, before the dossier is finished. The row and its file stay, marked."""
    dossier = lock(dossier_id)
    _check_result(dossier, by)
    if dossier.status == Status.COMPLETED:
        raise NotNow(_("Kết quả đã ban hành thì không bỏ được nữa."))
    result = dossier.attachments.present().get(pk=attachment_id, purpose=Attachment.Purpose.RESULT)
    result.removed_at = now()
    result.save(update_fields=["removed_at"])
    trail = Trail(dossier, actor_for(by, dossier, duties_of(by), ip=ip, request_id=request_id))
    trail.write("remove_result", at=result.removed_at, attachment=result.pk)


def _check_result(dossier: Dossier, by) -> None:
    if not handles(dossier, by):
        raise NotAllowed(_("Chỉ người đang xử lý hồ sơ được đính kèm kết quả."))
    if not may_add_result(dossier, by):
        raise NotNow(_("Hồ sơ không ở bước soạn kết quả."))

"""Refusals as types: a stable code, a sentence for the person, the field it belongs to. One handler shows them."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from procedures.answers import FieldError


class Refusal(Exception):
    """An act that cannot be done. `status` is the HTTP status that says the same to a program."""

    status = 409
    code = "refused"

    def __init__(self, message: str, *, code: str = "", field: str = ""):
        super().__init__(message)
        self.message = str(message)
        self.code = code or self.code
        self.field = field


class NotAllowed(Refusal):
    """This person may see the dossier but not do this."""

    status, code = 403, "not_allowed"


class Conflict(NotAllowed):
    """It is this person's own dossier, or of somebody close to them: another must do it."""

    code = "conflict"

    def __init__(self):
        super().__init__(
            _("Đây là hồ sơ của anh/chị, của người thân hoặc doanh nghiệp đã khai báo; phải để người khác giải quyết.")
        )


class StepUpRequired(Refusal):
    """Signing asks for the second factor once more; nothing was done."""

    status, code = 403, "step_up_required"


class NotNow(Refusal):
    """The act exists, but not in the state the dossier is in now: somebody was quicker, or the page is old."""

    status, code = 409, "not_now"


class Invalid(Refusal):
    """Answers or inputs that must be mended; `errors` says each one."""

    status, code = 422, "invalid"

    def __init__(self, errors: Sequence[FieldError], message: str = ""):
        super().__init__(message or (errors[0].message if errors else ""))
        self.errors = list(errors)


class KeyReused(Refusal):
    """The same Idempotency-Key with another body."""

    status, code = 422, "idempotency_key_reused"

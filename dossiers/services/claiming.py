"""A claim code (mã nhận hồ sơ) joins a dossier filed at a counter to the account its applicant opens later.

The code is worked out from the blind key and the dossier, so it lies nowhere and can be printed again; it opens a
dossier that no account has, once. 31¹⁰ codes: guessing is hopeless long before the views' limits are reached.
"""

import base64
import hmac

from django.db import transaction
from django.utils.translation import gettext as _

from dossiers.errors import Refusal
from dossiers.life import Status
from dossiers.models import Dossier
from dossiers.recording import Trail
from dossiers.telling import tell_applicant
from keys.ring import blind
from worktime import now

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is read for something else
LENGTH = 10


def claim_code(dossier: Dossier) -> str:
    """As it is printed: `ABCDE-FGHJK`."""
    number = int.from_bytes(base64.urlsafe_b64decode(blind("claim", f"{dossier.pk} {dossier.code}") + "="))
    code = ""
    for _place in range(LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        code += ALPHABET[rest]
    return f"{code[:5]}-{code[5:]}"


def is_claimable(dossier: Dossier) -> bool:
    return dossier.owner_id is None and dossier.status != Status.DRAFT and not dossier.is_scratch


@transaction.atomic
def claim(*, code: str, secret: str, by, actor) -> Dossier:
    """Make `by` the owner of the dossier with this code. Recorded; the applicant is told by the ways they gave.

    Raises Refusal, in the same words whether the dossier is unknown, has an owner, or the claim code is wrong; in
    other words only to who knows the claim code.
    """
    dossier = Dossier.objects.select_for_update().filter(code=code).first()
    known = dossier if dossier and is_claimable(dossier) else None
    expected = claim_code(known) if known else "-"
    if not hmac.compare_digest(_tidy(secret).encode(), _tidy(expected).encode()) or not known:
        raise Refusal(
            _("Mã hồ sơ hoặc mã nhận chưa đúng, hoặc hồ sơ đã có tài khoản."), code="wrong_code", field="secret"
        )
    if by.is_verified and known.applicant_number and known.number_index != by.number_index:
        raise Refusal(
            _("Hồ sơ này mang số định danh khác số đã xác minh của tài khoản anh/chị."),
            code="other_person",
            field="code",
        )
    trail = Trail(known, actor)
    known.owner = by
    known.save(update_fields=["owner"])
    trail.write("claim", at=now())
    tell_applicant(known, "dossier_claimed")
    return known


def _tidy(secret: str) -> str:
    return "".join(c for c in secret.upper() if c in ALPHABET)

"""Dossier codes: `<unit>-<yyMMdd>-<serial>`, without gaps or repeats under any load (DOMAIN §7)."""

from datetime import datetime

from django.db import connection
from django.utils import timezone

from branches.models import CompetentUnit


def next_code(unit: CompetentUnit, at: datetime) -> str:
    """Take the unit's next serial of the (Hanoi) day of `at`. Call it late: the counter stays locked until commit.

    The serial is given in the submit's own transaction, so a submit that fails gives it back and leaves no gap.
    """
    day = timezone.localtime(at).date()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO dossiers_codecounter (unit_id, day, last) VALUES (%s, %s, 1)
            ON CONFLICT (unit_id, day) DO UPDATE SET last = dossiers_codecounter.last + 1
            RETURNING last
            """,
            [unit.pk, day],
        )
        (serial,) = cursor.fetchone()
    return f"{unit.code}-{day:%y%m%d}-{serial:04d}"


def scratch_code(dossier, at: datetime) -> str:
    """The code of a dossier made to try a draft: a series of its own, that no unit's codes are in."""
    return f"THU-{timezone.localtime(at):%y%m%d}-{dossier.pk:04d}"

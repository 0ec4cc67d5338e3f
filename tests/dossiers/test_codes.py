"""Codes: `<unit>-<yyMMdd>-<serial>`, no gaps, no repeats, whatever comes at once (DOMAIN §7)."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from dossiers.errors import Invalid
from dossiers.models import CodeCounter, Dossier
from tests import world


@pytest.mark.django_db
def test_a_code_is_the_unit_the_day_and_a_serial(catalogue):
    first, second = world.submitted(), world.submitted()
    assert re.fullmatch(r"[\w.]{13}-\d{6}-\d{4,}", first.code)
    assert first.code.startswith(first.unit.code)
    assert int(second.code[-4:]) == int(first.code[-4:]) + 1


@pytest.mark.django_db(transaction=True)
def test_fifty_people_at_once_get_codes_without_gap_or_repeat(catalogue):
    owners = [world.person() for _ in range(50)]

    def submit(owner):
        try:
            if owner is owners[7]:  # one of them gets nothing, and leaves no gap
                with transaction.atomic():
                    world.submitted(owner=owner)
                    raise RuntimeError("power cut")
            return world.submitted(owner=owner).code
        except RuntimeError:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        codes = [code for code in pool.map(submit, owners) if code]
    serials = sorted(int(code.rsplit("-", 1)[1]) for code in codes)
    assert serials == list(range(1, 50))
    assert CodeCounter.objects.get().last == 49
    assert Dossier.objects.count() == 49


@pytest.mark.django_db
def test_a_submit_that_fails_takes_no_serial(catalogue):
    with pytest.raises(Invalid):
        world.submitted(answers={"applicant_phone": "không phải số"})
    assert not CodeCounter.objects.exists()

"""What the API says of a procedure is what counts: a program works out the same fees and times from it."""

import pytest

from procedures.models import Procedure
from procedures.versions import read
from tests import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def procedures_with(wanted) -> list[str]:
    published = Procedure.objects.exclude(published=None).order_by("code")
    return [p.code for p in published if wanted(read(p.published_id))]


def test_a_fee_by_table_shows_its_rows_and_exemptions(client):
    code = procedures_with(lambda spec: any(fee.rows and fee.exemptions for fee in spec.fees))[0]
    spec = world.spec(code)
    shown = client.get(f"/api/v1/procedures/{code}/").json()["fees"]
    for said, fee in zip(shown, spec.fees, strict=True):
        assert [row["amount"] for row in said["rows"]] == [row.amount for row in fee.rows]
        assert [(e["key"], e["percent"], e["proof"]) for e in said["exemptions"]] == [
            (e.key, e.percent, e.proof) for e in fee.exemptions
        ]


def test_every_fact_of_a_fee_a_step_and_its_work_is_there(client):
    code = procedures_with(lambda spec: spec.fees and any(step.items for step in spec.steps))[0]
    spec = world.spec(code)
    shown = client.get(f"/api/v1/procedures/{code}/").json()
    step = next(n for n, step in enumerate(spec.steps) if step.items)
    assert set(shown["fees"][0]) == set(type(spec.fees[0]).__slots__)
    assert set(shown["process"]["steps"][step]) == set(type(spec.steps[0]).__slots__)
    assert set(shown["process"]["steps"][step]["items"][0]) == set(type(spec.steps[step].items[0]).__slots__)

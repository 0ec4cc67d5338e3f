"""The whole line, through the services: submit, receive, process, sign, return."""

import pytest

from branches.models import Role
from dossiers.acts import available
from dossiers.life import Status
from dossiers.models import Dossier
from dossiers.services.reception import hand_over_by_system
from tests import world

pytestmark = pytest.mark.django_db


def staff_for(dossier):
    """Everybody who may be needed to take a dossier to its end."""
    people = [
        world.posted(Role.CLERK, branch=dossier.branch),
        world.posted(Role.CASHIER, branch=dossier.branch),
        world.posted(Role.OFFICER, unit=dossier.unit),
        world.posted(Role.LEADER, unit=dossier.unit),
    ]
    spec = world.spec(dossier.procedure.code)
    kinds = {item.unit_kind for step in spec.steps for item in step.items}
    people += [world.posted(Role.OFFICER, unit=world.unit_of_kind(kind, dossier.ward_id)) for kind in kinds]
    return people


def drive(dossier, people, limit=40):
    """Follow the first way forward that anybody has, with the example of its input, until nobody has any."""
    for _ in range(limit):
        dossier = Dossier.objects.select_related("branch", "unit", "procedure", "version").get(pk=dossier.pk)
        if dossier.status == Status.RETURNED:
            return dossier
        forward = next(
            ((user, a) for user in people for a in available(dossier, user) if a.act.primary),
            None,
        )
        assert forward, f"{dossier.status}/{dossier.step}: nobody has a way forward"
        user, action = forward
        world.act(dossier, action.name, user, **action.input_schema()["examples"][0])
    raise AssertionError("no end in sight")


def all_codes():
    from pathlib import Path

    return sorted(p.stem for p in Path("catalogue/hanoi/procedures").glob("*.yaml"))


FAMILIES = ("at_once", "simple", "verify", "consult", "council", "linked", "financial", "notification")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_procedure_of_each_family_reaches_its_result(catalogue, family):
    """All 150 are taken there through the API (test_api.py)."""
    dossier = world.submitted(world.codes_of_family(family)[0])
    done = drive(dossier, staff_for(dossier))
    assert done.status == Status.RETURNED
    assert done.outcome
    assert done.due_at > done.submitted_at


def test_the_hand_over_by_the_worker_gives_the_dossier_to_an_officer(catalogue):
    dossier = world.submitted("1.001193")
    people = staff_for(dossier)
    world.act(dossier, "receive", people[0])
    assert hand_over_by_system(dossier.pk)
    assert not hand_over_by_system(dossier.pk)
    dossier.refresh_from_db(fields=["assignee_id"])
    fresh = Dossier.objects.get(pk=dossier.pk)
    assert (fresh.status, fresh.assignee_id) == (Status.IN_PROCESS, people[2].pk)

"""The home page's lists and figures are counted from real dossiers."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from hanoi_psc import figures
from hanoi_psc.front import ROWS, counted_this_week, most_used
from procedures.models import Procedure
from tests import world
from worktime import now

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.delete("front-figures")
    yield
    cache.delete("front-figures")


def test_without_dossiers_the_usual_ones_are_offered():
    listed = most_used({})
    assert len(listed) == ROWS
    assert listed[0].popularity == max(Procedure.objects.exclude(published=None).values_list("popularity", flat=True))


def test_what_was_asked_for_this_week_comes_first():
    least = Procedure.objects.exclude(published=None).order_by("popularity", "code").first()
    dossier = world.submitted(least.code)
    assert counted_this_week(now()) == {dossier.procedure_id: 1}
    assert most_used(counted_this_week(now()))[0] == least
    assert counted_this_week(now() + timedelta(days=8)) == {}


def test_the_month_counts_what_was_received_and_what_kept_its_date():
    dossier = world.submitted()
    assert figures.count_month(now()) == {"received": 0, "finished": 0, "on_time": 0}
    world.act(dossier, "receive", world.clerk(dossier.branch))
    assert figures.count_month(now())["received"] == 1


def test_a_share_of_few_is_not_shown_and_a_share_of_many_is(monkeypatch):
    monkeypatch.setattr(figures, "count_month", lambda at: {"received": 30, "finished": 19, "on_time": 19})
    assert figures.figures() == []
    cache.delete("front-figures")
    monkeypatch.setattr(figures, "count_month", lambda at: {"received": 1300, "finished": 1000, "on_time": 982})
    assert [f["value"] for f in figures.figures()] == ["98,2 %", "1.000", "1.300"]


def test_home_lists_them_with_price_and_time(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        html = client.get("/").content.decode()
    assert html.count('class="meta fold"') == ROWS and "Miễn phí" in html

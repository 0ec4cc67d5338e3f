"""The queue page with 10,000 and with 1,000,000 dossiers: the same people, the same mix, the page drawn whole."""

from collections import defaultdict
from time import perf_counter
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse

from accounts.models import User
from bench.databases import LARGE, SMALL, using
from bench.table import Row, p95
from branches.models import Role
from dossiers import queue
from dossiers.life import UNFINISHED
from dossiers.models import Dossier

TARGET = 1.3


def measure(sizes: dict[str, int], rounds: int) -> list[Row]:
    """p95 of each page on both databases, asked in turn, and their ratio."""
    pages, seconds = {}, defaultdict(list)
    for name in (SMALL, LARGE):
        with using(name):
            pages[name] = addresses()
    for number in range(rounds + 1):
        for name in (SMALL, LARGE):
            with using(name):
                ask(pages[name], seconds, name, counted=number > 0)
    small, large = (f"{sizes[name]:,} dossiers" for name in (SMALL, LARGE))
    rows = []
    for label in pages[SMALL]:
        one, other = (p95(seconds[name, label]) * 1000 for name in (SMALL, LARGE))
        target = None if "by" in label else TARGET  # a larger city has more namesakes to show
        rows.append(
            Row(f"queue page p95, {label}", f"{one:.1f} ms {small}, {other:.1f} ms {large}", other / one, target)
        )
    return rows


def addresses() -> dict[str, tuple[User, str]]:
    """What is asked: whose page, and the query of its address."""
    clerk = User.objects.filter(postings__role=Role.CLERK).earliest("pk")
    officer = User.objects.filter(postings__role=Role.OFFICER).earliest("pk")  # of the busiest unit
    branch, unit = clerk.postings.get().branch_id, officer.postings.get().unit_id
    sample = Dossier.objects.filter(branch_id=branch, status__in=UNFINISHED).order_by("pk")[7]
    return {
        "clerk, first": (clerk, urlencode({"hang": "chi-nhanh"})),
        "clerk, deep": (clerk, urlencode({"hang": "chi-nhanh", "sau": middle(branch_id=branch)})),
        "officer, first": (officer, urlencode({"hang": "co-quan"})),
        "officer, deep": (officer, urlencode({"hang": "co-quan", "sau": middle(unit_id=unit)})),
        "clerk, by name": (clerk, urlencode({"hang": "chi-nhanh", "q": sample.applicant_name})),
        "clerk, by end of code": (clerk, urlencode({"hang": "tim", "q": sample.code[-11:]})),
    }


def middle(**where) -> str:
    """A cursor in the middle of a queue, but with a full page after it."""
    rows = Dossier.objects.filter(status__in=UNFINISHED, **where).order_by("urgent_at", "pk")
    return queue.write_cursor(rows[max(0, min(rows.count() // 2, rows.count() - queue.SIZE - 1))])


def ask(pages: dict[str, tuple[User, str]], seconds: dict, name: str, *, counted: bool, times: int = 5) -> None:
    address = reverse("desk:queue")
    for label, (user, query) in pages.items():
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(user)
        for number in range(times + 1):  # the first after a change of database opens the connection
            started = perf_counter()
            answer = client.get(f"{address}?{query}")
            spent = perf_counter() - started
            if answer.status_code != 200:
                raise RuntimeError(f"the queue page said {answer.status_code} for {query}")
            if counted and number:
                seconds[name, label].append(spent)

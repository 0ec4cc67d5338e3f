"""A form of 120 questions, 60 of them under conditions: drawn, checked, and its version released and read."""

from dataclasses import replace
from time import perf_counter

from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from bench.databases import PORTAL, using
from bench.table import Row, median
from dossiers.models import Dossier
from dossiers.services.drafts import start_draft
from procedures import versions
from procedures.answers import clean_answers
from procedures.models import ProcedureVersion
from procedures.schema import example_answers
from procedures.spec import Field, Section, Spec

QUESTIONS, CONDITIONS = 120, 60
DRAW, CHECK, PUBLISH = 60, 15, 2000  # ms


def measure(times: int = 40) -> list[Row]:
    with using(PORTAL):
        published, spent = _publish()
        spec = versions.read(published.pk)
        citizen = User.objects.create(username="bench-form", full_name="Nguyễn Văn An")
        draft = start_draft(spec=spec, by=citizen, owner=citizen, prefill=example_answers(spec))
        drawn = _draw(citizen, draft, times)
    answers = example_answers(spec)
    checked = _timed(lambda: clean_answers(spec, answers), times)
    detail = f"{QUESTIONS} questions on one page, {CONDITIONS} conditions"
    return [
        Row("form drawn by the server", detail, drawn * 1000, DRAW, unit="ms"),
        Row("form checked", detail, checked * 1000, CHECK, unit="ms"),
        Row("version published", detail, spent * 1000, PUBLISH, unit="ms"),
        Row("version read, cold against kept", *_read(published, times)),
    ]


def _publish() -> tuple[ProcedureVersion, float]:
    model = versions.published_spec("1.001193")
    procedure = ProcedureVersion.objects.get(pk=model.version_id).procedure
    draft = versions.write(large(model), procedure)
    started = perf_counter()
    versions.publish(draft)
    return draft, perf_counter() - started


def large(model: Spec) -> Spec:
    """`model` with one more section: questions of every plain kind, every second one asked under a condition."""
    questions = []
    for n in range(QUESTIONS // 2):
        yes = Field(f"yes_{n}", "yes_no", f"Có phần {n}", example=True)
        kind, example = (("text", "Chữ"), ("number", 5), ("date", "2026-01-02"), ("phone", "0912345678"))[n % 4]
        questions += [yes, Field(f"more_{n}", kind, f"Phần {n}", example=example, condition=_condition(n))]
    return replace(model, sections=(*model.sections, Section("large", "Phần rất dài", tuple(questions))))


def _condition(n: int) -> dict:
    asked = {"field": f"yes_{n}", "is": True}
    return {"all": [asked, {"any": [{"field": "yes_0", "is": True}, {"not": {"field": f"yes_{n // 2}", "is": False}}]}]}


def _draw(citizen: User, draft: Dossier, times: int) -> float:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(citizen)
    address = reverse("dossiers:section", args=[draft.pk, "large"])
    if (answer := client.get(address)).status_code != 200:
        raise RuntimeError(f"the form's page said {answer.status_code}")
    return _timed(lambda: client.get(address), times)


def _read(version: ProcedureVersion, times: int) -> tuple[str, float]:
    def cold():
        versions.forget(version.pk)
        cache.delete(versions.cache_key(version.pk))
        versions.read(version.pk)

    def shared():
        versions.forget(version.pk)
        versions.read(version.pk)

    with using(PORTAL):
        from_rows, from_cache = _timed(cold, times), _timed(shared, times)
        kept = _timed(lambda: versions.read(version.pk), times)
    detail = (
        f"rows {from_rows * 1000:.1f} ms, shared cache {from_cache * 1000:.1f} ms, this process {kept * 1e6:.1f} µs"
    )
    return detail, from_rows / kept


def _timed(work, times: int) -> float:
    spent = []
    for _ in range(times):
        started = perf_counter()
        work()
        spent.append(perf_counter() - started)
    return median(spent)

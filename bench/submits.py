"""Submits a second through the whole stack, against a bare view of the same server and the least SQL of its rows."""

import json
import secrets
import time

from accounts.models import ApiToken, User
from bench import load
from bench.databases import PORTAL, dsn_of, using
from bench.minimal import Submitter
from bench.portal import Portal
from bench.table import Row, median
from branches.models import UnitArea
from dossiers.models import Dossier, StoredFile
from procedures.schema import example_answers
from procedures.versions import published_spec

PROCEDURE, CONNECTIONS, CITIZENS = "1.001193", 8, 1000
SETTLED = 20.0  # seconds after which beat and worker have done their first round
SUBMIT_TARGET, MEMORY_TARGET = 1 / 15, 700


def measure(portal: Portal, rounds: int, seconds: float) -> list[Row]:
    """All three in turn, round by round; the ratio is the median of the rounds' own."""
    with using(PORTAL):
        submits, wards = citizens(portal.port)
    time.sleep(SETTLED)
    idle = portal.memory()
    alive = [load.request("GET", "/alive", portal.port)]
    bare = [load.Caller(portal.port, alive, 200) for _ in range(CONNECTIONS)]
    callers = [load.Caller(portal.port, submits[n::CONNECTIONS], 201) for n in range(CONNECTIONS)]
    load.rate(callers, 2.0)
    writers = minimal_writers(wards)
    found = []
    with portal.watched():
        for _ in range(rounds):
            views = load.rate(bare, seconds / 2)
            filed = load.rate(callers, seconds)
            found.append((views, filed, load.rate(writers, seconds / 2)))
    views, filed, written = (median([one[n] for one in found]) for n in range(3))
    to_bare, to_sql = (median([one[1] / one[n] for one in found]) for n in (0, 2))
    return [
        Row("submit against a bare view", f"{filed:,.0f} submits/s, {views:,.0f} bare views/s", to_bare,
            SUBMIT_TARGET, at_least=True),
        Row("submit against its rows in plain SQL", f"{written:,.0f} times the same rows/s", to_sql),
        Row("memory of the whole portal, idle", "", idle, MEMORY_TARGET, unit="MB"),
        Row("memory of the whole portal, loaded", "the highest while submits came in", portal.peak, unit="MB"),
    ]  # fmt: skip


def citizens(port: int) -> tuple[list[bytes], list[str]]:
    """A request for each of many citizens: own token, own uploads, own answers, in wards all over the city."""
    spec = published_spec(PROCEDURE)
    wards = list(UnitArea.objects.filter(kind="WARD").order_by("ward_id").values_list("ward_id", flat=True))
    requests = []
    for n in range(CITIZENS):
        user = User.objects.create_user(
            username=f"citizen{n}", email=f"citizen{n}@example.com", full_name=f"Nguyễn Văn {n}"
        )
        answers = example_answers(spec) | {spec.routing_field: wards[n * len(wards) // CITIZENS]}
        answers |= {"applicant_personal_number": f"001190{n:06d}", "applicant_email": ""}
        files = {d.key: [str(upload(user))] for d in spec.asks(answers) if d.required}
        body = json.dumps({"procedure": PROCEDURE, "branch": "CN01", "answers": answers, "files": files})
        headers = {"Authorization": f"Bearer {ApiToken.issue(user)}", "Idempotency-Key": load.KEY.decode()}
        headers |= {"Content-Type": "application/json"}
        requests.append(load.request("POST", "/api/v1/dossiers/", port, body.encode(), headers))
    return requests, wards


def upload(user: User):
    """A row for a file that was uploaded before; a submit reads the row, not the content."""
    digest = secrets.token_hex(32)
    return StoredFile.objects.create(
        uploaded_by=user, name="giay.pdf", content_key=digest, size=1000, content_type="application/pdf"
    ).pk


def minimal_writers(wards: list[str]) -> list[Submitter]:
    with using(PORTAL):
        sample = Dossier.objects.filter(status="REGISTERED").earliest("pk").pk
        units = list(UnitArea.objects.filter(kind="WARD", ward_id__in=wards).values_list("unit_id", flat=True))
    return [Submitter(dsn_of(PORTAL), sample, units[n::CONNECTIONS]) for n in range(CONNECTIONS)]

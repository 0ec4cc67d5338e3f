"""A whole portal of real processes whose parts a test may kill: PostgreSQL, Valkey, gunicorn, a worker and beat.

Everything is asked over HTTP as another program would, and the truth is read from the database with plain SQL.
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import psutil
import psycopg2
import redis
from django.conf import settings

from hanoi_psc.embedded import Postgres, Valkey, free_port
from hanoi_psc.processes import kill_group, spawn, stop
from hanoi_psc.supervisor import Supervisor

PATIENCE = 60.0


class Gone(Exception):
    """The server hung up before it answered: the caller cannot know whether its request was done."""


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    seconds: float

    @property
    def json(self):
        return json.loads(self.text)


def wait_for(met: Callable[[], object], what: str, patience: float = PATIENCE):
    """Return the first true answer of `met()`; fail the test with `what` when it does not come in time."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := met():
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {patience:g} s")


class Portal:
    """The five parts, each started and killed alone."""

    def __init__(self):
        # Not pytest's own directory: PostgreSQL runs as another user when the tests run as root.
        self.directory = Path(tempfile.mkdtemp(prefix="psc-faults-"))
        self.logs = self.directory / "log"
        # Durable, as in earnest: what PostgreSQL has promised must be there after a crash.
        self.postgres = Postgres(self.directory / "postgres", log=self.logs / "postgres.log")
        self.valkey = Valkey(self.directory / "valkey", log=self.logs / "valkey.log")
        self.children: dict[str, subprocess.Popen] = {}

    # --- life of the parts ----------------------------------------------------------------------------------------
    def start(self) -> None:
        self.database_url, self.redis_url = self.postgres.start(), self.valkey.start()
        supervisor = Supervisor(var=self.directory, port=free_port())
        self.commands = {name: (command, sign) for name, command, sign in supervisor.commands()}
        self.url = supervisor.url
        self.env = supervisor.env | {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "DEMO": "1",
            "PRIVATE_FILES_DIR": str(self.directory / "files"),
        }
        made = subprocess.run(
            [sys.executable, "-m", "tests.faults.prepare"],
            env=self.env, cwd=settings.BASE_DIR, check=True, capture_output=True, text=True,
        )  # fmt: skip
        given = json.loads(made.stdout.splitlines()[-1])
        self.tokens, self.body = given["tokens"], given["body"]
        for name in self.commands:
            self.run(name)
        self.wait_until_well()

    def run(self, name: str) -> None:
        command, sign = self.commands[name]
        log = self.logs / f"{name}.log"
        self.children[name] = spawn(command, log=log, env=self.env, cwd=settings.BASE_DIR, sign=sign)

    def kill(self, name: str) -> None:
        """Kill -9 the part with all its processes, as a lost machine would."""
        kill_group(self.children[name].pid)
        self.children[name].wait()

    def kill_valkey(self) -> None:
        self.valkey.process.kill()
        self.valkey.process.wait()

    def stop_postgres(self, sign: signal.Signals) -> None:
        """End it as `pg_ctl stop` does: SIGINT is "fast", SIGQUIT "immediate" (a crash: no checkpoint)."""
        self.postgres.process.send_signal(sign)
        self.postgres.process.wait(PATIENCE)

    def start_postgres(self) -> None:
        self.postgres.restart()
        wait_for(self.postgres.answers, "PostgreSQL back")

    def workers_of(self, name: str) -> list[psutil.Process]:
        return psutil.Process(self.children[name].pid).children()

    def stop(self) -> None:
        for child in self.children.values():
            with suppress(ProcessLookupError):
                child.send_signal(signal.SIGCONT)
            stop(child, patience=5)
        self.valkey.stop()
        self.postgres.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    # --- asking it ------------------------------------------------------------------------------------------------
    def ask(self, path: str, *, by: str = "", body: dict | None = None, key: str = "", timeout: float = 30) -> Answer:
        """GET, or POST when there is a body. Raises Gone when no whole answer comes."""
        headers = {"Accept": "application/json, text/html"}
        headers |= {"Authorization": f"Bearer {self.tokens[by]}"} if by else {}
        headers |= {"Idempotency-Key": key} if key else {}
        headers |= {} if body is None else {"Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers)
        started = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                status, text = response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        except (OSError, HTTPException) as error:
            raise Gone(type(error).__name__) from error
        return Answer(status, text, time.monotonic() - started)

    def submit(self, key: str = "") -> Answer:
        return self.ask("/api/v1/dossiers/", by="citizen", body=self.body, key=key)

    def act(self, code: str, name: str, *, by: str) -> Answer:
        return self.ask(f"/api/v1/dossiers/{code}/actions/{name}/", by=by, body={})

    def health(self) -> tuple[int, list[str]]:
        try:
            answer = self.ask("/healthz", timeout=10)
        except Gone:
            return 0, []
        return answer.status, answer.json["failed"]

    def wait_until_well(self) -> None:
        wait_for(lambda: self.health()[0] == 200, f"healthz 200 (it says {self.health()})")

    # --- the truth ------------------------------------------------------------------------------------------------
    @contextmanager
    def database(self):
        connection = psycopg2.connect(self.database_url)
        try:
            yield connection.cursor()
        finally:
            connection.close()

    def rows(self, sql: str, *values) -> list[tuple]:
        with self.database() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    def value(self, sql: str, *values):
        return self.rows(sql, *values)[0][0]

    def status(self, code: str) -> str:
        return self.value("SELECT status FROM dossiers_dossier WHERE code = %s", code)

    def acts(self, code: str) -> list[str]:
        """The acts in the dossier's own chain of the record, in their order."""
        chain = f"dossier:{self.value('SELECT id FROM dossiers_dossier WHERE code = %s', code)}"
        return [act for (act,) in self.rows("SELECT act FROM audit_auditentry WHERE chain = %s ORDER BY seq", chain)]

    def told(self, code: str, template: str) -> int:
        """How many inbox messages about the dossier say this."""
        return self.value(
            "SELECT count(*) FROM notifications_message WHERE template = %s AND channel = 'inbox'"
            " AND subject_id = (SELECT id FROM dossiers_dossier WHERE code = %s)",
            template,
            code,
        )

    def waits_for_a_lock(self) -> bool:
        return self.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") > 0

    def forget_wake_up_calls(self) -> None:
        """Empty the broker's queue, so that only the sweep is left to find the work."""
        redis.Redis.from_url(self.redis_url).delete("celery")

    def send(self, task: str) -> None:
        """Put a task in the queue as beat does, without waiting for its next round."""
        from celery import Celery

        Celery(broker=self.redis_url, set_as_current=False).send_task(task, expires=60)


class Crowd:
    """Clients that file at the same time, each with its own key, and do not give up while the `with` block lasts."""

    def __init__(self, portal: Portal, size: int, at_once: int = 8):
        self.portal = portal
        self.pool = ThreadPoolExecutor(at_once)
        self.left = threading.Event()
        self.filings: dict[str, Future] = {}
        for key in (uuid.uuid4().hex for _ in range(size)):
            self.filings[key] = self.pool.submit(self.file, key)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.left.set()
        self.pool.shutdown(cancel_futures=True)

    def file(self, key: str) -> str:
        """Submit as a good client does: the same key again until there is an answer. Returns the code."""
        while not self.left.wait(0.05):
            with suppress(Gone):
                answer = self.portal.submit(key)
                if answer.status == 201:
                    return answer.json["code"]
                assert answer.status == 503, answer.text
        raise AssertionError("the test ended before this client had its answer")

    def wait_until_done(self, count: int) -> None:
        """Return when at least `count` of them have their answer: the rest is under way."""
        wait_for(lambda: sum(f.done() for f in self.filings.values()) >= count, f"{count} submits")

    @property
    def busy(self) -> bool:
        return any(not filing.done() for filing in self.filings.values())

    def codes(self) -> dict[str, str]:
        """Key → the code that its client was told, when all have an answer."""
        return {key: filing.result(timeout=PATIENCE) for key, filing in self.filings.items()}

"""`manage.py up` on real processes: one run after the other on the same data, each ended in a harder way."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from hanoi_psc.embedded import free_port
from hanoi_psc.supervisor import FIRST_DELAY, LONGEST_DELAY, Child, accounts_table

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.xdist_group("processes")]
PATIENCE = 60


class Portal:
    """A running `manage.py up` whose output can be waited for."""

    def __init__(self, var, port):
        self.var = var
        self.url = f"http://127.0.0.1:{port}"
        self.output_path = var.parent / f"output-{time.monotonic_ns()}"
        env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        env |= {"DEMO": "1", "VAR_DIR": str(var)}
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "up", "--no-load", "--port", str(port)]
        with open(self.output_path, "w") as output:
            self.process = subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT)

    @property
    def output(self):
        return self.output_path.read_text()

    def wait_for(self, pattern, count=1):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if len(re.findall(pattern, self.output)) >= count:
                return self
            assert self.process.poll() is None, self.output
            time.sleep(0.1)
        raise AssertionError(f"no {pattern!r} within {PATIENCE} s in:\n{self.output}")

    def health(self):
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as response:
                return json.load(response)["status"]
        except OSError:
            return "failing"

    def wait_until_well(self):
        deadline = time.monotonic() + PATIENCE
        while self.health() != "ok":
            assert time.monotonic() < deadline, self.output
            time.sleep(0.2)

    def pid(self, name):
        return json.loads((self.var / "up.children.json").read_text())[name][0]

    def kill(self, name):
        """Kill -9 one child and wait until another stands in its place."""
        dead = self.pid(name)
        os.kill(dead, signal.SIGKILL)
        self.wait_for(f"{name} ended")
        deadline = time.monotonic() + PATIENCE
        while self.pid(name) == dead:
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def family(self):
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def var():
    path = Path(tempfile.mkdtemp(prefix="psc-test-"))
    yield path / "var"
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def start(var):
    started = []

    def start_portal(port=None):
        started.append(Portal(var, port or free_port()))
        return started[-1]

    yield start_portal
    for portal in started:
        portal.end()


def answer_of_another_command(var):
    """Return the name of the database that a command in another terminal, with nothing set, is connected to."""
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "DEMO")}
    code = "from django.db import connection as c; cursor = c.cursor(); cursor.execute('select current_database()')"
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "shell", "-v", "0", "-c"]
    done = subprocess.run(
        [*command, f"{code}; print(cursor.fetchone()[0])"],
        env=env | {"VAR_DIR": str(var)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_first_run_makes_everything_and_a_child_that_dies_comes_back(start, var):
    portal = start().wait_for("Ready: ")
    assert portal.output.count("Ready: ") == 1
    assert portal.url in portal.output
    assert portal.health() == "ok"
    assert answer_of_another_command(var) == "psc\n"
    for name in ("web", "worker", "valkey", "postgres"):
        portal.kill(name)
    portal.wait_until_well()
    family = portal.family()
    portal.end()
    assert portal.process.returncode == 0
    assert [process for process in family if process.is_running()] == []
    left = {path.name for path in var.iterdir()}
    assert "up.lock" not in left
    assert "up.children.json" not in left
    assert "up.env.json" not in left
    assert not (var / "postgres" / "postmaster.pid").exists()


def test_a_second_run_is_quick_and_a_killed_one_is_recovered_from(start):
    started = time.monotonic()
    portal = start().wait_for("Ready: ")
    assert time.monotonic() - started < 15
    assert "migrating" not in portal.output
    family = portal.family()
    portal.process.kill()
    portal.process.wait()
    again = start().wait_for("Ready: ")
    assert again.health() == "ok"
    assert [process for process in family if process.is_running()] == []
    refused = start()
    assert refused.process.wait(PATIENCE) == 1
    assert "already runs on" in refused.output
    assert "Traceback" not in refused.output
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # the tests themselves run under nohup
    again.process.send_signal(signal.SIGTERM if ignored else signal.SIGHUP)
    assert again.process.wait(PATIENCE) == 0


def test_a_port_in_use_is_one_sentence(start, var):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        portal = start(taken.getsockname()[1])
        assert portal.process.wait(PATIENCE) == 1
    assert re.fullmatch(r"Port \d+ cannot be used: .*PORT=8001\.\n", portal.output)
    assert not (var / "up.lock").exists()


def test_stopping_while_it_starts_leaves_nothing(start, var):
    portal = start()
    deadline = time.monotonic() + PATIENCE
    while not (var / "postgres" / "postmaster.pid").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    family = portal.family()
    portal.process.send_signal(signal.SIGINT)
    assert portal.process.wait(PATIENCE) == 0
    assert "Traceback" not in portal.output
    assert [process for process in family if process.is_running()] == []


def test_a_var_directory_that_is_a_file_is_one_sentence(tmp_path):
    (tmp_path / "var").write_text("")
    portal = Portal(tmp_path / "var", free_port())
    assert portal.process.wait(PATIENCE) == 1
    assert "Traceback" not in portal.output
    assert portal.output.startswith("Cannot write in ")


def test_a_child_that_keeps_dying_is_started_later_and_later():
    child = Child("test", lambda: subprocess.Popen(["true"], start_new_session=True))
    delays = []
    for _ in range(9):
        child.run()
        child.process.wait()
        delays.append(child.died())
    assert delays[:3] == [FIRST_DELAY, 2 * FIRST_DELAY, 4 * FIRST_DELAY]
    assert delays[-1] == LONGEST_DELAY


def test_the_demo_accounts_are_an_aligned_table():
    accounts = [
        {"role": "citizen", "username": "congdan", "password": "demo", "branch": None, "unit": None},
        {"role": "clerk", "username": "canbo.mot", "password": "demo", "branch": "CN 1", "unit": "UBND"},
    ]
    lines = accounts_table(accounts).splitlines()
    assert [line.index("demo") for line in lines[1:]] == [lines[0].index("password")] * 2
    assert lines[2].endswith("CN 1 / UBND")

"""The one parent of everything that `manage.py up` runs: order of start, ready line, restarts, order of stop."""

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from hanoi_psc import running
from hanoi_psc.embedded import missing_servers
from hanoi_psc.processes import Home, StartError, dies_with_parent, kill_group, last_line, spawn, stop

READY_SECONDS = 90
FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
STEADY_SECONDS = 60  # a child that lived this long starts its next delays from the shortest again
BASE_DIR = Path(__file__).resolve().parent.parent
MANAGE = [sys.executable, str(BASE_DIR / "manage.py")]
CELERY = [sys.executable, "-m", "celery", "-A", "hanoi_psc"]


class Stopped(BaseException):
    """Somebody asked the portal to stop (Ctrl-C, SIGTERM, SIGHUP)."""


class Child:
    """A process that is started again when it dies, later and later while it keeps dying."""

    def __init__(self, name, start):
        self.name = name
        self.start = start
        self.process = None
        self.delay = FIRST_DELAY
        self.started = self.due = 0.0

    def run(self):
        self.process = self.start()
        self.started, self.due = time.monotonic(), 0.0

    def died(self):
        """Note the death; return how many seconds from now it is started again."""
        kill_group(self.process.pid)  # its pool would keep the port or take tasks without a master
        if time.monotonic() - self.started > STEADY_SECONDS:
            self.delay = FIRST_DELAY
        delay, self.delay = self.delay, min(self.delay * 2, LONGEST_DELAY)
        self.due = time.monotonic() + delay
        return delay


class Supervisor:
    """Runs the portal on `port` with its data under `var`; `say` prints one line for a person."""

    def __init__(self, *, var, port, host="127.0.0.1", load=True, demo=False, say=print):
        self.home = Home(var)
        self.port = port
        self.host = host
        self.load = load
        self.demo = demo
        self.say = say
        self.env = dict(os.environ, WEB_BIND=f"{host}:{port}", VAR_DIR=str(self.home.directory))
        self.env.setdefault("SITE_URL", self.url)
        self.servers = {}
        self.children = []

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"

    def run(self):
        """Start everything, say that it is ready, keep it running until asked to stop. Return the exit code."""
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup asks to ignore SIGHUP. A shell ignores SIGINT for what it starts with "&" too: that one we obey.
            if sign != signal.SIGHUP or signal.getsignal(sign) != signal.SIG_IGN:
                signal.signal(sign, self.asked_to_stop)
        try:
            self.home.claim()
        except StartError as error:
            self.say(str(error))
            return 1
        try:
            self.start()
            while True:
                self.look_after_children()
                time.sleep(0.2)
        except StartError as error:
            self.say(str(error))
            return 1
        except OSError as error:
            self.say(f"The portal had to stop: {error.strerror or error} ({error.filename or self.home.directory}).")
            return 1
        except Stopped:
            return 0
        finally:
            for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(sign, signal.SIG_IGN)
            self.stop()

    def asked_to_stop(self, sign, frame):
        raise Stopped

    # --- start ----------------------------------------------------------------------------------------------------

    def start(self):
        self.check_port()
        self.start_servers()
        self.prepare()
        accounts = self.ask_for_demo_accounts()
        for name, command, sign in self.commands():
            self.add(name, self.spawner(name, command, sign))
        self.wait_until_ready()
        self.say_ready(accounts)

    def check_port(self):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OverflowError as error:
                raise StartError(f"{self.port} is not a port: choose one from 1024 to 65535.") from error
            except OSError as error:
                reason = f"Port {self.port} cannot be used: {error.strerror}."
                raise StartError(f"{reason} Stop what uses it, or choose another: make run PORT=8001.") from error

    def start_servers(self):
        self.servers = missing_servers(self.home.directory, environ=self.env)
        for variable, server in self.servers.items():
            self.env[variable] = server.start()
            self.add(type(server).__name__.lower(), server.restart, process=server.process)
        running.write(self.home.directory, self.env)

    def prepare(self):
        """Bring the database, the catalogue, translations and static files up to date, in a process of its own."""
        command = [*MANAGE, "prepare", *([] if self.load else ["--no-load"])]
        result = self.attend(
            subprocess.Popen(command, env=self.env, start_new_session=True, preexec_fn=dies_with_parent(signal.SIGTERM))
        )
        if result != 0:
            raise StartError("The portal could not be prepared; the lines above say why.")

    def attend(self, process):
        """Wait for a helper process; take it along when we are asked to stop meanwhile."""
        try:
            return process.wait()
        finally:
            stop(process)

    def ask_for_demo_accounts(self):
        if not self.demo or not self.load:
            return None
        command = [*MANAGE, "demo_accounts", "--json", "--main"]
        return subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def commands(self):
        schedule = self.home.directory / "celerybeat-schedule"
        worker = ["worker", "--pool=prefork", "--concurrency=2", "--without-gossip", "--without-mingle", "-l", "INFO"]
        return [
            ("web", [sys.executable, "-m", "gunicorn", "-c", "python:hanoi_psc.gunicorn_conf"], signal.SIGTERM),
            ("worker", [*CELERY, *worker], signal.SIGTERM),
            ("beat", [*CELERY, "beat", "--pidfile=", f"--schedule={schedule}", "-l", "WARNING"], signal.SIGTERM),
        ]

    def spawner(self, name, command, sign):
        log = self.home.directory / "log" / f"{name}.log"
        return lambda: spawn(command, log=log, env=self.env, cwd=BASE_DIR, sign=sign)

    def add(self, name, start, process=None):
        child = Child(name, start)
        self.children.append(child)
        if process is None:
            child.run()
        else:
            child.process, child.started = process, time.monotonic()
        self.home.remember(name, child.process)

    def wait_until_ready(self):
        """Wait for /healthz to say 200. A web process that keeps dying ends the wait with the log's last line."""
        deadline = time.monotonic() + READY_SECONDS
        status, answer = None, ""
        while time.monotonic() < deadline:
            self.look_after_children()
            status, answer = self.health()
            if status == 200:
                return
            time.sleep(0.2)
        if status != 503:  # 503 names a part that is not well; the rest can be used meanwhile
            said = last_line(self.home.directory / "log" / "web.log")[:200]
            raise StartError(f"The web server does not answer as it should ({status}): {said}")
        self.say(f"Not everything is well yet: {answer}")

    def health(self):
        """Return (status, body) of /healthz, or (None, "") while nobody listens."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as response:
                return response.status, ""
        except urllib.error.HTTPError as error:
            return error.code, error.read(2000).decode(errors="replace")
        except OSError:
            return None, ""

    def say_ready(self, accounts):
        where = ""
        if accounts is not None:
            listed, _ = accounts.communicate(timeout=60)
            with contextlib.suppress(ValueError):
                self.say(accounts_table(json.loads(listed)))
                where = "; the demo accounts are listed above"
        self.say(f"Ready: {self.url}{where}. Ctrl-C stops everything.")

    # --- run and stop ---------------------------------------------------------------------------------------------

    def look_after_children(self):
        for child in self.children:
            if child.due:
                if time.monotonic() >= child.due:
                    self.start_again(child)
            elif child.process.poll() is not None:
                code = child.process.returncode
                delay = child.died()
                why = last_line(self.home.directory / "log" / f"{child.name}.log")[:200]
                self.say(f"{child.name} ended (code {code}); starting it again in {delay:g} s. Its last words: {why}")

    def start_again(self, child):
        try:
            child.run()
            self.home.remember(child.name, child.process)
        except (StartError, OSError) as error:  # a full disk may be freed: try again, later and later
            self.say(f"{child.name} could not be started again: {error}")
            child.died()

    def stop(self):
        """Stop those who work before what they work on, then give the directory back."""
        programs = [child for child in self.children if child.name in ("web", "worker", "beat")]
        for child in programs:
            if child.process.poll() is None:
                child.process.terminate()
        for child in programs:
            stop(child.process, patience=15)
        for server in reversed(list(self.servers.values())):
            server.stop()
        (self.home.directory / running.FILE).unlink(missing_ok=True)
        self.home.release()


def accounts_table(accounts):
    """Return the demo accounts as aligned lines: role, username, password, where."""
    rows = [("role", "username", "password", "where")]
    rows += [
        (a["role"], a["username"], a["password"], " / ".join(filter(None, (a.get("branch"), a.get("unit")))))
        for a in accounts
    ]
    widths = [max(len(str(row[i])) for row in rows) for i in range(3)]
    return "\n".join("  ".join([*(str(row[i]).ljust(widths[i]) for i in range(3)), row[3]]).rstrip() for row in rows)


def main():
    """`manage.py up` continues here, in an interpreter that has not loaded the portal's models."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--var", required=True)
    parser.add_argument("--no-load", action="store_true")
    parser.add_argument("--demo", action="store_true")
    given = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    supervisor = Supervisor(var=given.var, port=given.port, host=given.host, load=not given.no_load, demo=given.demo)
    sys.exit(supervisor.run())


if __name__ == "__main__":
    main()

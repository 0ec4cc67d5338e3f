"""The portal as `make run` starts it, on a database of the bench, and how much memory it takes."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from django.conf import settings

from bench.databases import PORTAL, url_of


@dataclass
class Portal:
    """A running portal. `process` is the one parent of web, worker and beat."""

    port: int
    process: subprocess.Popen
    peak: float = field(default=0.0, init=False)

    def memory(self) -> float:
        """MB of the whole tree and of the servers beside it; what several processes share is counted once."""
        trees = [psutil.Process(self.process.pid), *servers()]
        processes = {one for tree in trees for one in (tree, *tree.children(recursive=True))}
        return sum(proportional(process) for process in processes) / 2**20

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Keep the highest `memory` of the time inside in `peak`."""
        over = threading.Event()

        def look() -> None:
            while not over.wait(2.0):
                self.peak = max(self.peak, self.memory())

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


@contextlib.contextmanager
def running() -> Iterator[Portal]:
    """Start the portal, wait until every part of it is well, stop it at the end."""
    port = free_port()
    var = Path(settings.VAR_DIR) / "bench" / "portal"
    env = os.environ | {"DATABASE_URL": url_of(PORTAL), "REDIS_URL": settings.REDIS_URL, "VAR_DIR": str(var)}
    env["RATE_FACTOR"] = "0"  # what is measured is the portal, not how it holds callers back
    env.pop("LOG_LEVEL", None)
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "up", "--no-load", f"--port={port}"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if line.startswith("Ready"):
                break
        else:
            raise RuntimeError(f"the portal did not start; see {var / 'log'}")
        threading.Thread(target=process.stdout.read, daemon=True).start()  # whatever else it says, it must not wait
        yield Portal(port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def servers() -> list[psutil.Process]:
    """The embedded PostgreSQL and Valkey: they stand beside us, under the process that started us."""
    beside = psutil.Process(os.getppid()).children()
    return [one for one in beside if one.name() == "postgres" or one.name().startswith("valkey")]


def proportional(process: psutil.Process) -> int:
    """Bytes of this process, its part of shared pages by the number of those who share them (PSS, Linux)."""
    try:
        found = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return 0
    return getattr(found, "pss", found.rss)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

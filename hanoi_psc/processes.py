"""Processes that belong to a parent: they cannot outlive it, and a later run can find what a killed one left.

Nothing here needs Django; `embedded` and the `up` command are built on it.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1
LOG_MAX_BYTES = 10 * 1024 * 1024


class StartError(Exception):
    """The portal cannot start; the message is one sentence that says why and what to do."""


def dies_with_parent(sign, user=None):
    """Return a preexec_fn: become `user` (pwd entry) if given, and receive `sign` when the parent dies, even by -9."""
    parent = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def before_exec():
        if user is not None:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, int(sign))
            if os.getppid() != parent:  # it died between the fork and this line
                os._exit(1)

    return before_exec


def spawn(command, *, log, env=None, cwd=None, sign=signal.SIGTERM, user=None):
    """Start `command` in a session of its own (Ctrl-C reaches the parent only), with its output added to file `log`.

    Call it from the main thread: Linux ties the parent-death signal to the thread that forked.
    """
    log = Path(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_MAX_BYTES:
        log.replace(log.with_name(log.name + ".1"))
    with open(log, "ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=env,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=dies_with_parent(sign, user),
        )


def stop(process, *, sign=signal.SIGTERM, patience=10.0):
    """Ask a child made by `spawn` to stop, wait, then kill whatever is left of its group. Safe to call twice."""
    if process.poll() is None:
        process.send_signal(sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    kill_group(process.pid)
    process.wait()


def kill_group(pid):
    """Kill every process of the group that child `pid` led: pool workers must not outlive their master."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


class Home:
    """A var directory owned by one run at a time, and the list of the processes of that run."""

    def __init__(self, directory):
        self.directory = Path(directory).resolve()
        self.lock_path = self.directory / "up.lock"
        self.children_path = self.directory / "up.children.json"
        self.lock = None
        self.children = {}

    def claim(self):
        """Take the directory for this process or raise StartError; then end what a killed earlier run left running."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            # Held open for the life of the run, and not for appending: the number of an earlier owner is written over.
            self.lock = open(os.open(self.lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644), "r+")  # noqa: SIM115
            self.lock_or_name_the_owner()
            os.pwrite(self.lock.fileno(), f"{os.getpid()}\n".ljust(20).encode(), 0)
        except OSError as error:
            self.forget()
            raise StartError(f"Cannot write in {self.directory}: {error.strerror}.") from error
        self.end_leftovers()

    def lock_or_name_the_owner(self):
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = self.lock.read().strip() or "unknown"
            self.forget()
            raise StartError(
                f"The portal already runs on {self.directory} (process {owner}). Stop it first."
            ) from error

    def forget(self):
        if self.lock is not None:
            self.lock.close()
            self.lock = None

    def release(self):
        """Give the directory back and leave no trace of the run in it."""
        self.children_path.unlink(missing_ok=True)
        self.lock_path.unlink(missing_ok=True)
        self.forget()

    def remember(self, name, process):
        """Note a child, so that a later run can tell it from a stranger that got the same number."""
        self.children[name] = [process.pid, psutil.Process(process.pid).create_time()]
        new = self.children_path.with_suffix(".new")
        new.write_text(json.dumps(self.children))
        new.replace(self.children_path)

    def end_leftovers(self):
        """End the children of an earlier run that was killed; they got their signal then and only need a moment."""
        left = list(self.leftovers())
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)
        _, alive = psutil.wait_procs(left, timeout=5)  # a worker whose broker died with it would wait for ever
        for process in alive:
            kill_group(process.pid)
        psutil.wait_procs(alive, timeout=5)
        for process in left:
            kill_group(process.pid)

    def leftovers(self):
        try:
            children = json.loads(self.children_path.read_text())
        except (OSError, ValueError):
            return
        for pid, created in children.values():
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                if abs(process.create_time() - created) < 1:
                    yield process


def wait_until(ready, *, process, seconds, what, log):
    """Wait until `ready()` is true; raise StartError with the log's last line when `process` ends or time runs out."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise StartError(f"{what} did not start: {last_line(log)} (see {log})")


def last_line(log):
    """Return the last line that says something in a log file."""
    try:
        lines = [line.strip() for line in Path(log).read_text(errors="replace").splitlines()[-50:] if line.strip()]
    except OSError:
        lines = []
    telling = [line for line in lines if "FATAL" in line or "No space left" in line or "Error" in line]
    return (telling or lines or ["it said nothing"])[-1].rstrip(".")

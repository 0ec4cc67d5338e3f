import os
import shutil
import signal
import subprocess
from argparse import REMAINDER
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hanoi_psc.embedded import missing_servers
from hanoi_psc.processes import Home, StartError, dies_with_parent, stop


class Command(BaseCommand):
    help = (
        "embedded [--directory DIR] [--fresh] exec -- COMMAND…: run COMMAND with DATABASE_URL and REDIS_URL of embedded"
        " servers that live as long as it does (variables that are set already are kept)."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("action", choices=["exec"])
        parser.add_argument("--directory", default=str(settings.VAR_DIR / "test"))
        parser.add_argument("--fresh", action="store_true", help="start from nothing, without fsync: for tests")
        parser.add_argument("command", nargs=REMAINDER)

    def handle(self, *, directory, fresh, command, **options):
        command = command[1:] if command[:1] == ["--"] else command
        if not command:
            raise CommandError("Say which command to run: embedded exec -- COMMAND…")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        home = Home(directory)
        try:
            home.claim()
        except StartError as error:
            raise CommandError(str(error)) from error
        if fresh:
            for name in ("postgres", "valkey"):
                shutil.rmtree(Path(directory) / name, ignore_errors=True)
        servers = missing_servers(directory, durable=not fresh)
        try:
            raise SystemExit(run_with(servers, home, command))
        except StartError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise SystemExit(130) from None
        finally:
            for server in servers.values():
                server.stop()
            home.release()


def run_with(servers, home, command):
    """Start the servers, run the command with their addresses, return its exit code."""
    env = dict(os.environ)
    for variable, server in servers.items():
        env[variable] = server.start()
        home.remember(variable, server.process)
    process = subprocess.Popen(command, env=env, preexec_fn=dies_with_parent(signal.SIGTERM))
    try:
        return process.wait()
    finally:
        stop(process)

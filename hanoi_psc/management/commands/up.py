import os
import sys

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Run the whole portal under one parent: embedded servers if needed, web, worker and beat."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"))
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--no-load", action="store_true", help="load neither the catalogue nor the demo data")

    def handle(self, *, port, host, no_load, **options):
        # A fresh interpreter without Django's models: the parent waits for months and need not hold them in memory.
        command = [sys.executable, "-m", "hanoi_psc.supervisor", f"--port={port}", f"--host={host}"]
        command += [f"--var={settings.VAR_DIR}", *(["--no-load"] if no_load else []), *(["--demo"] * settings.DEMO)]
        sys.stdout.flush()
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, command)

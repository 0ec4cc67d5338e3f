#!/usr/bin/env python
"""Run one of the portal's commands: `python manage.py help` lists them."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    from hanoi_psc.running import join

    join(sys.argv, Path(__file__).resolve().parent / "var")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hanoi_psc.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)

"""Find a Chromium for the browser tests, or get one: `python -m tests.chromium` prints its path.

Order: on PATH, Playwright's own, the distribution's package (as root), Playwright's own downloaded.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "The browser tests need a Chromium. Install one, for instance with `apt-get install chromium`,"
    " or with `.venv/bin/playwright install --with-deps chromium`."
)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def find():
    """Return the path of a Chromium that is here already, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None) or playwrights_own()


def playwrights_own():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def get():
    """Return the path of a Chromium, installing one when none is here and that is possible; else None."""
    if path := find():
        return path
    if os.geteuid() == 0 and shutil.which("apt-get"):
        attempt(["apt-get", "update", "-qq"], 180)
        attempt(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-core"], 400)
    else:
        attempt([sys.executable, "-m", "playwright", "install", "chromium"], 240)
    return find()


def attempt(command, seconds):
    print("$", *command, file=sys.stderr)
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    try:
        subprocess.run(command, env=env, timeout=seconds, stdout=sys.stderr, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)


if __name__ == "__main__":
    found = get()
    print(found or MISSING)
    sys.exit(0 if found or not os.environ.get("CI") else 1)

"""How `manage.py token`, `verify_audit` and the like find the portal that `make run` has started in this directory.

`up` writes the addresses of its servers beside its lock; manage.py exports them before Django reads its settings. So
the settings still read two variables only, and a variable that is set always wins.
"""

import fcntl
import json
import os
from pathlib import Path

FILE = "up.env.json"
SHARED = ("DATABASE_URL", "REDIS_URL", "DEMO", "SITE_URL")
STARTS_ITS_OWN = ("up", "embedded")


def write(directory, env):
    """Note what another command needs to know, for the eyes of this user only."""
    path = Path(directory) / FILE
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({name: env[name] for name in SHARED if name in env}, file)


def join(argv, directory):
    """Set the variables of the portal that runs on `directory`, unless the command starts servers of its own."""
    starts_its_own = len(argv) > 1 and argv[1] in STARTS_ITS_OWN
    if starts_its_own or "DATABASE_URL" in os.environ or "REDIS_URL" in os.environ:
        return
    directory = Path(os.environ.get("VAR_DIR", directory))
    try:
        if is_held(directory / "up.lock"):
            for name, value in json.loads((directory / FILE).read_text()).items():
                os.environ.setdefault(name, value)
    except (OSError, ValueError):
        return  # nothing runs here, or it is another user's


def is_held(lock):
    """Return whether a living process holds the lock: a killed one leaves its file, not its lock."""
    with open(lock) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False

"""Run every measurement and print one table. `QUICK=1` makes it a tenth of the size, for a look."""

import os
import sys
from pathlib import Path
from time import perf_counter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hanoi_psc.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")  # of this process; the portal logs as it always does
# The portal collects static files there, and the pages drawn in this process name them.
os.environ["STATIC_ROOT"] = str(Path(os.environ.get("VAR_DIR", "var")).resolve() / "bench" / "static")


def main() -> None:
    import django

    django.setup()
    from bench import clocks, databases, forms, portal, queue_pages, submits
    from bench.fill import fill
    from bench.table import draw
    from worktime import now

    quick = os.environ.get("QUICK", "") not in ("", "0")
    sizes = {databases.SMALL: 10_000, databases.LARGE: 100_000 if quick else 1_000_000}
    started = perf_counter()

    def say(what: str) -> None:
        print(f"{perf_counter() - started:4.0f} s  {what}", file=sys.stderr, flush=True)

    try:
        say("making a database with the catalogue and its staff")
        databases.drop_all()
        databases.make_template()
        databases.copy(databases.PORTAL)
        say("submits through the whole portal, and its memory")
        with portal.running() as running:
            rows = submits.measure(running, rounds=2 if quick else 5, seconds=4.0 if quick else 8.0)
        say("a form of 120 questions")
        rows += forms.measure()
        for name, size in sizes.items():
            say(f"filling a database with {size:,} dossiers")
            databases.copy(name)
            with databases.using(name):
                fill(size, now())
        say("queue pages")
        rows += queue_pages.measure(sizes, rounds=4 if quick else 12)
        say("clocks")
        rows += clocks.measure(due=10_000 if quick else 100_000, rows=sizes[databases.LARGE])
        say("done")
        print(draw(rows))
    finally:
        databases.drop_all()


if __name__ == "__main__":
    main()

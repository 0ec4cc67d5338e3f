"""How often a property is tried. `CHANCES=10 pytest` tries ten times as often: for a night, or after a change."""

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("CHANCES", "1"))


def tried(often: int) -> settings:
    """Settings of a property: no time limit an example (the machine may be busy), fixtures that read only."""
    return settings(max_examples=often * TIMES, deadline=None, suppress_health_check=list(HealthCheck))

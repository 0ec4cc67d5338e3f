"""What the catalogue holds for this room: the thresholds of reminders."""

from collections import Counter
from pathlib import Path

import yaml

from dossiers.models import Threshold


def load_thresholds(directory: Path, made: Counter) -> None:
    """Add the file's thresholds that are not there yet; what an admin changed or switched off stays."""
    path = directory / "thresholds.yaml"
    if not path.exists():
        return
    for row in yaml.safe_load(path.read_text(encoding="utf-8")):
        _row, created = Threshold.objects.get_or_create(
            kind=row["kind"], value=row["value"], role=row["role"], defaults={"template": row["template"]}
        )
        made["ngưỡng nhắc hạn"] += created

"""The whole catalogue as a folder of files: the same bytes every time for the same content."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from procedures import exchange
from procedures.models import LifeEvent, Procedure

MARK = "export.yaml"
_FORMAT = 1
_HEADER = {
    MARK: "# Exported by manage.py export_catalogue. Another export may write over this folder.\n",
    "life-events.yaml": "# The doors on the home page, in this order.\n",
    "groups.yaml": "# The newest version of each shared group of fields.\n",
}


class NotAnExport(Exception):
    """The folder holds something else, which an export would mix with its own files."""


def export_catalogue(directory: Path, *, force: bool = False) -> int:
    """Write every procedure, group and life event under `directory`; the number of procedures. Raises NotAnExport.

    Of each procedure the version in force is written, or the newest draft where none ever was. A file of an earlier
    export whose procedure is gone is removed.
    """
    if not force and directory.is_dir() and any(directory.iterdir()) and not (directory / MARK).is_file():
        raise NotAnExport(
            _("%(directory)s đã có tệp khác; thêm --force nếu vẫn muốn ghi vào.") % {"directory": directory}
        )
    files = {f"procedures/{code}.yaml": text for code, text in procedure_files(Procedure.objects.all())}
    count = len(files)
    files |= {name: _HEADER[name] + exchange.to_yaml(data) for name, data in _beside(count)}
    files["families.yaml"] = (Path(settings.CATALOGUE_DIR) / "families.yaml").read_text(encoding="utf-8")
    (directory / "procedures").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        _write(directory / name, text)
    for stale in (directory / "procedures").glob("[0-9].[0-9][0-9][0-9][0-9][0-9][0-9].yaml"):
        if f"procedures/{stale.name}" not in files:
            stale.unlink()
    return count


def procedure_files(procedures: Iterable[Procedure]) -> list[tuple[str, str]]:
    """Code and file of each of `procedures`, a queryset, in the order of codes."""
    made = []
    for procedure in procedures.prefetch_related("life_events").order_by("code"):
        spec = exchange.spec_to_export(procedure)
        if spec is not None:
            made.append((procedure.code, exchange.dump(spec, exchange.entry_of(procedure, spec))))
    return made


def life_events() -> list[dict[str, Any]]:
    """The life events as the file says them."""
    return list(LifeEvent.objects.order_by("position", "key").values("key", "name", "text", "icon"))


def _beside(count: int) -> list[tuple[str, Any]]:
    return [
        (MARK, {"format": _FORMAT, "procedures": count}),
        ("life-events.yaml", life_events()),
        ("groups.yaml", exchange.stored_groups()),
    ]


def _write(path: Path, text: str) -> None:
    """Whole or not at all: somebody may be reading the folder."""
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)

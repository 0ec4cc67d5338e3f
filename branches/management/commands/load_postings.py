"""Load postings from a CSV or XLSX file: a preview, and with --confirm all of its lines or none."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from audit.services import Actor
from branches import importing, sheets


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--confirm", action="store_true", help="store what the preview shows")

    def handle(self, *args, file: Path, confirm: bool, **options):
        try:
            rows = sheets.rows_of(file.read_bytes())
        except (OSError, sheets.SheetError) as error:
            raise CommandError(str(error)) from None
        found = importing.plan(rows, by=None)
        for problem in found.problems:
            self.stderr.write(str(problem))
        if found.problems:
            raise CommandError("Có dòng sai, không có gì được lưu.")
        for line in found.lines:
            self.stdout.write(f"{line.number}: {line.user} · {line.posting.label}{' (mới)' if line.new else ''}")
        if confirm:
            try:
                found = importing.apply(rows, by=None, actor=Actor(label="load_postings"))
            except importing.ImportRefused as refused:  # somebody changed something since the preview
                raise CommandError(str(refused)) from None
        self.stdout.write(f"{len(found.lines)} mới, {found.unchanged} đã có{'' if confirm else '; chưa lưu gì'}")

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from procedures.exporting import NotAnExport, export_catalogue


class Command(BaseCommand):
    help = "Write the whole catalogue as files under a folder; the same bytes each time for the same content."

    def add_arguments(self, parser):
        parser.add_argument("directory", type=Path)
        parser.add_argument("--force", action="store_true", help="write into a folder that is no export, too")

    def handle(self, *, directory: Path, force: bool, **options):
        try:
            count = export_catalogue(directory, force=force)
        except NotAnExport as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"Không ghi được: {error.strerror}: {error.filename}") from None
        self.stdout.write(f"Đã xuất {count} thủ tục ra {directory}.")

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from procedures.loading import CatalogueError, load


class Command(BaseCommand):
    help = "Load a city's catalogue. Loading it again changes nothing; a changed file makes a draft."

    def add_arguments(self, parser):
        parser.add_argument("directory", nargs="?", type=Path, default=settings.CATALOGUE_DIR)

    def handle(self, *, directory: Path, **options):
        if not (directory / "procedures").is_dir():
            raise CommandError(f"Không thấy danh mục ở {directory}.")
        try:
            made = load(directory)
        except CatalogueError as error:
            raise CommandError("Danh mục có lỗi, chưa nạp gì:\n" + "\n".join(error.problems)) from None
        summary = ", ".join(f"{count} {name}" for name, count in made.items() if count)
        self.stdout.write(f"Đã nạp: {summary}." if summary else "Danh mục không đổi.")

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from audit.services import SYSTEM
from procedures import national


class Command(BaseCommand):
    help = "Read the national catalogue, keeping what changed since it was read last. Reading it again changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, default=national.FILE)
        parser.add_argument("--force", action="store_true", help="believe a file that lacks many known procedures")

    def handle(self, *, file: Path, force: bool, **options):
        try:
            made = national.load(file, actor=SYSTEM, force=force)
        except national.NotTheCatalogue as error:
            raise CommandError(f"Chưa nạp gì. {error}") from None
        words = {"new": "mới", "changed": "đã đổi", "gone": "không còn", "back": "có lại"}
        said = ", ".join(f"{made[key]} {word}" for key, word in words.items() if made[key])
        self.stdout.write(f"Danh mục quốc gia: {said}." if said else "Danh mục quốc gia không đổi.")
        moved = [
            procedure.code for procedure, found in national.compared() if {d.kind for d in found} & {"gone", "moved"}
        ]
        if moved:
            self.stdout.write(f"Thủ tục của thành phố cần xem lại: {', '.join(moved)}.")

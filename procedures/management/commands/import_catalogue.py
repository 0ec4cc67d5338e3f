from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from audit.services import SYSTEM
from procedures import importing
from procedures.exchange import ExchangeError, Problem


class Command(BaseCommand):
    help = "Make drafts of what a folder of files says differently. Nothing is published, nothing released is touched."

    def add_arguments(self, parser):
        parser.add_argument("directory", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only print what would change")

    def handle(self, *, directory: Path, dry_run: bool, **options):
        try:
            files = importing.files_of(directory)
        except OSError as error:
            raise CommandError(f"Không đọc được {error.filename}: {error.strerror}") from None
        if not any(name.startswith("procedures/") for name in files):
            raise CommandError(f"Không thấy tệp thủ tục nào trong {directory}/procedures.")
        try:
            plan = importing.plan(files) if dry_run else importing.apply(files, by=None, actor=SYSTEM)
        except ExchangeError as error:
            raise self.refused(error.problems) from None
        if plan.problems:
            raise self.refused(plan.problems)
        self.say(plan, dry_run)

    def say(self, plan: importing.Plan, dry_run: bool) -> None:
        for change in plan.changes:
            self.stdout.write(f"{change.name}: {change.words}")
        done = "Sẽ" if dry_run else "Đã"
        new, drafts = len(plan.of_kind("new")), len(plan.of_kind("draft"))
        if plan.changes:
            self.stdout.write(f"{done} tạo {new} thủ tục mới và {drafts} bản nháp; {plan.unchanged} thủ tục không đổi.")
        else:
            self.stdout.write(f"Không có gì thay đổi ở {plan.unchanged} thủ tục.")

    @staticmethod
    def refused(problems: list[Problem]) -> CommandError:
        return CommandError("Có lỗi, chưa nhập gì:\n" + "\n".join(map(str, problems)))

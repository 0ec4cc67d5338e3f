from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dossiers.demo.loading import load
from notifications.services import send_due
from procedures.models import Procedure
from worktime import clocks

FIRE_SECONDS = 60


class Command(BaseCommand):
    help = "Make demo accounts and dossiers (DEMO=1 only). A second run does nothing; one after a cut run completes it."

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("Dữ liệu dùng thử chỉ nạp được khi chạy thử (DEMO=1).")
        if not Procedure.objects.exclude(published=None).exists():
            raise CommandError("Chưa có danh mục thủ tục. Hãy chạy load_catalogue trước.")
        made = load(warn=self.stderr.write)
        if made["hồ sơ"]:  # what came due in those weeks happens now, as it would have then
            clocks.sweep(max_seconds=FIRE_SECONDS)
            send_due()
        summary = ", ".join(f"{count} {name}" for name, count in made.items() if count)
        self.stdout.write(f"Đã nạp: {summary}." if summary else "Dữ liệu dùng thử đã đủ.")

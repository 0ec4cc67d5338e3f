from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.mfa import demo_code
from accounts.models import User


class Command(BaseCommand):
    help = "Print the code that a demo account's authenticator app would show now (DEMO=1 only)."

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *, username, **options):
        if not settings.DEMO:
            raise CommandError(_("Tài khoản dùng thử chỉ có khi chạy thử (DEMO=1)."))
        user = User.objects.filter(username=username, is_demo=True).first()
        code = demo_code(user) if user else ""
        if not code:
            raise CommandError(_("Không có tài khoản dùng thử “%s” có xác minh hai lớp.") % username)
        self.stdout.write(code)

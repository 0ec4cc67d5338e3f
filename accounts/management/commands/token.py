from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import ApiToken, User
from worktime import now


class Command(BaseCommand):
    help = "Make a bearer token of the API for a user and print it. It is shown once; only its digest is stored."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--label", default="", help="what the token is for")
        parser.add_argument("--days", type=int, help="days until it expires (never, when left out)")

    def handle(self, *, username, label, days, **options):
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(_("Không có tài khoản nào đang hoạt động tên “%s”.") % username)
        if days is not None and days < 1:
            raise CommandError(_("Số ngày phải từ 1 trở lên."))
        expires_at = now() + timedelta(days=days) if days else None
        self.stdout.write(ApiToken.issue(user, label=label, expires_at=expires_at))

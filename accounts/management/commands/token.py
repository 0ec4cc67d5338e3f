from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import ALL_SCOPES, TOKEN_DAYS, ApiToken, User, check_scopes
from worktime import now

LONGEST = 366


class Command(BaseCommand):
    help = "Make a bearer token of the API for a user and print it. It is shown once; only its digest is stored."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("--label", default="", help="what the token is for")
        parser.add_argument(
            "--days", type=int, default=TOKEN_DAYS, help="days until it ends (%(default)s; at most 366)"
        )
        parser.add_argument("--scopes", default=ALL_SCOPES, help='what it may do, of "%(default)s" (all of them)')

    def handle(self, *, username, label, days, scopes, **options):
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(_("Không có tài khoản nào đang hoạt động tên “%s”.") % username)
        if not 1 <= days <= LONGEST:
            raise CommandError(_("Số ngày phải từ 1 đến %s.") % LONGEST)
        scopes = " ".join(scopes.replace(",", " ").split())
        try:
            check_scopes(scopes)
        except ValidationError as error:
            raise CommandError(error.messages[0]) from None
        if not scopes:
            raise CommandError(_("Hãy cho biết ít nhất một phạm vi."))
        self.stdout.write(ApiToken.issue(user, label=label, expires_at=now() + timedelta(days=days), scopes=scopes))

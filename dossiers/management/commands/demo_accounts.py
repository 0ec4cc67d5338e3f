import json

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from branches.models import Role
from dossiers.demo.people import listing

FEW = 2  # accounts of each role in the table for people


class Command(BaseCommand):
    help = "List the demo accounts (DEMO=1 only): the main ones for people, all of them with --json."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="every account, for programs")
        parser.add_argument("--main", action="store_true", help="with --json: the main ones only")

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("Tài khoản dùng thử chỉ có khi chạy thử (DEMO=1).")
        accounts = listing()
        if options["json"]:
            self.stdout.write(json.dumps(main_ones(accounts) if options["main"] else accounts, ensure_ascii=False))
        elif not accounts:
            self.stdout.write("Chưa có tài khoản dùng thử. Hãy chạy load_demo.")
        else:
            self.stdout.write("\n".join(table(main_ones(accounts))))
            self.stdout.write(f"Mật khẩu chung: {accounts[0]['password']}. Tất cả {len(accounts)} tài khoản: --json")


def main_ones(accounts: list[dict]) -> list[dict]:
    """The first accounts of each role."""
    seen: dict[str, int] = {}
    few = []
    for account in accounts:
        seen[account["role"]] = seen.get(account["role"], 0) + 1
        if seen[account["role"]] <= FEW:
            few.append(account)
    return few


def table(accounts: list[dict]) -> list[str]:
    labels = {**dict(Role.choices), "CITIZEN": "Công dân", "BUSINESS": "Doanh nghiệp", "SUPERUSER": "Quản trị hệ thống"}
    rows = [(str(labels[a["role"]]), a["username"], a["branch"] or a["unit"] or "") for a in accounts]
    wide = [max(len(row[i]) for row in rows) for i in (0, 1)]
    return [f"{role:<{wide[0]}}  {username:<{wide[1]}}  {place}".rstrip() for role, username, place in rows]

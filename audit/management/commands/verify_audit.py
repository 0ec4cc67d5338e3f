import json
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from audit.verification import Break, verify


class Command(BaseCommand):
    help = "Prove that the record is whole, or name the first break and exit with 1."

    def add_arguments(self, parser):
        parser.add_argument("--chain", help="prove this chain only, for example dossier:123")
        parser.add_argument(
            "--root",
            metavar="FILE",
            help="compare with roots kept outside: a line each, <day> <root>, or the JSON that the webhook got",
        )

    def handle(self, *args, chain, root, **options):
        try:
            proof = verify(chain=chain, outside=roots_in(root) if root else None)
        except Break as found:
            raise CommandError(f"BROKEN {found}", returncode=1) from found
        if chain is not None and not proof.entries:
            raise CommandError(f"There is no chain {chain}.", returncode=1)
        self.stdout.write(f"OK {proof.entries} entries, {proof.chains} chains, {proof.days} sealed days")


def roots_in(name: str) -> dict[date, str]:
    """Roots by day from a file kept outside. Raises CommandError for a line that says neither."""
    found = {}
    try:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{name} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            if line.lstrip().startswith("{"):
                said = json.loads(line)
                day, root = said["day"], said["root"]
            else:
                day, root = line.split()[:2]
            found[date.fromisoformat(day)] = root
        except (ValueError, KeyError, TypeError) as error:
            raise CommandError(f"{name}, line {number}: neither <day> <root> nor JSON with both.") from error
    if not found:
        raise CommandError(f"{name} holds no root.")
    return found

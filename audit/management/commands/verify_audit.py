from django.core.management.base import BaseCommand, CommandError

from audit.verification import Break, verify


class Command(BaseCommand):
    help = "Prove that the record is whole, or name the first break and exit with 1."

    def add_arguments(self, parser):
        parser.add_argument("--chain", help="prove this chain only, for example dossier:123")

    def handle(self, *args, chain, **options):
        try:
            proof = verify(chain=chain)
        except Break as found:
            raise CommandError(f"BROKEN {found}", returncode=1) from found
        if chain is not None and not proof.entries:
            raise CommandError(f"There is no chain {chain}.", returncode=1)
        self.stdout.write(f"OK {proof.entries} entries, {proof.chains} chains, {proof.days} sealed days")

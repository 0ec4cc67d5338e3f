from collections import Counter

from django.core.management.base import BaseCommand

from keys.ring import ring
from keys.rotation import BATCH, rotate


class Command(BaseCommand):
    help = "Re-hide everything under the newest key, in batches, while the portal runs. May be stopped and run again."

    def add_arguments(self, parser):
        parser.add_argument("--batch", type=int, default=BATCH, help=f"rows a transaction (default {BATCH})")

    def handle(self, *args, batch: int, **options):
        done = Counter()
        for what, number in rotate(batch=batch):
            done[what] += number
        for what, number in sorted(done.items()):
            self.stdout.write(f"{what}: {number}")
        self.stdout.write(f"Everything lies under key {ring().current}.")

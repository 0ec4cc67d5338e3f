import base64
import os

from django.core.management.base import BaseCommand

from audit.signing import known_keys, public_text


class Command(BaseCommand):
    help = "Show the public keys that sign the daily roots, the present one first; --new makes a signing key."

    def add_arguments(self, parser):
        parser.add_argument("--new", action="store_true", help="print a new AUDIT_SIGNING_KEY and store it nowhere")

    def handle(self, *, new, **options):
        if new:
            self.stdout.write(f"AUDIT_SIGNING_KEY={base64.b64encode(os.urandom(32)).decode()}")
            return
        for key, public in known_keys().items():
            self.stdout.write(f"{key} {public_text(public)}")

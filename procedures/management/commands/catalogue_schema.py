import json

from django.conf import settings
from django.core.management.base import BaseCommand

from procedures.exchange_schema import schema

FILE = settings.BASE_DIR / "docs" / "catalogue.schema.json"


class Command(BaseCommand):
    help = "Write the JSON Schema of a procedure's file to docs/catalogue.schema.json."

    def handle(self, **options):
        FILE.write_text(as_text(), encoding="utf-8")
        self.stdout.write(f"Đã ghi {FILE.name}.")


def as_text() -> str:
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"

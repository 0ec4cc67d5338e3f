"""Translations without system tools: Babel reads the sources, writes locale/en, and compiles what gettext loads."""

import re
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.template import templatize

ROOT = settings.BASE_DIR
NOT_OURS = {"var", "tests", "bench", "docs", "static", "locale", "catalogue"}
KEYWORDS = {
    name: spec
    for names, spec in {
        ("_", "_l", "gettext", "gettext_lazy", "gettext_noop"): None,
        ("ngettext", "ngettext_lazy"): (1, 2),
        ("pgettext", "pgettext_lazy"): ((1, "c"), 2),
        ("npgettext", "npgettext_lazy"): ((1, "c"), 2, 3),
    }.items()
    for name in names
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|(?<!%)%[sd]|\{(\w*)\}")


class Command(BaseCommand):
    help = (
        "Message ids are Vietnamese; locale/en holds English, locale/vi mends strings that libraries leave in English."
    )

    def add_arguments(self, parser):
        parser.add_argument("action", choices=["extract", "check", "compile"])

    def handle(self, *, action, **options):
        getattr(self, f"do_{action}")()

    def do_extract(self) -> None:
        """Bring locale/en up to date with the sources: new ids come empty, unused ones go."""
        path = po_path("en")
        catalog = read_catalog(path) if path.exists() else Catalog(locale="en")
        catalog.update(read_sources(), no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as out:
            write_po(out, catalog, width=120, omit_header=False, no_location=True, sort_output=True)
        self.stdout.write(f"{path.relative_to(ROOT)}: {len(catalog)} messages, {len(missing(catalog))} without English")

    def do_check(self) -> None:
        """Fail when an id has no English, when a translation is left over, or when its placeholders differ."""
        problems = find_problems(read_sources(), read_catalog(po_path("en")))
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write("Every message has its English.")

    def do_compile(self) -> None:
        for path in sorted(ROOT.glob("locale/*/LC_MESSAGES/django.po")):
            with path.with_suffix(".mo").open("wb") as out:
                write_mo(out, read_catalog(path))
            self.stdout.write(f"{path.with_suffix('.mo').relative_to(ROOT)} written")


def po_path(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def read_catalog(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=path.parts[-3])


def read_sources() -> Catalog:
    """Every message id of our Python and templates."""
    catalog = Catalog()
    for path in source_files():
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            text = templatize(text, origin=str(path))
        where = str(path.relative_to(ROOT))
        options = {"encoding": "utf-8"}
        for line, message, _comments, context in extract("python", BytesIO(text.encode()), KEYWORDS, (), options):
            first = message[0] if isinstance(message, tuple) else message
            if first:
                catalog.add(message, locations=[(where, line)], context=context, flags=python_format(first))
    return catalog


def source_files():
    for room in sorted(ROOT.iterdir()):
        if room.is_dir() and room.name not in NOT_OURS and not room.name.startswith("."):
            wanted = ("*.html", "*.txt") if room.name == "templates" else ("*.py",)
            for path in sorted(path for pattern in wanted for path in room.rglob(pattern)):
                if "migrations" not in path.parts:
                    yield path


def python_format(text: str) -> set[str]:
    return {"python-format"} if re.search(r"%\(\w+\)[sd]|(?<!%)%[sd]", text) else set()


def missing(catalog: Catalog) -> list:
    return [message for message in catalog if message.id and not all_filled(message.string)]


def all_filled(string) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def find_problems(sources: Catalog, translated: Catalog) -> list[str]:
    problems = []
    for message in sources:
        if not message.id:
            continue
        found = translated.get(key_of(message), message.context)
        where = "{}:{}".format(*message.locations[0])
        if found is None or not all_filled(found.string):
            problems.append(f"{where}: no English for “{key_of(message)}”")
        elif found.fuzzy:
            problems.append(f"{where}: fuzzy English for “{key_of(message)}”")
        elif placeholders(found.string) - placeholders(message.id):
            problems.append(f"{where}: placeholders differ in “{key_of(message)}”")
    for message in translated:
        if message.id and sources.get(key_of(message), message.context) is None:
            problems.append(f"locale/en: left over “{key_of(message)}”")
    return problems


def key_of(message) -> str:
    return message.id[0] if isinstance(message.id, (tuple, list)) else message.id


def placeholders(text) -> set[str]:
    return {m.group(0) for part in ([text] if isinstance(text, str) else text) for m in PLACEHOLDER.finditer(part)}

import hashlib
import json

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

NATIONAL = settings.BASE_DIR / "catalogue" / "national"
NEVER_AGAIN = "once, with second factors"


class Command(BaseCommand):
    """What must be true before the portal runs, each step skipped when it is true already.

    `up` runs it at each start, so an unchanged portal must pass in about the time that Django takes to load. What was
    done is noted in var/prepared.json, under the identity of the very database that it was done to.
    """

    help = "Bring translations, static files, the database, the catalogue and (in demo mode) demo data up to date."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--no-load", action="store_true", help="load neither the catalogue nor the demo data")
        parser.add_argument("--all", action="store_true", help="do every step, whatever was done before")

    def handle(self, *, no_load, **options):
        self.notes_path = settings.VAR_DIR / "prepared.json"
        try:
            settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
            self.everything = options["all"]
            self.notes = {} if self.everything else self.read_notes()
            self.prepare_files()
            self.prepare_database(load=not no_load)
        except DatabaseError as error:
            raise CommandError(f"The database refused: {str(error).splitlines()[0]}") from error
        except OSError as error:
            raise CommandError(f"{error.strerror or error}: {error.filename or settings.VAR_DIR}") from error

    def prepare_files(self):
        base = settings.BASE_DIR
        if "translations" in get_commands() and (self.everything or translations_are_stale(base / "locale")):
            self.stdout.write("translations: compiling…")
            call_command("translations", "compile")
        static = fingerprint(base / "static", "*") + fingerprint(base, "requirements.txt")
        self.step(f"static {settings.STATIC_ROOT}", static, "collectstatic", interactive=False, verbosity=0)

    def prepare_database(self, *, load):
        if MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes()):
            self.stdout.write("database: migrating…")
            call_command("migrate", interactive=False, verbosity=0)
        identity = database_identity()
        if load and "load_catalogue" in get_commands():
            facts = fingerprint(settings.CATALOGUE_DIR, "*")
            self.step(f"catalogue {identity}", facts, "load_catalogue", str(settings.CATALOGUE_DIR))
        if load and "import_national" in get_commands():
            self.step(f"national {identity}", fingerprint(NATIONAL, "*"), "import_national")
        if load and settings.DEMO and "load_demo" in get_commands():
            self.step(f"demo {identity}", NEVER_AGAIN, "load_demo")

    def step(self, name, state, command, *args, **options):
        """Call `command` unless it was called before in this state of its sources."""
        if self.notes.get(name) == state:
            return
        self.stdout.write(f"{name.split()[0]}: {command}…")
        call_command(command, *args, **options)
        self.notes[name] = state
        new = self.notes_path.with_suffix(".new")
        new.write_text(json.dumps(self.notes, indent=1))
        new.replace(self.notes_path)

    def read_notes(self):
        try:
            return json.loads(self.notes_path.read_text())
        except (OSError, ValueError):
            return {}


def fingerprint(directory, pattern):
    """Return a hash of the names, sizes and times of the files under `directory` that match `pattern`."""
    digest = hashlib.sha256()
    for path in sorted(directory.rglob(pattern) if pattern.startswith("*") else directory.glob(pattern)):
        if path.is_file():
            stat = path.stat()
            digest.update(f"{path.relative_to(directory)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def translations_are_stale(directory):
    """Return whether a catalogue of translations was changed after it was compiled (in the image it never was)."""
    pairs = ((source, source.with_suffix(".mo")) for source in directory.rglob("*.po"))
    return any(not made.exists() or made.stat().st_mtime < source.stat().st_mtime for source, made in pairs)


def database_identity():
    """Return what tells this database from any other, also from one of the same name made after it was dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier || '.' || oid FROM pg_control_system(), pg_database"
            " WHERE datname = current_database()"
        )
        return cursor.fetchone()[0]

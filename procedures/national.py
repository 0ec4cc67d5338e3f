"""The national catalogue: read again and again from a file, searched beside ours, and compared with ours.

An entry is what the country says of a procedure; ours is what the city takes online. A change of name or field, and an
entry that vanished, are kept, so that an admin learns that the law moved.
"""

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, reduce
from operator import and_, or_
from pathlib import Path

import yaml
from django.conf import settings
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext as _

from audit.services import Actor, record
from places.text import clean, fold
from procedures import search
from procedures.models import NationalEntry, Procedure
from worktime import now

FILE = settings.BASE_DIR / "catalogue" / "national" / "national-catalogue.csv.gz"
COLUMNS = ("code", "name", "field", "issuing_body", "executing_bodies", "audience", "kind")
TOLD = ("name", "field", "issuing_body", "executing_bodies", "audience", "kind")
MAX_BYTES = 50_000_000
MOST_GONE = 0.2  # a file that lacks more than this share of what is known was probably cut short
_BATCH = 1000
_NEAR = 0.65
_PROVINCE = "UBND"  # how the country's list begins the name of a province's or a city's authority


class NotTheCatalogue(Exception):
    """The file is not the national catalogue, or only a piece of it; the message is a sentence."""


# --- reading it in ------------------------------------------------------------------------------------------------
@transaction.atomic
def load(path: Path, *, actor: Actor, force: bool = False) -> Counter:
    """Read the catalogue in `path` (CSV, or CSV compressed with gzip) and count what is new, changed, gone and back.

    Reading the same file again changes nothing. Raises NotTheCatalogue, and then nothing is changed either.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import_national'))")
    rows = read(path)
    known = NationalEntry.objects.in_bulk(field_name="code")
    missing = [entry for code, entry in known.items() if code not in rows and entry.gone_at is None]
    if not force and known and len(missing) > MOST_GONE * len(known):
        raise NotTheCatalogue(_("Tệp thiếu %(n)d thủ tục đang có, có thể chưa đủ. Nếu đúng, thêm --force.") % {
            "n": len(missing)})  # fmt: skip
    made, at = Counter(), now()
    new = [NationalEntry(**row, read_at=at, search=_searched(row)) for code, row in rows.items() if code not in known]
    NationalEntry.objects.bulk_create(new, batch_size=_BATCH)
    moved = [entry for code, entry in known.items() if code in rows and _move(entry, rows[code], at, made)]
    for entry in missing:
        entry.gone_at = at
    columns = [*TOLD, "search", "previous", "changed_at", "gone_at"]
    NationalEntry.objects.bulk_update(moved + missing, columns, batch_size=_BATCH)
    NationalEntry.objects.filter(code__in=rows).update(read_at=at)
    made |= Counter(new=len(new), gone=len(missing))
    if new or moved or missing:
        record(chain="national", act="import_national", actor=actor, after=dict(made) | {"rows": len(rows)})
    return made


def _move(entry: NationalEntry, row: dict[str, str], at, made: Counter) -> bool:
    """Take over what the file says differently, keeping what was said before; whether anything was."""
    before = {name: getattr(entry, name) for name in TOLD if getattr(entry, name) != row[name]}
    back = entry.gone_at is not None
    if before:
        entry.previous, entry.changed_at, entry.search = before, at, _searched(row)
        for name in before:
            setattr(entry, name, row[name])
        made["changed"] += 1
    entry.gone_at = None
    made["back"] += back
    return bool(before) or back


def _searched(row: dict[str, str]) -> str:
    return fold(" ".join((row["code"], row["name"], row["field"])))


def read(path: Path) -> dict[str, dict[str, str]]:
    """The file's rows by code. Raises NotTheCatalogue."""
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(raw)) as file:
                raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise NotTheCatalogue(_("Tệp lớn hơn 50 MB."))
        rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    except FileNotFoundError:
        raise NotTheCatalogue(_("Không thấy tệp %(path)s.") % {"path": path}) from None
    except (OSError, EOFError, UnicodeDecodeError, csv.Error):
        raise NotTheCatalogue(_("%(name)s không phải tệp CSV đọc được.") % {"name": path.name}) from None
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise NotTheCatalogue(_("Tệp cần có các cột %(columns)s.") % {"columns": ", ".join(COLUMNS)})
    found: dict[str, dict[str, str]] = {}
    for line, row in enumerate(rows, 2):
        plain = {name: clean(row[name] or "") for name in COLUMNS}
        plain["code"] = (row["code"] or "").replace("\0", "")  # as it is: the country has “1.014325” and “ 1.014325”
        for problem in _problems(plain, found):
            raise NotTheCatalogue(_("Dòng %(line)d: %(problem)s.") % {"line": line, "problem": problem})
        found[plain["code"]] = plain
    return found


def _problems(row: dict[str, str], before: dict[str, dict]) -> Iterator[str]:
    if not row["code"].strip() or not row["name"]:
        yield _("thiếu mã hoặc tên")
    if row["code"] in before:
        yield _("mã %(code)s có hai lần") % {"code": row["code"]}
    for name in COLUMNS:
        limit = NationalEntry._meta.get_field(name).max_length
        if limit and len(row[name]) > limit:
            yield _("cột %(name)s dài hơn %(limit)d ký tự") % {"name": name, "limit": limit}


# --- looking in it ------------------------------------------------------------------------------------------------
@cache
def own_bodies() -> tuple[str, ...]:
    """The issuing bodies of this city; other provinces' own procedures mean nothing to its people."""
    path = Path(settings.CATALOGUE_DIR) / "national.yaml"
    if not path.exists():
        return ()
    return tuple(yaml.safe_load(path.read_text(encoding="utf-8"))["issuing_bodies"])


def every() -> QuerySet[NationalEntry]:
    """All entries that ever were, each with `accepted`: whether the city takes it online."""
    ours = Procedure.objects.filter(code=OuterRef("code")).exclude(published=None)
    return NationalEntry.objects.annotate(accepted=Exists(ours))


def entries() -> QuerySet[NationalEntry]:
    """The entries that the country still has."""
    return every().filter(gone_at=None)


def for_citizens() -> QuerySet[NationalEntry]:
    """What a person of this city may meet and cannot file here: nothing between offices, nothing of other provinces."""
    elsewhere = Q(issuing_body__startswith=_PROVINCE) & ~Q(issuing_body__in=own_bodies())
    return entries().filter(accepted=False).exclude(elsewhere).exclude(kind="STANDARD_INTERNAL")


def find(q: str, among: QuerySet[NationalEntry], *, near: bool = True) -> QuerySet[NationalEntry]:
    """Entries of `among` with every word of `q`, best first; where none has, those that come `near`."""
    words = search.typed(q)
    if not words:
        return among.order_by("code")
    if search.is_code(words):
        return among.filter(code__contains=words.strip(".")).order_by("code")
    each = search.telling(words)
    literal = reduce(and_, (Q(search__contains=word) for word in each))
    scored = among.annotate(score=TrigramWordSimilarity(words, "search")).order_by("-score", "code")
    found = scored.filter(literal)
    return found if not near or found.exists() else _near(words, each, among)


def _near(words: str, each: list[str], among: QuerySet[NationalEntry]) -> QuerySet[NationalEntry]:
    """Slips of the finger: entries where most words come near some word. The index finds those of the longest."""
    longest = sorted(each, key=len)[-2:]
    some = reduce(or_, (Q(search__trigram_word_similar=word) for word in longest))
    score = sum((TrigramWordSimilarity(word, "search") for word in each), Value(0.0)) / len(each)
    found = among.filter(some).annotate(score=score, whole=TrigramWordSimilarity(words, "search"))
    return found.filter(score__gte=_NEAR).order_by((F("score") + F("whole")).desc(), "code")


# --- ours against it ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Difference:
    """One thing in which our version in force and the national entry part. `kind`: gone, name, field or moved."""

    kind: str
    sentence: str


def differences(procedure: Procedure, entry: NationalEntry | None) -> list[Difference]:
    """What an admin should look at: the entry vanished, is called otherwise, or moved since ours came into force.

    The country's list often begins a name with "Thủ tục": that alone is no difference.
    """
    if entry is None:
        return []
    if entry.gone_at:
        said = _("Danh mục quốc gia không còn thủ tục này từ %(day)s.") % {"day": f"{entry.gone_at:%d/%m/%Y}"}
        return [Difference("gone", said)]
    found = []
    if _plain(procedure.name) != _plain(entry.name):
        said = _("Tên trong danh mục quốc gia: “%(name)s”.") % {"name": entry.name}
        found.append(Difference("name", said))
    if _plain(procedure.field_of_law.name) != _plain(entry.field):
        said = _("Lĩnh vực trong danh mục quốc gia: “%(name)s”.") % {"name": entry.field}
        found.append(Difference("field", said))
    if entry.changed_at and procedure.published and entry.changed_at > procedure.published.created_at:
        said = _("Danh mục quốc gia đã đổi ngày %(day)s, sau phiên bản đang dùng. Trước đó: %(before)s.")
        before = "; ".join(f"{column_name(name)} “{value}”" for name, value in entry.previous.items())
        found.append(Difference("moved", said % {"day": f"{entry.changed_at:%d/%m/%Y}", "before": before}))
    return found


def column_name(name: str) -> str:
    return str(NationalEntry._meta.get_field(name).verbose_name)


def _plain(name: str) -> str:
    return fold(name).removeprefix("thu tuc ").rstrip(".")


def compared() -> list[tuple[Procedure, list[Difference]]]:
    """Every procedure of ours in force that parts from its national entry, the gravest first."""
    ours = Procedure.objects.exclude(published=None).select_related("published", "field_of_law").order_by("code")
    theirs = NationalEntry.objects.in_bulk([p.code for p in ours], field_name="code")
    found = [(p, differences(p, theirs.get(p.code))) for p in ours]
    grave = {"gone": 0, "moved": 1, "name": 2, "field": 3}
    return sorted((row for row in found if row[1]), key=lambda row: min(grave[d.kind] for d in row[1]))

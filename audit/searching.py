"""Finding entries among millions: each filter is one that an index answers, pages go by key, newest first."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from audit.models import AuditEntry
from audit.people import opened
from audit.sealing import day_bounds

SIZE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PERSON_TYPES = ("user", "accounts.user")


@dataclass(frozen=True)
class Asked:
    """What somebody looks for. `person` is an account's number: what they did, or with `about` what was done to it."""

    dossier: int | None = None
    person: int | None = None
    about: bool = False
    act: str = ""
    since: date | None = None
    until: date | None = None

    def __bool__(self) -> bool:
        return self != Asked()

    @property
    def facts(self) -> dict:
        """The filters as the record keeps them: numbers and words, no personal value."""
        said = {name: value for name, value in vars(self).items() if value not in (None, "", False)}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in said.items()}

    def rows(self) -> QuerySet[AuditEntry]:
        """The newest first."""
        rows = AuditEntry.objects.order_by("-at", "-id")
        if self.dossier is not None:
            rows = rows.filter(subject_type="dossier", subject_id=self.dossier)
        if self.person is not None and self.about:
            rows = rows.filter(subject_type__in=PERSON_TYPES, subject_id=self.person)
        elif self.person is not None:
            rows = rows.filter(actor_id=self.person)
        if self.act:
            rows = rows.filter(act=self.act)
        if self.since:
            rows = rows.filter(at__gte=day_bounds(self.since)[0])
        if self.until:
            rows = rows.filter(at__lt=day_bounds(self.until)[1])
        return rows


@dataclass(frozen=True)
class Page:
    entries: list[AuditEntry]
    older: str = ""  # the key of the next page, "" when this is the last


def page(asked: Asked, after: str = "", size: int = SIZE) -> Page:
    """One page of what is asked for, after the key of the page before; a key that is none begins anew."""
    rows = asked.rows()
    if key := _key(after):
        at, pk = key
        # The first condition is what the index starts at; the second tells entries of one moment apart.
        rows = rows.filter(at__lte=at).filter(Q(at__lt=at) | Q(id__lt=pk))
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return Page(opened(found[:size]), f"{(last.at - EPOCH) // timedelta(microseconds=1)}.{last.pk}" if last else "")


def _key(text: str) -> tuple[datetime, int] | None:
    micro, _dot, pk = text.partition(".")
    if not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in (micro, pk)):
        return None
    try:
        return EPOCH + timedelta(microseconds=int(micro)), int(pk)
    except OverflowError:
        return None


def query_of(asked: Asked, names: dict[str, str], **more) -> str:
    """The filters as an address says them: `names` maps a filter to its word."""
    said = {names[name]: value for name, value in asked.facts.items()}
    return urlencode({k: ("1" if v is True else v) for k, v in {**said, **more}.items() if v})

"""Finding a procedure by what a person types: no accents, slips of the finger, its code, or other words for it."""

import re

from django.contrib.postgres.search import TrigramSimilarity, TrigramWordSimilarity
from django.db.models import Case, Exists, F, FloatField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Greatest

from places.text import clean, fold
from procedures.models import Procedure, Suspension

MAX_TYPED = 100  # nobody looks for more; a longer text costs the database time and finds nothing better
MAX_WORDS = 8
ENOUGH = 0.58
NEAR = 0.34
_CODE = re.compile(r"[\d.]{3,20}")
# Words that every question has and no procedure is told apart by.
_EMPTY = frozenset(
    [
        "xin",
        "toi",
        "muon",
        "can",
        "lam",
        "cach",
        "the",
        "nao",
        "thu",
        "tuc",
        "ho",
        "so",
        "giay",
        "o",
        "dau",
        "cho",
        "cua",
        "ve",
        "va",
        "de",
    ]
)


def listed(*, field: str = "", event: str = "", audience: str = "") -> QuerySet[Procedure]:
    """Procedures in force, narrowed by slug of the field of law, key of the life event, and audience."""
    stopped = Exists(Suspension.objects.filter(procedure=OuterRef("pk"), ended_at=None))
    found = Procedure.objects.exclude(published=None).annotate(suspended=stopped)
    found = found.select_related("published").prefetch_related("published__fees")
    if field:
        found = found.filter(field_of_law__slug=field)
    if event:
        found = found.filter(life_events=event)
    if audience:
        found = found.filter(audience__in=[audience, "both"])
    return found


def typed(q: str) -> str:
    """What was typed, as it is searched."""
    return fold(clean(q[: MAX_TYPED * 4]))[:MAX_TYPED]


def find(q: str, among: QuerySet[Procedure] | None = None, *, enough: float = ENOUGH) -> QuerySet[Procedure]:
    """Procedures that resemble `q`, best first; with nothing typed, the most used first."""
    among = listed() if among is None else among
    words = typed(q)
    if not words:
        return among.order_by("-popularity", "code")
    if is_code(words):
        return among.filter(code__contains=words.strip(".")).order_by("-popularity", "code")
    return (
        among.annotate(score=_score(words))
        .annotate(likeness=F("score") + TrigramSimilarity("search_name", words) / 2 + F("popularity") / 250.0)
        .filter(score__gte=enough)
        .order_by(F("likeness").desc(), "-popularity", "code")
    )


def is_code(words: str) -> bool:
    """Whether what was typed looks for a procedure by its code."""
    return _CODE.fullmatch(words) is not None


def telling(words: str) -> list[str]:
    """The words that tell procedures apart; all of them when none does."""
    return [w for w in words.split() if w not in _EMPTY][:MAX_WORDS] or words.split()[:MAX_WORDS]


def near(q: str) -> QuerySet[Procedure]:
    """What may have been meant when `find` finds nothing; with a text like nothing at all, the most used."""
    guesses = find(q, enough=NEAR)[:5]
    return guesses if guesses else find("")[:5]


def _score(words: str) -> Greatest:
    """The best of: the phrase in the name, in the other words, each word anywhere. The very words in the name win."""
    each = telling(words)
    apart = sum((TrigramWordSimilarity(w, "search") for w in each), Value(0.0)) / len(each)
    literal = Case(
        When(Q(search_name__startswith=words) | Q(search_name__contains=f" {words}"), then=Value(1.1)),
        default=Value(0.0),
    )
    return Greatest(
        literal,
        TrigramWordSimilarity(words, "search_name"),
        TrigramWordSimilarity(words, "search") * 0.95,
        apart * 0.85,
        output_field=FloatField(),
    )

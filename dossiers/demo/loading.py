"""Loading the demo: idempotent, one transaction a dossier, so that a load cut short is completed by the next."""

from collections import Counter
from collections.abc import Callable
from random import Random

from django.db import connection, transaction

from dossiers.demo import filing
from dossiers.demo.people import Cast, make_accounts
from dossiers.demo.play import Diary, Play
from dossiers.demo.plots import DRAFTS, published, stories
from dossiers.errors import Refusal
from dossiers.models import Dossier, IdempotencyKey
from dossiers.services.submission import remember
from worktime import now

ROUTE = "load_demo"  # stories already played are remembered where other repeated filings are


def load(*, each: int | None = None, warn: Callable[[str], None] = print) -> Counter:
    """Make what is not there yet of accounts and dossiers (at most `each` a plot) and count it.

    A story that the catalogue no longer allows is left out with a warning; the others are made.
    """
    made = Counter({"tài khoản": make_accounts()})
    known = set(IdempotencyKey.objects.filter(route=ROUTE).values_list("key", flat=True))
    specs = published()
    todo = [story for story in stories(specs, each=each) if story.key not in known]
    by_code = {spec.code: spec for _, spec in specs}
    unfinished = [code for code in DRAFTS if f"draft-{code}" not in known and code in by_code]
    if not todo and not unfinished:
        return made
    cast, diary = Cast(), Diary(now())
    plays = [(story.key, lambda story=story: Play(story, cast, diary).run()) for story in todo]
    plays += [
        (f"draft-{code}", lambda n=n, code=code: _draft(by_code[code], n, cast, diary))
        for n, code in enumerate(unfinished)
    ]
    for key, play in plays:
        try:
            made["hồ sơ"] += _once(key, play, cast)
        except Refusal as refusal:
            warn(f"Bỏ qua hồ sơ mẫu {key}: {refusal}")
            made["bỏ qua"] += 1
    return made


def _draft(spec, number: int, cast: Cast, diary: Diary) -> Dossier:
    return filing.draft(spec, cast.citizens[0], Random(spec.code), diary.ago(3 + 11 * number))


@transaction.atomic
def _once(key: str, play: Callable[[], Dossier], cast: Cast) -> int:
    """Play a story and remember it, together; 0 when another load was quicker."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('load_demo'))")
    if IdempotencyKey.objects.filter(route=ROUTE, key=key).exists():
        return 0
    dossier = play()
    remember(caller=cast.citizens[0], key=key, body=key, dossier=dossier, answer={"code": dossier.code}, route=ROUTE)
    return 1

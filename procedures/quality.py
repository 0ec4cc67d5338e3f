"""How well a version is made, from 0 to 100: a figure for each thing that people feel, and what lowers it.

A version without errors (`checking`) can still be poor: no English, made-up data, papers that everybody must read
though few must bring them. This says where to work next; nothing here stops anybody.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from procedures.checks.base import NOTHING_KNOWN, Case, Context
from procedures.checks.form import example_is_valid
from procedures.checks.head import SUMMARY_WORDS, texts_by_kind
from procedures.checks.process import step_is_held
from procedures.comparing_words import ASSUMED_PARTS
from procedures.parts import SILENT
from procedures.spec import Field, Spec

PERSONAL_KINDS = ("person", "phone", "email", "personal_number")
_SOMETIMES = re.compile(r"\b(trường hợp|khi|nếu|đối với)\b", re.IGNORECASE)
_NAMED = 5  # things named in a reason


@dataclass(frozen=True)
class Part:
    """One figure: `share` percent of what it counts is as it should be; `reason` says what is not."""

    key: str
    name: str
    weight: int
    share: int
    reason: str


@dataclass(frozen=True)
class Quality:
    parts: tuple[Part, ...]

    @cached_property
    def total(self) -> int:
        """0 to 100; 100 only where nothing at all is left to do."""
        whole = sum(part.share * part.weight for part in self.parts) / sum(part.weight for part in self.parts)
        return int(whole)

    @property
    def worst(self) -> Part:
        """The part that costs the most points."""
        return max(self.parts, key=lambda part: (100 - part.share) * part.weight)

    def of(self, key: str) -> Part | None:
        return next((part for part in self.parts if part.key == key), None)


def score(spec: Spec, context: Context | None = None) -> Quality:
    """The quality of a version. Whether its steps are held is left out where `context` does not know."""
    case = Case(spec, context or NOTHING_KNOWN)
    parts = (_part(case, *rule) for rule in _rules())
    return Quality(tuple(part for part in parts if part))


# What a rule gives back: how many things it looked at, and the names of those that are not as they should be.
Measured = tuple[int, list[str]] | None


def _rules() -> tuple[tuple[str, str, int, Callable[[Case], Measured], str], ...]:
    """Key, name, weight, measure, and how the things it counts are called when they are wanting."""
    return (
        ("summary", _("Tóm tắt"), 10, _summary, _("tóm tắt thiếu hoặc quá 60 từ")),
        ("english", _("Tiếng Anh"), 15, _english, _("chỗ chưa có tiếng Anh")),
        ("examples", _("Ví dụ"), 10, _examples, _("câu hỏi thiếu ví dụ đúng")),
        ("conditions", _("Điều kiện"), 15, _conditions, _("giấy tờ nói “khi, nếu” mà chưa có điều kiện")),
        ("real", _("Dữ liệu thật"), 20, _real, _("phần chưa được xác nhận")),
        ("held", _("Có người làm"), 10, _held, _("bước chưa có người làm")),
        ("reuse", _("Dùng lại được"), 10, _reuse, _("câu hỏi không điền sẵn được")),
        ("privacy", _("Riêng tư"), 10, _privacy, _("câu hỏi cá nhân chưa có mức riêng tư")),
    )


def column_names() -> dict[str, str]:
    return {key: name for key, name, *_rest in _rules()}


def _part(case: Case, key: str, name: str, weight: int, measure: Callable[[Case], Measured], what: str) -> Part | None:
    measured = measure(case)
    if measured is None:
        return None
    count, wanting = measured
    share = 100 * (count - len(wanting)) // count if count else 100
    return Part(key, name, weight, share, _reason(count, wanting, what))


def _reason(count: int, wanting: list[str], what: str) -> str:
    if not wanting:
        return ""
    named = "; ".join(f"“{name[:80]}”" for name in wanting[:_NAMED])
    more = len(wanting) - _NAMED
    rest = ngettext(" và %(n)d chỗ nữa", " và %(n)d chỗ nữa", more) % {"n": more} if more > 0 else ""
    said = _("%(wanting)d trên %(count)d %(what)s: %(named)s%(rest)s")
    return said % {"wanting": len(wanting), "count": count, "what": what, "named": named, "rest": rest}


# --- the measures -------------------------------------------------------------------------------------------------
def _summary(case: Case) -> Measured:
    words = len(case.spec.summary.split())
    return 1, [] if 0 < words <= SUMMARY_WORDS else [case.spec.summary or case.spec.short_name]


def _english(case: Case) -> Measured:
    spec = case.spec
    texts = list(dict.fromkeys(text for kind in texts_by_kind(spec).values() for text in kind))
    missing = [text for text in texts if not spec.english.get(text)]
    return len(texts) + 1, missing if spec.short_name_en else [spec.short_name, *missing]


def _asked(case: Case) -> Iterator[Field]:
    return (q.field for q in case.questions if q.field.kind not in SILENT)


def _examples(case: Case) -> Measured:
    asked = [q for q in case.questions if q.field.kind not in SILENT]
    return len(asked), [q.field.label for q in asked if any(example_is_valid(case, q))]


def _conditions(case: Case) -> Measured:
    """Papers whose words say that only some people bring them, and which of these are asked of everybody."""
    some = [
        document
        for document in case.spec.documents
        if _SOMETIMES.search(" ".join((document.name, document.full_name, document.condition_text)))
    ]
    return len(some), [document.name for document in some if not document.condition]


def _real(case: Case) -> Measured:
    """Data that somebody has confirmed, by part; a single assumed paper or fee makes its part assumed."""
    spec = case.spec
    assumed = set(spec.assumed)
    assumed |= {"documents"} if any(document.assumed for document in spec.documents) else set()
    assumed |= {"fees"} if any(fee.assumed for fee in spec.fees) else set()
    names = {key: str(name) for key, name in ASSUMED_PARTS.items()} | {key: key for key in assumed - set(ASSUMED_PARTS)}
    return len(names), [name for key, name in names.items() if key in assumed]


def _held(case: Case) -> Measured:
    if case.context.held is None:
        return None
    return len(case.spec.steps), [step.name for step in case.spec.steps if any(step_is_held(case, step))]


def _reuse(case: Case) -> Measured:
    asked = [q for q in case.questions if q.field.kind not in SILENT and q.group is None]
    return len(asked), [q.field.label for q in asked if not q.field.source and not q.section.group]


def _privacy(case: Case) -> Measured:
    personal = [f for f in _asked(case) if f.kind in PERSONAL_KINDS or f.source.startswith("account.")]
    return len(personal), [f.label for f in personal if f.privacy == "none"]

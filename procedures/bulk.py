"""One act on many procedures: first what it would change, in words, then the same, all or nothing.

Retiring ends what is in force. The others make drafts, which two admins release as ever.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import Actor
from branches.models import UnitKind
from procedures import releasing, versions
from procedures.comparing import compare, in_words
from procedures.deciding import NotReleasable, check_may, lock, needed, write
from procedures.models import Procedure, ProcedureVersion
from procedures.spec import Spec
from procedures.words import time_words


@dataclass(frozen=True)
class Act:
    """What is done: `change` makes the new version of a spec, None retires the procedure at `at`."""

    words: str
    change: Callable[[Spec], Spec] | None = None
    at: datetime | None = None


@dataclass
class Row:
    """One procedure of the plan. `words` says what changes; a row with `skipped` is left alone, and why."""

    procedure: Procedure
    words: str = ""
    skipped: str = ""
    draft: int | None = None  # a draft that is open beside it: the admin may want to finish that one first
    spec: Spec | None = None


@dataclass
class BulkPlan:
    act: Act
    rows: list[Row] = field(default_factory=list)

    @property
    def doing(self) -> list[Row]:
        return [row for row in self.rows if not row.skipped]

    @property
    def fingerprint(self) -> str:
        """Equal for the same plan: what was previewed is what is done."""
        said = [[row.procedure.pk, row.procedure.published_id, row.words, row.skipped, row.draft] for row in self.rows]
        return hashlib.sha256(json.dumps([self.act.words, said], ensure_ascii=False).encode()).hexdigest()


def unit_kind(kind: str) -> Act:
    said = _("Cơ quan giải quyết là %(unit)s") % {"unit": UnitKind(kind).label}
    return Act(said, lambda spec: replace(spec, unit_kind=kind))


def time_limit(amount: int, unit: str) -> Act:
    """A time limit for all of them; what is decided at once stays so."""

    def change(spec: Spec) -> Spec:
        return spec if spec.immediate else replace(spec, time_amount=amount, time_unit=unit)

    return Act(_("Thời hạn là %(time)s") % {"time": time_words(_Time(amount, unit))}, change)


@dataclass(frozen=True)
class _Time:
    time_amount: int
    time_unit: str
    immediate: bool = False


def retire(at: datetime | None = None) -> Act:
    """No longer taken from `at` (now) on."""
    return Act(
        _("Ngừng tiếp nhận từ %(at)s") % {"at": f"{at:%H:%M %d/%m/%Y}"} if at else _("Ngừng tiếp nhận ngay"), at=at
    )


# --- the plan -----------------------------------------------------------------------------------------------------
def plan(procedures: Iterable[Procedure], act: Act) -> BulkPlan:
    """What `act` would do to each of `procedures`, in the order given."""
    procedures = list(procedures)
    drafts = dict(
        ProcedureVersion.objects.filter(procedure__in=procedures, releases=None)
        .order_by("number")
        .values_list("procedure_id", "number")
    )
    return BulkPlan(act, [_row(procedure, act, drafts.get(procedure.pk)) for procedure in procedures])


def _row(procedure: Procedure, act: Act, draft: int | None) -> Row:
    if procedure.published_id is None:
        return Row(procedure, skipped=_("Chưa có hoặc không còn phiên bản đang áp dụng."), draft=draft)
    if act.change is None:
        return Row(procedure, words=act.words, draft=draft)
    old = versions.read(procedure.published_id)
    new = act.change(old)
    if new.digest == old.digest:
        reason = _("Giải quyết ngay tại quầy, không có thời hạn.") if old.immediate else _("Đã đúng như vậy.")
        return Row(procedure, skipped=reason, draft=draft)
    return Row(procedure, words=in_words(compare(old, new)), draft=draft, spec=new)


# --- doing it -----------------------------------------------------------------------------------------------------
class PlanChanged(Exception):
    """What would be done is not what was previewed."""


@transaction.atomic
def do(
    procedures: Iterable[Procedure], act: Act, *, by, reason: str, previewed: str, actor: Actor | None = None
) -> BulkPlan:
    """Do what was previewed to all of `procedures` or to none. Raises PlanChanged, and NotReleasable with sentences."""
    check_may(by)
    reason = needed(reason, _("Hãy ghi lý do."))
    locked = [lock(pk) for pk in sorted(procedure.pk for procedure in procedures)]
    order = {procedure.pk: at for at, procedure in enumerate(procedures)}
    made = plan(sorted(locked, key=lambda procedure: order[procedure.pk]), act)
    if made.fingerprint != previewed:
        raise PlanChanged
    if not made.doing:
        raise NotReleasable([_("Không có thủ tục nào thay đổi.")])
    for row in made.doing:
        if act.change is None:
            releasing.retire(row.procedure, by=by, reason=reason, at=act.at, actor=actor)
        else:
            _draft(row, reason, by, actor)
    return made


def _draft(row: Row, reason: str, by, actor: Actor | None) -> None:
    version = versions.write(
        row.spec, row.procedure, note=f"{reason}\n{row.words}", by=by, copied_from=row.procedure.published
    )
    write(row.procedure, "bulk_draft", by, note=reason, actor=actor, version=version.number, words=row.words)

"""Rules about the process: that every dossier that enters it comes out at its end, decided, by people who exist."""

from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from procedures import conditions
from procedures.checks import expressions
from procedures.checks.base import FACTS, Case, Found, Place, move_place, step_place
from procedures.checks.expressions import View
from procedures.checks.form import KEY
from procedures.checks.papers import twice
from procedures.spec import EFFECTS, PRODUCES, ROLES, UNIT_KINDS, Move, Step

# A move is called by its key, as the acts of every dossier are by theirs (a test holds this against dossiers.act_list).
RESERVED_KEYS = frozenset({
    "receive", "hand_over", "ask_supplement", "ask_payment", "refuse", "settle_payment", "return_result", "finish_item",
    "reassign", "repromise", "forward", "stop", "give_supplement", "correct", "withdraw", "rate", "note",
})  # fmt: skip
OUTCOMES = {"approve", "reject", "acknowledge"}
STEPS, MOVES = Place("steps"), Place("moves")


# --- the drawing as a graph ---------------------------------------------------------------------------------------
def reached(case: Case, follow: Callable[[Move], bool] = lambda move: True) -> set[str]:
    """The steps that a dossier can come to from the entry, over the moves that `follow` allows."""
    return _spread({""}, ((m.source, m.target) for m in case.spec.moves if follow(m))) - {""}


def leads_out(case: Case, follow: Callable[[Move], bool] = lambda move: True) -> set[str]:
    """The steps from which some end can be reached, ends included."""
    ends = {step.key for step in case.spec.steps if step.end}
    return _spread(ends, ((m.target, m.source) for m in case.spec.moves if follow(m)))


def _spread(start: set[str], arrows: Iterable[tuple[str, str]]) -> set[str]:
    onward: dict[str, set[str]] = {}
    for source, target in arrows:
        onward.setdefault(source, set()).add(target)
    found, waiting = set(start), list(start)
    while waiting:
        for target in onward.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def has_steps(case: Case) -> Found:
    spec = case.spec
    if not spec.steps:
        yield STEPS.error("no_steps", _("quy trình chưa có bước nào"))
    for key in twice(spec.steps):
        yield Place("steps", key).error("step_twice", _("có hai bước cùng khóa “%(key)s”") % {"key": key})
    ends = sum(bool(step.end) for step in spec.steps)
    if ends == 0:
        yield STEPS.error("no_end", _("quy trình chưa có bước kết thúc"))
    elif ends > 1:
        yield STEPS.error("many_ends", _("quy trình có %(count)s bước kết thúc, chỉ được một") % {"count": ends})
    entries = spec.moves_from("")
    if len(entries) != 1:
        yield MOVES.error(
            "entry", _("cần đúng một chuyển bước vào quy trình, đang có %(count)s") % {"count": len(entries)}
        )


def every_step_is_on_a_way(case: Case) -> Found:
    came, out = reached(case), leads_out(case)
    for step in case.spec.steps:
        place = step_place(step)
        if step.key not in came:
            yield place.error("step_unreachable", _("không có đường nào đi tới"))
        if step.key in out:
            continue
        if any(move.target != step.key for move in case.spec.moves_from(step.key)):
            yield place.error("loop_without_exit", _("đi vòng mãi, không có đường ra tới bước kết thúc"))
        else:
            yield place.error("dead_end", _("đi tới đây là hết đường, không tới được bước kết thúc"))


def ends_are_for_roles_that_exist(case: Case) -> Found:
    """A way out that only a role which does not exist could take is none."""
    usable = leads_out(case, lambda move: move.role in ROLES or not move.source)
    for step in case.spec.steps:
        if step.key in leads_out(case) - usable:
            yield step_place(step).error("no_end_for_role", _("đường tới bước kết thúc cần một vai trò không tồn tại"))


def every_end_has_an_outcome(case: Case) -> Found:
    """The database refuses a finished dossier without an outcome (a_finished_dossier_has_an_outcome)."""
    undecided = reached(case, lambda move: not OUTCOMES & set(move.effects))
    for step in case.spec.steps:
        if step.end and step.key in undecided:
            yield step_place(step).error("end_without_outcome", _(
                "có đường tới đây mà chưa ai duyệt, từ chối hay ghi nhận"))  # fmt: skip
    effects = {effect for move in case.spec.moves for effect in move.effects}
    if case.spec.moves and not effects & {"approve", "acknowledge"}:
        yield MOVES.error("no_approval", _("không có chuyển bước nào duyệt hoặc ghi nhận"))
    if case.spec.moves and "reject" not in effects:
        yield MOVES.warning("no_refusal", _("không có chuyển bước nào từ chối giải quyết"))


# --- one step -----------------------------------------------------------------------------------------------------
def step_is_sound(case: Case, step: Step) -> Found:
    place = step_place(step)
    if not KEY.fullmatch(step.key):
        yield place.error(
            "bad_key", _("khóa “%(key)s” chỉ gồm chữ thường không dấu, số và gạch dưới") % {"key": step.key}
        )
    if not step.name:
        yield place.error("no_text", _("chưa có tên"))
    if step.role not in ROLES:
        yield place.error("unknown_role", _("không có vai trò “%(role)s”") % {"role": step.role})
    if step.produces not in PRODUCES:
        yield place.error("unknown_product", _("không có việc phải làm ra “%(name)s”") % {"name": step.produces})
    if step.unit_kind and step.unit_kind not in UNIT_KINDS:
        yield place.error("unknown_unit_kind", _("không có loại cơ quan “%(kind)s”") % {"kind": step.unit_kind})
    ways = case.spec.moves_from(step.key)
    if step.end and ways:
        yield place.error("end_goes_on", _("bước kết thúc không được có đường đi tiếp"))
    if not step.end and not any(move.primary for move in ways):
        yield place.error("no_primary", _("không có đường đi chính"))
    if step.end and step.items:
        yield place.error("end_with_items", _("bước kết thúc không giao việc cho cơ quan khác"))


def step_is_held(case: Case, step: Step) -> Found:
    held = case.context.held
    if held is None or step.role not in ROLES:
        return
    kind = "" if step.role == "CLERK" else step.unit_kind or case.spec.unit_kind
    if (step.role, kind) not in held:
        yield step_place(step).error("role_not_held", _("chưa ai được phân công vai trò này ở cơ quan giải quyết"))


def payment_is_asked_before_it_is_proved(case: Case) -> Found:
    """A step that checks a receipt needs a move that asks for the money."""
    asked = any("ask_payment" in move.effects for move in case.spec.moves)
    for step in case.spec.steps:
        if step.produces == "proof" and not asked and not case.spec.fees:
            yield step_place(step).error(
                "proof_without_payment", _("kiểm tra chứng từ nộp tiền mà không có khoản phải nộp")
            )


# --- moves --------------------------------------------------------------------------------------------------------
def moves_differ(case: Case) -> Found:
    seen = set()
    for move in case.spec.moves:
        if (move.key, move.source) in seen:
            yield move_place(move).error("move_twice", _("có hai chuyển bước cùng khóa đi từ một bước"))
        seen.add((move.key, move.source))


def move_is_sound(case: Case, move: Move) -> Found:
    place, steps = move_place(move), case.spec.steps_by_key
    if not KEY.fullmatch(move.key):
        yield place.error(
            "bad_key", _("khóa “%(key)s” chỉ gồm chữ thường không dấu, số và gạch dưới") % {"key": move.key}
        )
    if move.key in RESERVED_KEYS:
        yield place.error(
            "reserved_key", _("khóa “%(key)s” là tên một việc có sẵn, hãy đặt khóa khác") % {"key": move.key}
        )
    if not move.label:
        yield place.error("no_text", _("chưa có nhãn"))
    if not set(move.effects) <= set(EFFECTS):
        yield place.error("unknown_effect", _("có hệ quả không có trong danh sách"))
    if move.source and move.role not in ROLES:
        yield place.error("unknown_role", _("không có vai trò “%(role)s”") % {"role": move.role})
    if move.source and move.source not in steps:
        yield place.error("move_from_nowhere", _("bước đi “%(step)s” không có") % {"step": move.source})
    if move.target not in steps:
        yield place.error("move_to_nowhere", _("bước đến “%(step)s” không có") % {"step": move.target})
    elif bool(steps[move.target].end) != ("complete" in move.effects):
        yield place.error("complete_iff_end", _("vào bước kết thúc thì phải hoàn tất, và chỉ khi đó"))


def move_decides_once(case: Case, move: Move) -> Found:
    place = move_place(move)
    if len(OUTCOMES & set(move.effects)) > 1:
        yield place.error("two_outcomes", _("vừa duyệt vừa từ chối"))
    if "reject" in move.effects and not move.needs_reason:
        yield place.warning("refusal_without_reason", _("từ chối mà không bắt buộc nêu lý do"))
    if not move.source and (move.effects or move.condition):
        yield place.error("entry_with_more", _("chuyển bước vào quy trình không có điều kiện và hệ quả"))


def move_can_be_made(case: Case, move: Move) -> Found:
    view = View(case, move_place(move), facts=FACTS)
    found = list(expressions.check(view, move.condition))
    yield from found
    if not found and move.condition and not expressions.can_hold(case, move.condition):
        yield view.place.error("move_impossible", _("điều kiện không bao giờ đúng, không ai đi được"))
    step = case.spec.steps_by_key.get(move.source)
    if not found and step and not step.items and set(FACTS) & set(conditions.fields_of(move.condition)):
        yield view.place.warning("facts_without_items", _("điều kiện chờ ý kiến, mà bước này không giao việc cho ai"))

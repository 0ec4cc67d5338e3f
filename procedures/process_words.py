"""A process in words: what a step and a move say about themselves, what is wrong with them, and the whole as a list.

A draft may be in pieces: nothing here raises on a step that is missing or a condition of another shape.
"""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.models import Role, UnitKind
from procedures import conditions
from procedures.explained import words_of
from procedures.spec import Item, Move, Spec, Step


def role_words(role: str) -> str:
    return str(dict(Role.choices).get(role, role))


def unit_words(kind: str) -> str:
    """Who does the work: a kind of unit, or the unit that the dossier belongs to."""
    return str(dict(UnitKind.choices).get(kind, kind)) if kind else _("cơ quan giải quyết hồ sơ")


def amount_words(amount: int, unit: str) -> str:
    """ "5 ngày làm việc"."""
    words = {
        "HOUR": ngettext("%(n)d giờ làm việc", "%(n)d giờ làm việc", amount),
        "WORKING_DAY": ngettext("%(n)d ngày làm việc", "%(n)d ngày làm việc", amount),
        "DAY": ngettext("%(n)d ngày", "%(n)d ngày", amount),
    }
    return words[unit] % {"n": amount} if unit in words else str(amount)


def product_words(produces: str) -> str:
    words = {
        "check": _("kết quả đối chiếu bản chính"),
        "minutes": _("biên bản kiểm tra"),
        "council": _("biên bản và biểu quyết của hội đồng"),
        "draft_result": _("dự thảo kết quả"),
        "proof": _("chứng từ nộp tiền"),
        "opinion": _("văn bản cho ý kiến"),
        "signature": _("chữ ký"),
    }
    return words.get(produces, produces)


def step_words(step: Step) -> list[str]:
    """Who does it, how long it may take, what it must give: one line each."""
    who = f"{role_words(step.role)}, {unit_words(step.unit_kind)}" if step.unit_kind else role_words(step.role)
    lines = [who]
    if step.amount is not None and step.unit:
        lines.append(_("Thời gian: %(time)s") % {"time": amount_words(step.amount, step.unit)})
    elif not step.end:
        lines.append(_("Thời gian: %(share)d %% thời hạn") % {"share": step.share})
    if step.produces:
        lines.append(_("Phải có: %(what)s") % {"what": product_words(step.produces)})
    return lines


def item_words(item: Item, spec: Spec, step: Step) -> list[str]:
    """Who is asked, until when, whether the process waits for it, and after what."""
    must = _("bắt buộc") if item.required else _("không bắt buộc")
    lines = [unit_words(item.unit_kind), f"{amount_words(item.amount, item.unit)} · {must}"]
    if item.after:
        names = {one.key: one.name for one in step.items}
        lines.append(_("Sau việc: %(name)s") % {"name": names.get(item.after, item.after)})
    if item.procedure:
        lines.append(_("Thủ tục %(code)s") % {"code": item.procedure})
    return lines


def item_kind_words(item: Item) -> str:
    return _("Việc liên thông") if item.kind == "linked" else _("Lấy ý kiến")


def is_refusal(move: Move) -> bool:
    return "reject" in move.effects


def waits_for_items(moves: tuple[Move, ...]) -> bool:
    """Whether one of the moves goes on only when the work asked of others is done: a join."""
    return any("items_done" in _names(move.condition) for move in moves)


def _names(condition) -> set[str]:
    return set() if any(conditions.problems(condition)) else set(conditions.fields_of(condition))


def condition_words(condition, spec: Spec) -> str:
    """ "khi …"; nothing for a move that is always open."""
    if not condition:
        return ""
    return _("điều kiện chưa đúng") if any(conditions.problems(condition)) else words_of(condition, spec)


def move_words(move: Move, spec: Spec) -> str:
    """What is special about a move, in a few words: who else makes it, that it refuses, its reason and condition."""
    source = spec.steps_by_key.get(move.source)
    said = []
    if is_refusal(move):
        said.append(_("từ chối"))
    if source and move.role and move.role != source.role:
        said.append(role_words(move.role))
    if "ask_payment" in move.effects:
        said.append(_("báo nộp tiền"))
    if move.needs_reason:
        said.append(_("cần nêu lý do"))
    said.append(condition_words(move.condition, spec))
    return " · ".join(filter(None, said))


# --- what is wrong, for the eye -----------------------------------------------------------------------------------
def reached_steps(spec: Spec) -> set[str]:
    reached: set[str] = set()
    todo = {m.target for m in spec.moves if not m.source}
    while todo:
        key = todo.pop()
        if key not in spec.steps_by_key or key in reached:
            continue
        reached.add(key)
        todo |= {m.target for m in spec.moves_from(key)}
    return reached


def step_problems(step: Step, spec: Spec, reached: set[str]) -> list[str]:
    """What the drawing marks at a step. The whole list of checks is procedures.checking's."""
    problems = []
    if step.key not in reached:
        problems.append(_("Chưa có đường tới bước này"))
    if not step.end and not any(m.target in spec.steps_by_key for m in spec.moves_from(step.key)):
        problems.append(_("Chưa có đường đi tiếp"))
    return problems


def process_problems(spec: Spec) -> list[str]:
    """What belongs to no step: nothing drawn yet, no way in, no end, moves from steps that are gone."""
    if not spec.steps:
        return [_("Quy trình chưa có bước nào")]
    problems = []
    if not any(not m.source for m in spec.moves):
        problems.append(_("Chưa có chuyển bước đưa hồ sơ vào quy trình"))
    if not any(step.end for step in spec.steps):
        problems.append(_("Chưa có bước kết thúc"))
    for move in spec.moves:
        if move.source and move.source not in spec.steps_by_key:
            problems.append(
                _("Chuyển bước “%(move)s” đi từ bước “%(step)s” không có") % {"move": move.label, "step": move.source}
            )
    return problems


# --- the whole in words -------------------------------------------------------------------------------------------
def describe(spec: Spec) -> list[str]:
    """The drawing as sentences: each step with its work and its ways out, then what is wrong. Never raises."""
    reached = reached_steps(spec)
    sentences = [_way(move, spec, _("Hồ sơ vào quy trình")) for move in spec.moves if not move.source]
    for number, step in enumerate(spec.steps, 1):
        sentences.append(_said_step(number, step))
        sentences += [_said_item(item, spec, step) for item in step.items]
        sentences += [_way(move, spec, _("Từ “%(step)s”") % {"step": step.name}) for move in spec.moves_from(step.key)]
        sentences += [f"“{step.name}”: {problem}." for problem in step_problems(step, spec, reached)]
    return sentences + [f"{problem}." for problem in process_problems(spec)]


def _said_step(number: int, step: Step) -> str:
    end = [_("bước kết thúc")] if step.end else []
    words = "; ".join([*step_words(step), *end])
    return _("Bước %(number)d: %(name)s. %(words)s.") % {"number": number, "name": step.name, "words": words}


def _said_item(item: Item, spec: Spec, step: Step) -> str:
    words = "; ".join(item_words(item, spec, step))
    return _("%(kind)s kèm bước này: %(name)s (%(words)s).") % {
        "kind": item_kind_words(item), "name": item.name, "words": words,
    }  # fmt: skip


def _way(move: Move, spec: Spec, begins: str) -> str:
    target = spec.steps_by_key.get(move.target)
    where = f"“{target.name}”" if target else _("bước “%(key)s” không có") % {"key": move.target}
    special = list(filter(None, [_("đường đi chính") if move.primary else "", move_words(move, spec)]))
    more = f" ({'; '.join(special)})" if special else ""
    return _("%(begins)s: “%(label)s” đến %(where)s%(more)s.") % {
        "begins": begins, "label": move.label, "where": where, "more": more,
    }  # fmt: skip


def problems_in(spec: Spec) -> Iterator[str]:
    """Every problem that the drawing marks, for its caption."""
    reached = reached_steps(spec)
    for step in spec.steps:
        yield from (f"{step.name}: {problem}" for problem in step_problems(step, spec, reached))
    yield from process_problems(spec)

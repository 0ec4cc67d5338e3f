"""Rules about work asked of other units inside a step, linked procedures, and the time given to steps."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from procedures.checks.base import Case, Found, Place, item_place, step_place
from procedures.checks.form import KEY
from procedures.checks.head import hours
from procedures.checks.papers import twice
from procedures.spec import TIME_UNITS, UNIT_KINDS, Item, Step

ITEMS, TIME = Place("items"), Place("time")


# --- items --------------------------------------------------------------------------------------------------------
def family_has_items(case: Case) -> Found:
    if case.spec.family in ("consult", "linked") and not case.items:
        yield ITEMS.error("no_items", _("quy trình lấy ý kiến hoặc liên thông cần ít nhất một việc cho cơ quan khác"))


def items_differ(case: Case) -> Found:
    for step in case.spec.steps:
        for key in twice(step.items):
            yield Place("items", f"{step.key}.{key}").error(
                "item_twice", _("có hai việc cùng khóa “%(key)s”") % {"key": key}
            )


def item_is_sound(case: Case, pair: tuple[Step, Item]) -> Found:
    step, item = pair
    place = item_place(step, item)
    if not KEY.fullmatch(item.key):
        yield place.error(
            "bad_key", _("khóa “%(key)s” chỉ gồm chữ thường không dấu, số và gạch dưới") % {"key": item.key}
        )
    if item.kind not in ("opinion", "linked"):
        yield place.error("unknown_kind", _("việc cho cơ quan khác là lấy ý kiến hoặc liên thông"))
    if item.unit_kind not in UNIT_KINDS:
        yield place.error("unknown_unit_kind", _("không có loại cơ quan “%(kind)s”") % {"kind": item.unit_kind})
    if item.unit not in TIME_UNITS or not isinstance(item.amount, int) or item.amount < 1:
        yield place.error("bad_time", _("thời hạn không hợp lệ"))
    elif not case.spec.immediate and hours(item.amount, item.unit) > hours(case.spec.time_amount, case.spec.time_unit):
        yield place.warning("item_too_long", _("thời hạn dài hơn thời hạn của cả thủ tục"))


def item_waits_for_another(case: Case, pair: tuple[Step, Item]) -> Found:
    step, item = pair
    place, after = item_place(step, item), {i.key: i.after for i in step.items}
    if item.after and item.after not in after:
        yield place.error("item_after_nothing", _("chờ việc “%(key)s” không có trong bước") % {"key": item.after})
        return
    seen, at = set(), item.key
    while at and at not in seen:
        seen.add(at)
        at = after.get(at, "")
    if at == item.key:
        yield place.error("items_wait_in_a_ring", _("các việc chờ nhau vòng tròn, không việc nào bắt đầu được"))


def item_is_held(case: Case, pair: tuple[Step, Item]) -> Found:
    step, item = pair
    held = case.context.held
    if held is None or ("OFFICER", item.unit_kind) in held:
        return
    place, said = item_place(step, item), _("cơ quan được giao chưa có chuyên viên nào")
    yield place.error("role_not_held", said) if item.required else place.warning("role_not_held", said)


def linked_procedure_exists(case: Case, pair: tuple[Step, Item]) -> Found:
    step, item = pair
    linked = case.context.linked
    place = item_place(step, item)
    if not item.procedure:
        return
    if item.procedure == case.spec.code:
        yield place.error("linked_ring", _("liên thông với chính thủ tục này"))
    elif linked is not None and item.procedure not in linked:
        yield place.error(
            "linked_unknown", _("thủ tục liên thông %(code)s chưa có hoặc chưa ban hành") % {"code": item.procedure}
        )
    elif linked is not None and case.spec.code in _reached_from(item.procedure, linked):
        yield place.error("linked_ring", _("các thủ tục liên thông vòng tròn: %(code)s dẫn về thủ tục này") % {
            "code": item.procedure})  # fmt: skip


def _reached_from(code: str, linked: Mapping[str, frozenset[str]]) -> set[str]:
    found, waiting = set(), [code]
    while waiting:
        for onward in linked.get(waiting.pop(), ()):
            if onward not in found:
                found.add(onward)
                waiting.append(onward)
    return found


# --- time of steps ------------------------------------------------------------------------------------------------
def shares_are_whole(case: Case) -> Found:
    """Shares make up the whole time; a step with a fixed time takes no share."""
    spec = case.spec
    shared = sum(step.share for step in spec.steps if step.amount is None)
    fixed = any(step.amount is not None for step in spec.steps)
    if shared > 100:
        yield TIME.error(
            "shares_over", _("phần thời gian các bước cộng lại là %(sum)s phần trăm, quá 100") % {"sum": shared}
        )
    elif shared < 100 and not fixed:
        yield TIME.error("shares_under", _("phần thời gian các bước cộng lại mới là %(sum)s phần trăm, phải đủ 100") % {
            "sum": shared})  # fmt: skip


def step_time_is_sound(case: Case, step: Step) -> Found:
    place = step_place(step)
    if not isinstance(step.share, int) or not 0 <= step.share <= 100:
        yield place.error("bad_share", _("phần thời gian từ 0 đến 100 phần trăm"))
    if step.amount is None:
        return
    if step.unit not in TIME_UNITS or not isinstance(step.amount, int) or step.amount < 1:
        yield place.error("bad_time", _("thời gian cố định không hợp lệ"))
    elif step.share:
        yield place.warning("share_unused", _("có thời gian cố định thì phần trăm không được dùng"))


def fixed_times_fit(case: Case) -> Found:
    """Along the main way, the fixed times together may not be longer than the whole."""
    spec = case.spec
    fixed = (step for step in spec.way_forward() if step.amount is not None and step.unit in TIME_UNITS)
    total = sum(hours(step.amount, step.unit) for step in fixed)
    if total > hours(spec.time_amount, spec.time_unit) and not spec.immediate:
        yield TIME.error("fixed_times_too_long", _("thời gian cố định của các bước cộng lại dài hơn cả thời hạn"))

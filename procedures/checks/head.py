"""Rules about the version as a whole: names, texts, routing, the time it promises, what is not translated."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from procedures.checks.base import Case, Found, Place
from procedures.spec import TIME_UNITS, UNIT_KINDS, Spec

HEAD, TEXTS, ROUTING, TIME = Place("head"), Place("texts"), Place("routing"), Place("time")
SUMMARY_WORDS = 60
# Working hours of one unit, to hold times of different units against each other: 8 a day, 5 days of 7.
HOURS = {"HOUR": 1.0, "WORKING_DAY": 8.0, "DAY": 8.0 * 5 / 7}


def hours(amount: int, unit: str) -> float:
    return amount * HOURS[unit]


def code_is_national(case: Case) -> Found:
    if not re.fullmatch(r"\d\.\d{6}", case.spec.code):
        yield HEAD.error("bad_code", _("mã “%(code)s” không đúng dạng 1.234567") % {"code": case.spec.code})


def names_are_given(case: Case) -> Found:
    spec = case.spec
    if not spec.name or not spec.short_name:
        yield HEAD.error("no_text", _("thủ tục chưa có tên"))
    if len(spec.short_name) > 110:
        yield HEAD.error(
            "name_too_long", _("tên thường gọi dài %(count)s ký tự, tối đa 110") % {"count": len(spec.short_name)}
        )
    if not spec.short_name_en:
        yield TEXTS.error("no_english_name", _("thiếu tên tiếng Anh"))
    if not spec.result:
        yield TEXTS.error("no_result", _("chưa nói người dân nhận được gì (kết quả)"))


def summary_is_short(case: Case) -> Found:
    words = len(case.spec.summary.split())
    if not words:
        yield TEXTS.error("no_summary", _("thiếu tóm tắt"))
    elif words > SUMMARY_WORDS:
        yield TEXTS.error("summary_too_long", _("tóm tắt dài %(count)s từ, tối đa %(limit)s") % {
            "count": words, "limit": SUMMARY_WORDS})  # fmt: skip


def choices_are_known(case: Case) -> Found:
    spec = case.spec
    if spec.unit_kind not in UNIT_KINDS:
        yield HEAD.error("unknown_unit_kind", _("không có loại cơ quan “%(kind)s”") % {"kind": spec.unit_kind})
    if spec.audience not in ("citizen", "business", "both"):
        yield HEAD.error("unknown_choice", _("đối tượng không có trong danh sách"))
    if spec.after_supplement not in ("restart", "resume"):
        yield TIME.error("unknown_choice", _("sau khi bổ sung chỉ là tính lại từ đầu hoặc tính tiếp"))
    if not spec.channels or not set(spec.channels) <= {"online", "counter"}:
        yield HEAD.error("unknown_choice", _("cách nộp trống hoặc không có trong danh sách"))
    if not spec.returns or not set(spec.returns) <= {"counter", "online", "post"}:
        yield HEAD.error("unknown_choice", _("cách nhận kết quả trống hoặc không có trong danh sách"))
    known = case.context.fields_of_law
    if known is not None and spec.field_of_law not in known:
        yield HEAD.error("unknown_field_of_law", _("chưa có lĩnh vực “%(name)s”") % {"name": spec.field_of_law})


def legal_basis_is_given(case: Case) -> Found:
    if not case.spec.legal_basis:
        yield HEAD.warning("no_legal_basis", _("chưa có căn cứ pháp lý"))


def routing_is_asked(case: Case) -> Found:
    """The ward that finds the unit must be answered by everybody (DOMAIN §3)."""
    found = case.spec.fields.get(case.spec.routing_field)
    if not case.spec.routing_field or found is None:
        yield ROUTING.error("no_routing", _("chưa chọn câu hỏi phường, xã để biết cơ quan nào giải quyết"))
    elif found.kind not in ("ward", "address") or not found.required or found.condition:
        said = _("câu hỏi “%(label)s” phải hỏi phường, xã hoặc địa chỉ và luôn bắt buộc")
        yield ROUTING.error("routing_not_sure", said % {"label": found.label})


# --- time ---------------------------------------------------------------------------------------------------------
def time_is_sound(case: Case) -> Found:
    spec = case.spec
    amount = spec.time_amount
    if spec.time_unit not in TIME_UNITS or not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
        yield TIME.error("bad_time", _("thời hạn không hợp lệ"))
    elif amount == 0 and not spec.immediate:
        yield TIME.error("no_time", _("chưa có thời hạn giải quyết"))
    for days in (spec.supplement_days, spec.payment_days):
        if not isinstance(days, int) or days < 1:
            yield TIME.error("bad_time", _("số ngày bổ sung và nộp tiền phải từ 1 trở lên"))


def time_is_within_the_law(case: Case) -> Found:
    """No longer than the time of a version that nobody doubts, unless the law it stands on has changed."""
    if case.context.confirmed_time is None:
        return
    amount, unit, basis = case.context.confirmed_time
    if hours(case.spec.time_amount, case.spec.time_unit) <= hours(amount, unit):
        return
    if basis == case.spec.legal_basis:
        yield TIME.error("time_above_law", _("thời hạn dài hơn thời hạn đã xác nhận, mà căn cứ pháp lý không đổi"))
    else:
        yield TIME.warning("time_longer", _("thời hạn dài hơn trước; hãy chắc rằng căn cứ mới cho phép"))


# --- texts in English ---------------------------------------------------------------------------------------------
def texts_by_kind(spec: Spec) -> dict[str, list[str]]:
    """The texts a citizen reads (as `Spec.texts`), by what they are. The short name has its own English."""
    questions = [f for s in spec.sections for one in s.fields for f in (one, *one.fields)]
    kinds = {
        _("tóm tắt và kết quả"): [spec.summary, spec.result],
        _("tiêu đề phần"): [text for s in spec.sections for text in (s.title, s.hint)],
        _("câu hỏi"): [f.label for f in questions],
        _("gợi ý"): [f.hint for f in questions],
        _("lựa chọn"): [label for f in questions for _value, label in f.options],
        _("giấy tờ"): [text for d in spec.documents for text in (d.name, d.full_name, d.condition_text)],
        _("khoản thu"): [text for fee in spec.fees for text in (fee.label, *(e.name for e in fee.exemptions))],
        _("bước"): [step.public_name or step.name for step in spec.steps]
        + [item.result for step in spec.steps for item in step.items],
    }
    return {kind: [text for text in dict.fromkeys(texts) if text] for kind, texts in kinds.items()}


def english_is_complete(case: Case) -> Found:
    for kind, texts in texts_by_kind(case.spec).items():
        missing = [text for text in texts if not case.spec.english.get(text)]
        if missing:
            said = ngettext(
                "%(count)s %(kind)s chưa có tiếng Anh: “%(first)s”",
                "%(count)s %(kind)s chưa có tiếng Anh, trước hết là “%(first)s”",
                len(missing),
            )
            said %= {"count": len(missing), "kind": kind, "first": missing[0][:80]}
            yield Place("texts", missing[0][:80]).warning("no_english", said)

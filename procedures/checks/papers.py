"""Rules about the documents to hand in and about fees, with their tables of rates and exemptions."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from procedures.checks import expressions
from procedures.checks.base import (
    Case,
    Found,
    Place,
    document_place,
    exemption_place,
    fee_place,
)
from procedures.checks.expressions import View
from procedures.checks.form import KEY
from procedures.spec import REPEATED, Document, Exemption, Fee

PER = {"dossier": (), "copy": ("number",), "page": ("number",), "row": REPEATED}
NAME_LENGTH = 90


def twice(rows: Iterable[Any]) -> list[str]:
    return [key for key, count in Counter(row.key for row in rows).items() if count > 1]


# --- documents ----------------------------------------------------------------------------------------------------
def some_documents(case: Case) -> Found:
    if not case.spec.documents:
        yield Place("documents").error("no_documents", _("không có giấy tờ nào"))
    for key in twice(case.spec.documents):
        yield Place("documents", key).error("document_twice", _("có hai giấy tờ cùng khóa “%(key)s”") % {"key": key})


def document_is_sound(case: Case, document: Document) -> Found:
    place = document_place(document)
    if not KEY.fullmatch(document.key):
        yield place.error(
            "bad_key", _("khóa “%(key)s” chỉ gồm chữ thường không dấu, số và gạch dưới") % {"key": document.key}
        )
    if not document.name:
        yield place.error("no_text", _("chưa có tên"))
    if len(document.name) > NAME_LENGTH:
        yield place.error("name_too_long", _("tên ngắn dài %(count)s ký tự, tối đa %(limit)s") % {
            "count": len(document.name), "limit": NAME_LENGTH})  # fmt: skip
    if document.condition and not document.condition_text:
        yield place.warning("no_condition_text", _("có điều kiện nhưng chưa nói điều kiện bằng lời"))


def document_can_be_given(case: Case, document: Document) -> Found:
    place = document_place(document)
    found = list(expressions.check(View(case, place), document.condition))
    yield from found
    if found or not document.condition or expressions.can_hold(case, document.condition):
        return
    if document.required:
        yield place.error(
            "document_impossible", _("bắt buộc nộp nhưng điều kiện không bao giờ đúng, không ai nộp được")
        )
    else:
        yield place.warning("document_never_asked", _("điều kiện không bao giờ đúng, không ai được hỏi giấy này"))


# --- fees ---------------------------------------------------------------------------------------------------------
def fees_differ(case: Case) -> Found:
    for key in twice(case.spec.fees):
        yield Place("fees", key).error("fee_twice", _("có hai khoản thu cùng khóa “%(key)s”") % {"key": key})


def fee_is_sound(case: Case, fee: Fee) -> Found:
    place = fee_place(fee)
    if not fee.label:
        yield place.error("no_text", _("chưa có tên"))
    if fee.per not in PER or fee.channel not in ("any", "online", "counter"):
        yield place.error("fee_unknown_way", _("cách tính hoặc cách nộp không có trong danh sách"))
    elif bool(PER[fee.per]) != bool(fee.count_field):
        yield place.error("fee_count", _("tính theo bản, trang hoặc dòng thì cần câu hỏi số lượng, và chỉ khi đó"))
    elif fee.count_field:
        counted = case.spec.fields.get(fee.count_field)
        if counted is None or counted.kind not in PER[fee.per]:
            yield place.error(
                "fee_count", _("câu hỏi số lượng phải có trong tờ khai, kiểu số (hoặc nhóm khi tính theo dòng)")
            )
    if fee.channel == "online" and "online" not in case.spec.channels:
        yield place.warning("fee_unreachable", _("chỉ thu khi nộp trực tuyến, mà thủ tục không nhận trực tuyến"))


def fee_has_an_amount(case: Case, fee: Fee) -> Found:
    """0 ₫ is an amount where it says who pays nothing (online, or under a condition); else somebody forgot it."""
    place = fee_place(fee)
    amounts = [fee.amount, *(row.amount for row in fee.rows)]
    if not all(isinstance(a, int) and not isinstance(a, bool) and a >= 0 for a in amounts):
        yield place.error("fee_not_whole", _("số tiền phải là số nguyên không âm"))
        return
    if not (fee.amount or fee.rows or fee.formula) and fee.channel == "any" and not fee.condition:
        yield place.error("fee_without_amount", _("chưa có số tiền, biểu mức thu hoặc công thức"))
    if (fee.amount > 0) + bool(fee.rows) + bool(fee.formula) > 1:
        yield place.warning(
            "fee_two_ways", _("có nhiều cách tính cùng lúc; biểu mức thu đứng trước công thức và số tiền")
        )
    if fee.minimum is not None and fee.maximum is not None and fee.minimum > fee.maximum:
        yield place.error("bounds_crossed", _("mức ít nhất lớn hơn mức nhiều nhất"))


def fee_conditions(case: Case, fee: Fee) -> Found:
    view = View(case, fee_place(fee))
    yield from expressions.check(view, fee.condition)
    yield from expressions.check(view, fee.formula, formula=True)
    for at, row in enumerate(fee.rows, 1):
        name = _("%(fee)s, dòng %(row)s") % {"fee": view.place.name, "row": at}
        yield from expressions.check(View(case, Place("fees", fee.key, name)), row.condition)
    always = [at for at, row in enumerate(fee.rows) if not row.condition]
    if fee.rows and not always:
        yield view.place.warning("fee_rows_open", _("biểu mức thu không có dòng cuối cho mọi trường hợp còn lại"))
    elif always and always[0] < len(fee.rows) - 1:
        yield view.place.warning("fee_row_unreachable", _("các dòng sau dòng không điều kiện không bao giờ được dùng"))


def exemption_is_sound(case: Case, pair: tuple[Fee, Exemption]) -> Found:
    fee, one = pair
    place = exemption_place(fee, one)
    if twice(fee.exemptions).count(one.key):
        yield place.error("exemption_twice", _("có hai trường hợp miễn, giảm cùng khóa “%(key)s”") % {"key": one.key})
    if isinstance(one.percent, bool) or not isinstance(one.percent, int) or not 1 <= one.percent <= 100:
        yield place.error("exemption_percent", _("mức giảm phải từ 1 đến 100 phần trăm"))
    if one.proof and one.proof not in case.spec.documents_by_key:
        yield place.error(
            "exemption_proof", _("giấy tờ chứng minh “%(key)s” không có trong danh sách") % {"key": one.proof}
        )
    elif not one.proof:
        yield place.warning("exemption_no_proof", _("chưa nói giấy tờ nào chứng minh"))
    if not one.ground:
        yield place.warning("exemption_no_ground", _("chưa có căn cứ"))
    if not one.condition:
        yield place.warning("exemption_everybody", _("không có điều kiện, mọi người đều được miễn, giảm"))
    yield from expressions.check(View(case, place), one.condition)

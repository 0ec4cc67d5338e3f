"""What the page of a version shows beside its forms: tabs, problems at their rows, words, translations, the drawing."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures import checking, conditions, releasing
from procedures.admin import saving
from procedures.admin.endpoints import in_words
from procedures.admin.rows import EXTRA_ROWS, Board, Offered, shown
from procedures.drafts import readable
from procedures.drawing import describe, draw
from procedures.models import ProcedureVersion
from procedures.spec import Spec
from procedures.versions import BROKEN

__all__ = ["EXTRA_ROWS", "TABS", "context_of", "tab_of"]

TABS = {
    "chung": gettext_lazy("Chung"),
    "to-khai": gettext_lazy("Tờ khai"),
    "giay-to": gettext_lazy("Giấy tờ"),
    "phi": gettext_lazy("Phí"),
    "quy-trinh": gettext_lazy("Quy trình"),
    "thoi-han": gettext_lazy("Thời hạn"),
    "ket-qua": gettext_lazy("Kết quả"),
    "loi-van": gettext_lazy("Lời văn"),
    "dinh-tuyen": gettext_lazy("Định tuyến"),
}
HEAD = {
    "chung": [
        "short_name", "name", "short_name_en", "summary", "field_of_law", "ministry", "audience", "family", "unit_kind",
        "weight", "legal_basis", "assumed", "note",
    ],
    "thoi-han": [
        "time_amount", "time_unit", "immediate", "supplement_days", "after_supplement", "payment_days",
    ],
    "ket-qua": ["result", "channels", "returns"],
    "dinh-tuyen": ["routing_field", "any_branch"],
}  # fmt: skip
LISTS = {
    "to-khai": ["sections", "fields"],
    "giay-to": ["documents"],
    "phi": ["fees", "exemptions"],
    "quy-trinh": ["steps", "items", "moves"],
}
_PART_TAB = {  # part of a Problem → tab
    "head": "chung", "form": "to-khai", "documents": "giay-to", "fees": "phi", "steps": "quy-trinh",
    "items": "quy-trinh", "moves": "quy-trinh", "time": "thoi-han", "texts": "loi-van", "routing": "dinh-tuyen",
}  # fmt: skip
LEADS = {
    "fields": gettext_lazy("Hỏi"), "documents": gettext_lazy("Cần"), "fees": gettext_lazy("Thu tiền"),
    "exemptions": gettext_lazy("Giảm"), "moves": gettext_lazy("Được chọn"),
}  # fmt: skip
TITLES = {
    "sections": (gettext_lazy("Các phần của tờ khai"), gettext_lazy("Thêm phần")),
    "fields": (gettext_lazy("Câu hỏi"), gettext_lazy("Thêm câu hỏi")),
    "documents": (gettext_lazy("Giấy tờ cần nộp"), gettext_lazy("Thêm giấy tờ")),
    "fees": (gettext_lazy("Khoản thu"), gettext_lazy("Thêm khoản thu")),
    "exemptions": (gettext_lazy("Miễn, giảm"), gettext_lazy("Thêm đối tượng")),
    "steps": (gettext_lazy("Các bước"), gettext_lazy("Thêm bước")),
    "items": (gettext_lazy("Việc của cơ quan khác trong một bước"), gettext_lazy("Thêm việc")),
    "moves": (gettext_lazy("Chuyển bước"), gettext_lazy("Thêm chuyển bước")),
}
WORDS = {
    "drag": gettext_lazy("Kéo để đổi chỗ"), "up": gettext_lazy("Đưa lên"), "down": gettext_lazy("Đưa xuống"),
    "remove": gettext_lazy("Xóa dòng này khi lưu"), "more": gettext_lazy("Chi tiết"), "position": ["position"],
}  # fmt: skip
# The way from a row's inputs to the key that a Problem gives it.
_ROW_KEY = {
    "sections": ("form", "{key}"), "fields": ("form", "{parent}.{key}"), "documents": ("documents", "{key}"),
    "fees": ("fees", "{key}"), "exemptions": ("fees", "{fee}.{key}"), "steps": ("steps", "{key}"),
    "items": ("items", "{step}.{key}"), "moves": ("moves", "{key}@{source}"),
}  # fmt: skip


@dataclass(frozen=True)
class Tab:
    """A tab: its name, how many problems stand in it, its inputs of the head and its lists of rows."""

    key: str
    name: str
    errors: int
    warnings: int
    head: list[Any]
    lists: list[Any]


@dataclass(frozen=True)
class Found:
    """A problem with the place on the page that it leads to."""

    sentence: str
    is_error: bool
    tab: str
    anchor: str


def context_of(version: ProcedureVersion, form, request) -> dict[str, Any]:
    """Everything the template shows of a version beside what Django admin gives it."""
    board: Board = request.board
    spec = readable(version)
    shown_spec = spec if not form.is_bound else _sent(version, board, request) or spec
    anchors = _anchor(board)
    _dress(board)
    routing = form.fields["routing_field"].widget
    routing.offered = Offered(board["fields"], "fields", "—", "ward", "address")
    routing.attrs |= {"data-offers": "fields", "data-kinds": "ward address"}  # a question just added is offered too
    if spec is not None:
        _say_conditions(board, shown_spec)
        if not version.released:
            saving.remember(version, spec)
    problems = _problems(version, spec, anchors) if not version.released else []
    conflict = None
    if form.in_conflict and spec is not None:
        conflict = saving.conflict_with(version, form.cleaned_data.get("edition") or 0, spec)
    tabs = _tabs(form, board, problems)
    return {
        "faults": sum(tab.errors for tab in tabs) if form.is_bound else 0,
        "title": _("%(name)s, phiên bản %(number)s") % {"name": version.short_name, "number": version.number},
        "subtitle": None,
        "version": version,
        "board": board,
        "problems": problems,
        "errors_found": sum(p.is_error for p in problems),
        "tabs": tabs,
        "conflict": conflict,
        "texts": _texts(shown_spec, request, form),
        "drawing": draw(shown_spec) if shown_spec else "",
        "sentences": describe(shown_spec) if shown_spec else [],
        "links": _links(version),
        "read_only": form.read_only,
        "may_copy": request.user.has_perm("procedures.change_procedureversion"),
        "sections": board["sections"].forms,
        "words": WORDS,
    }


def _sent(version, board: Board, request) -> Spec | None:
    try:
        return saving.spec_of(version, board)
    except BROKEN:
        return None


def _dress(board: Board) -> None:
    """Each list learns what its template says of it, and its blank row for scripts to copy."""
    for part, formset in board.parts.items():
        formset.title, formset.add_words = TITLES[part]
        formset.lead = LEADS.get(part, "")
        fields = formset.form.base_fields
        formset.titles = [fields[name].label for name in formset.form.compact]
        for form in formset.forms:
            form.is_deleted = form.is_bound and formset._should_delete_form(form)
        if not formset.read_only:
            formset.blank = formset.empty_form
            formset.blank.anchor = f"dong-{formset.blank.prefix}"


# --- tabs and problems ----------------------------------------------------------------------------------------------
def _tabs(form, board: Board, problems: list[Found]) -> list[Tab]:
    errors = Counter(p.tab for p in problems if p.is_error)
    warnings = Counter(p.tab for p in problems if not p.is_error)
    if form.is_bound:
        errors, warnings = Counter(), Counter()
        for tab, names in HEAD.items():
            errors[tab] += sum(name in form.errors for name in names)
        for tab, parts in LISTS.items():
            lists = [board[part] for part in parts]
            wrong = [sum(bool(row.errors) for row in one.standing()) for one in lists]
            errors[tab] += sum(n or bool(one.non_form_errors()) for n, one in zip(wrong, lists, strict=True))
    return [
        Tab(
            key, str(name), errors[key], warnings[key],
            [form[n] for n in HEAD.get(key, ())], [board[part] for part in LISTS.get(key, ())],
        )
        for key, name in TABS.items()
    ]  # fmt: skip


def tab_of(problem: checking.Problem) -> str:
    """The tab that holds what a problem is about."""
    return _PART_TAB.get(problem.part, "chung")


def _anchor(board: Board) -> dict[tuple[str, str], str]:
    """Give every row the id that problems link to; (part, key of a Problem) → id."""
    anchors: dict[tuple[str, str], str] = {}
    for name, (part, pattern) in _ROW_KEY.items():
        for form in board[name].forms:
            values = {n: shown(form, n) for n in ("key", "parent", "fee", "step", "source") if n in form.fields}
            form.anchor = f"dong-{form.prefix}"
            anchors.setdefault((part, pattern.format_map({"parent": "", **values}).lstrip(".")), form.anchor)
    return anchors


def _problems(version: ProcedureVersion, spec: Spec | None, anchors: dict) -> list[Found]:
    found = releasing.findings(version) if spec is None else checking.check(spec, checking.context_for(version))
    return [Found(p.message, p.is_error, tab_of(p), anchors.get((p.part, p.key), "")) for p in found]


# --- words ----------------------------------------------------------------------------------------------------------
def _say_conditions(board: Board, spec: Spec) -> None:
    """Each row learns its conditions and formulas in words: `form.words` by input."""
    for part, formset in board.parts.items():
        for form in formset.forms:
            form.words = {
                name: _said(getattr(form.instance, name), name, part, form, spec)
                for name in ("condition", "formula")
                if name in form.fields and getattr(form.instance, name)
            }


def _said(tree: Any, kind: str, part: str, form, spec: Spec) -> dict[str, str]:
    if any(conditions.problems(tree, formula=kind == "formula")):
        return {"unknown": _("Biểu thức đang lưu chưa đúng dạng, hãy viết lại.")}
    group = spec.fields.get(shown(form, "parent")) if part == "fields" else None
    lead = "" if kind == "formula" else str(LEADS.get(part, ""))
    return in_words(tree, kind, lead, spec, group.fields if group else ())


def _texts(spec: Spec | None, request, form) -> dict[str, list[tuple[str, str]]]:
    """Every text and its English; and the English of texts that the version no longer says."""
    if spec is None:
        return {"now": [], "past": []}
    english = dict(spec.english)
    if form.is_bound:
        english = dict(zip(request.POST.getlist("text_vi"), request.POST.getlist("text_en"), strict=False))
    now = spec.texts()
    said = set(now)
    return {
        "now": [(text, english.get(text, "")) for text in now],
        "past": [(text, en) for text, en in english.items() if text not in said and en],
        "missing": sum(not english.get(text) for text in now),
    }


# --- other pages ----------------------------------------------------------------------------------------------------
def _links(version: ProcedureVersion) -> list[tuple[str, str]]:
    wanted = [
        (_("Dòng thời gian"), "studio:timeline", [version.procedure_id]),
        (_("Làm thử"), "studio:try", [version.pk]),
        (_("So với bản đang dùng"), "studio:compare", [version.procedure_id]),
        (_("Tính thử phí"), "studio:calculator", [version.pk]),
        (_("Xuất YAML"), "admin:procedures_version_export", [version.pk]),
        (_("Đề nghị ban hành"), "studio:request", [version.pk]),
    ]
    if version.released:
        wanted.pop()
    return [(name, url) for name, view, args in wanted if (url := _url(view, args))]


def _url(view: str, args: list) -> str:
    """The address of a page of a higher floor, if that floor has it."""
    try:
        return reverse(view, args=args)
    except NoReverseMatch:
        return ""

"""What the page asks while it is edited: an expression in words, the process drawn from its rows, a new draft."""

import json
from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from procedures import releasing, versions
from procedures.admin import saving
from procedures.admin.inputs import plain_field
from procedures.admin.rows import Board
from procedures.checks.base import FACTS
from procedures.conditions import fields_of
from procedures.drawing import draw as draw_process
from procedures.explained import formula_words, words_of
from procedures.expressions import ExpressionError, parse, parse_formula
from procedures.spec import REPEATED, Field, Section, Spec

MAX_QUESTIONS, MAX_BODY = 1000, 1_000_000
PROCESS = ("steps", "items", "moves")


class EditorEndpoints:
    """Views of ProcedureVersionAdmin beside its pages. None of them changes a draft."""

    def version_or_404(self, request, version_id: int):
        version = self.get_object(request, str(version_id))
        if version is None:
            raise Http404
        if not self.has_view_or_change_permission(request, version):
            raise PermissionDenied
        return version

    def explain(self, request, version_id: int):
        """{text, kind, lead, parent, questions: [{key, label, kind, options, parent}]} → {words} or {error}."""
        if request.method != "POST" or len(request.body) > MAX_BODY:
            return HttpResponseBadRequest()
        self.version_or_404(request, version_id)
        try:
            asked = json.loads(request.body)
            spec = _questions_only(asked["questions"])
            text, kind = str(asked["text"]), asked["kind"]
            lead, parent = str(asked.get("lead", ""))[:60], str(asked.get("parent", ""))
        except (ValueError, TypeError, KeyError, AttributeError):
            return HttpResponseBadRequest()
        return JsonResponse(_explained(text, kind, lead, parent, spec))

    def draw(self, request, version_id: int):
        """The process as the rows of the page have it now, saved or not."""
        if request.method != "POST":
            return HttpResponseBadRequest()
        version = self.version_or_404(request, version_id)
        formsets = [
            formset(request.POST, instance=version, prefix=formset.get_default_prefix())
            for formset, _inline in self.get_formsets_with_inlines(request, version)
            if formset.part in PROCESS
        ]
        board = Board(formsets)
        if not all(formset.management_form.is_valid() for formset in formsets):
            return HttpResponseBadRequest()
        for formset in formsets:
            formset.is_valid()
        process = Spec.from_dict(
            {"sections": [], **dict.fromkeys(_TEXTS, ""), "time_amount": 0, **saving.process_of(board)}
        )
        spec = replace(versions.read(version.pk), steps=process.steps, moves=process.moves)
        return HttpResponse(draw_process(spec), content_type="text/html; charset=utf-8")

    def copy(self, request, version_id: int):
        """A new draft from any version, and its page."""
        version = self.version_or_404(request, version_id)
        if request.method != "POST" or not super().has_change_permission(request):
            raise PermissionDenied
        draft = releasing.copy_to_draft(version, by=request.user)
        self.message_user(request, _("Đã tạo bản nháp %(version)s.") % {"version": draft}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:procedures_procedureversion_change", args=[draft.pk]))


_TEXTS = (
    "code", "name", "short_name", "field_of_law", "ministry", "audience", "unit_kind", "family", "time_unit",
    "documents", "fees",
)  # fmt: skip


def _explained(text: str, kind: str, lead: str, parent: str, spec: Spec) -> dict[str, str]:
    if not text.strip():
        return {"words": ""}
    group = spec.fields.get(parent)
    try:
        tree = parse_formula(text) if kind == "formula" else parse(text)
    except ExpressionError as error:
        return {"error": error.message}
    return in_words(tree, kind, lead, spec, group.fields if group else ())


def in_words(tree, kind: str, lead: str, spec: Spec, row: tuple[Field, ...] = ()) -> dict[str, str]:
    """A sound expression in words, and the questions it names that the form does not have."""
    known = {*spec.fields, *(f.key for f in row), *FACTS}
    unknown = sorted({name for name in fields_of(tree) if name not in known})
    said = formula_words(tree, spec, row=row) if kind == "formula" else words_of(tree, spec, lead, row=row)
    if not unknown:
        return {"words": said}
    return {"words": said, "unknown": _("Tờ khai chưa có câu hỏi mang mã: %(keys)s.") % {"keys": ", ".join(unknown)}}


def _questions_only(rows) -> Spec:
    """A form of the questions that stand on the page, enough to say conditions in their words."""
    fields = [_question(row) for row in rows[:MAX_QUESTIONS]]
    inner: dict[str, list[Field]] = {}
    for row, field in zip(rows, fields, strict=False):
        inner.setdefault(str(row.get("parent") or ""), []).append(field)
    asked = tuple(
        replace(f, fields=tuple(inner.get(f.key, ()))) if f.kind in REPEATED else f for f in inner.get("", ())
    )
    return Spec(
        **dict.fromkeys(_TEXTS[:9], ""), time_amount=0, documents=(), fees=(), steps=(), moves=(),
        sections=(Section("s", "", asked),),
    )  # fmt: skip


def _question(row) -> Field:
    options = [(str(value), str(label)) for value, label in row.get("options") or ()][:300]
    field = plain_field(str(row.get("kind", "")), options)
    return replace(field, key=str(row["key"])[:60], label=str(row.get("label", ""))[:250])

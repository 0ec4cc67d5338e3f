"""What every page of a draft shows: what is done, what is missing, what it costs, when the result would come."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.models import Branch
from dossiers import routing
from dossiers.errors import Refusal
from dossiers.forms import QuestionsForm, controls
from dossiers.models import Attachment, Dossier
from dossiers.selectors import Promise, promise_of, visible
from dossiers.services.drafts import missing_documents
from dossiers.views.uploading import shown_file
from procedures.answers import FieldError, clean_answers, dropped, show, shown
from procedures.shown import Shown
from procedures.spec import Document, Field, Section, Spec
from procedures.versions import read
from procedures.words import name_of, spoken

LAST = "xem-lai"  # the key of the last task: no section can have it, theirs have no hyphen


@dataclass(frozen=True)
class Task:
    """One line of the task list. `kind` colours its tag; a task without address cannot be opened yet."""

    key: str
    title: str
    tag: str
    kind: str
    url: str
    done: bool


def next_task(tasks: Iterable[Task]) -> Task | None:
    return next((t for t in tasks if not t.done and t.url), None)


class Draft:
    """A draft with its version, read once for a page."""

    def __init__(self, dossier: Dossier, user):
        self.dossier, self.user = dossier, user
        self.spec: Spec = read(dossier.version_id)  # what is recorded
        self.said: Spec = spoken(self.spec)  # what is read

    def reload(self) -> None:
        """After something was saved: forget what was worked out before."""
        self.dossier = Dossier.everything.select_related("branch").get(pk=self.dossier.pk)
        for name in [n for n in vars(self) if isinstance(getattr(type(self), n, None), cached_property)]:
            del vars(self)[name]

    @property
    def pk(self) -> int:
        return self.dossier.pk

    @property
    def name(self) -> str:
        return name_of(self.spec)

    # --- answers ---------------------------------------------------------------------------------------------------
    @cached_property
    def _checked(self) -> tuple[dict[str, Any], list[FieldError]]:
        return clean_answers(self.said, self.dossier.answers)

    @property
    def answers(self) -> dict[str, Any]:
        return self._checked[0]

    @property
    def mistakes(self) -> list[FieldError]:
        return self._checked[1]

    def asked(self, section: Section, typed: dict[str, Any] | None = None) -> tuple[Field, ...]:
        """The section's questions that the answers, with `typed` over them, call for."""
        return self.said.asked(section, self.facts(typed))

    def facts(self, typed: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answers as far as they are right, with `typed` over them."""
        return visible(self.said, {**self.dossier.answers, **typed}) if typed else self.answers

    def form(self, section: Section, data=None, *, preserve: bool = False, changed: str = "") -> QuestionsForm:
        """The section's questions as they are asked now; `data` is what the page sent."""
        typed = QuestionsForm(section.fields, data=data).typed() if data is not None else None
        facts = self.facts(typed)
        form = QuestionsForm(
            self.said.asked(section, facts), answers=self.dossier.answers, data=data, facts=facts, files=self.files
        )
        url = reverse("dossiers:questions", args=[self.pk, section.key])
        return form.asks(controls(section.fields), url, preserve=preserve, changed=changed)

    @cached_property
    def sections(self) -> list[Section]:
        """Those that ask something."""
        return [s for s in self.said.sections if self.asked(s)]

    @cached_property
    def known(self) -> set[str]:
        """Questions answered from the account and not yet looked at."""
        unseen = {f.key for s in self.spec.sections if s.key not in self.dossier.done_sections for f in s.fields}
        return {k for k in unseen if k in self.answers and self.spec.fields[k].source.startswith("account.")}

    @cached_property
    def summary(self) -> list[tuple[Section, list[Shown]]]:
        """Every question with its answer as a person reads it."""
        parts = [(s, [f for f in self.asked(s) if f.kind != "note"]) for s in self.sections]
        return [(s, [show(f, self.answers.get(f.key), files=self.files) for f in some]) for s, some in parts if some]

    @cached_property
    def dropped(self) -> list[tuple[Field, str]]:
        """Answers given before, which later answers made superfluous: they are not submitted."""
        gone = dropped(self.said, self.dossier.answers, self.answers)
        return [(f, shown(f, self.dossier.answers[f.key])) for f in gone]

    # --- papers ----------------------------------------------------------------------------------------------------
    @cached_property
    def attachments(self) -> list[Attachment]:
        return list(self.dossier.attachments.present().select_related("file").order_by("pk"))

    @cached_property
    def files(self) -> dict[str, dict]:
        """The enclosed files by their id: some are answers."""
        return {str(a.file_id): shown_file(a) for a in self.attachments}

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        return self.said.asks(self.answers)

    @cached_property
    def missing(self) -> list[FieldError]:
        return missing_documents(self.said, self.answers, {a.requirement for a in self.attachments})

    @cached_property
    def papers(self) -> list[tuple[Document, list[Attachment]]]:
        return [(d, [a for a in self.attachments if a.requirement == d.key]) for d in self.documents]

    # --- where ------------------------------------------------------------------------------------------------------
    @cached_property
    def promise(self) -> Promise | None:
        return promise_of(self.spec, self.answers)

    @property
    def routing_section(self) -> Section:
        return next(s for s in self.said.sections if any(f.key == self.spec.routing_field for f in s.fields))

    @cached_property
    def default_branch(self) -> Branch | None:
        return routing.default_branch(self.spec, self.answers)

    @cached_property
    def branches(self):
        """The branches that may receive it: all that work, or the one of the place (DOMAIN §3.2)."""
        rows = Branch.objects.filter(is_active=True).order_by("number")
        if self.spec.any_branch:
            return rows
        return rows.filter(pk=self.default_branch.pk) if self.default_branch else rows.none()

    @property
    def delivery(self) -> dict:
        chosen = "delivery" in self.dossier.done_sections
        return {
            "branch": self.dossier.branch_id or (self.default_branch.pk if self.default_branch else None),
            "return_by": self.dossier.return_by if chosen else self.spec.returns[0],
            "return_address": self.dossier.return_address,
        }

    def _branch_is_right(self) -> bool:
        try:
            routing.check_branch(self.spec, self.answers, self.dossier.branch)
        except Refusal:
            return False
        return True

    # --- money ------------------------------------------------------------------------------------------------------
    @cached_property
    def fees(self) -> list:
        return self.said.fees_due(self.answers, "online")

    @property
    def amount(self) -> int:
        return sum(due.amount for due in self.fees)

    @property
    def fee_unsettled(self) -> bool:
        """There is a table of fees, and answers still open may change what is due."""
        return bool(self.spec.fees) and bool(self.mistakes)

    # --- the task list ------------------------------------------------------------------------------------------------
    @cached_property
    def tasks(self) -> list[Task]:
        tasks = [self._section_task(s) for s in self.sections]
        tasks += [self._documents_task(), self._delivery_task()]
        ready = all(t.done for t in tasks)
        last = Task(
            LAST, _("Xem lại và nộp"), _("Sẵn sàng") if ready else _("Chưa mở được"), "info" if ready else "",
            reverse("dossiers:review", args=[self.pk]) if ready else "", False,
        )  # fmt: skip
        return [*tasks, last]

    def _section_task(self, section: Section) -> Task:
        asked = {f.key for f in self.asked(section)}
        wrong = len({e.question for e in self.mistakes} & asked)
        done = section.key in self.dossier.done_sections and not wrong
        given = bool(asked & self.answers.keys())
        if done:
            tag, kind = _("Xong"), "ok"
        elif not wrong and given and asked & self.known:
            tag, kind = _("Lấy từ tài khoản, xem lại"), "info"
        elif wrong and given:
            tag, kind = ngettext("Còn %(n)d câu", "Còn %(n)d câu", wrong) % {"n": wrong}, "wait"
        else:
            tag, kind = _("Chưa làm"), ""
        return Task(
            section.key, section.title, tag, kind, reverse("dossiers:section", args=[self.pk, section.key]), done
        )

    def _documents_task(self) -> Task:
        required = sum(d.required for d in self.documents)
        if self.missing:
            tag = _("Thiếu %(n)d trong %(all)d") % {"n": len(self.missing), "all": required}
        elif required:
            tag = _("Đã đủ")
        else:
            tag = _("Không bắt buộc")
        url = reverse("dossiers:documents", args=[self.pk])
        kind = "wait" if self.missing else "ok"
        return Task("documents", _("Giấy tờ kèm theo"), tag, kind, url, not self.missing)

    def _delivery_task(self) -> Task:
        chosen = "delivery" in self.dossier.done_sections and self.dossier.branch is not None
        done = chosen and self._branch_is_right()
        tag = _("Xong") if done else _("Chọn lại chi nhánh") if chosen else _("Chưa làm")
        kind = "ok" if done else "wait" if chosen else ""
        url = reverse("dossiers:delivery", args=[self.pk])
        return Task("delivery", _("Nơi nhận kết quả"), tag, kind, url, done)

    # --- mistakes with the place to mend them ------------------------------------------------------------
    def located(self, errors: Iterable[FieldError]) -> list[tuple[str, str]]:
        """(message, address) of each mistake."""
        return [(e.message, self._where(e.field)) for e in errors]

    def _where(self, field: str) -> str:
        if field == "declare":
            return "#declare"
        if field.startswith("file") and field.partition(".")[0] not in self.spec.fields:
            return reverse("dossiers:documents", args=[self.pk])
        if field == "branch":
            return reverse("dossiers:delivery", args=[self.pk])
        for section in self.spec.sections:
            if any(f.key == field.partition(".")[0] for f in section.fields):
                return reverse("dossiers:section", args=[self.pk, section.key]) + f"#id_{field.replace('.', '-')}"
        return reverse("dossiers:draft", args=[self.pk])

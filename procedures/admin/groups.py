"""Shared groups of questions: their wordings, and the drafts that still have an older one."""

from collections import Counter

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.services import Actor
from procedures import drafts, groups
from procedures.admin.group_form import GroupForm, NewGroupForm, QuestionFormSet, formset_of
from procedures.models import FieldGroup, FieldGroupVersion


@admin.register(FieldGroup)
class FieldGroupAdmin(admin.ModelAdmin):
    """A saved change is a new version of the group. Released procedures keep theirs; drafts are offered the new one."""

    list_display = ["title", "key", "newest", "questions", "using", "behind"]
    search_fields = ["key", "title"]
    ordering = ["title"]
    list_per_page = 100

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("versions")

    def get_changelist_instance(self, request):
        """The drafts of all groups are counted in one query for each column, not one for each group."""
        changelist = super().get_changelist_instance(request)
        sections = groups.sections_in_drafts()
        using = Counter(sections.values_list("group", flat=True))
        behind = Counter(sections.filter(group_version__lt=F("newest")).values_list("group", flat=True))
        for group in changelist.result_list:
            group.in_drafts, group.in_old_drafts = using[group.pk], behind[group.pk]
        return changelist

    @admin.display(description=_("phiên bản"))
    def newest(self, group: FieldGroup) -> int:
        return max((version.number for version in group.versions.all()), default=0)

    @admin.display(description=_("số câu hỏi"))
    def questions(self, group: FieldGroup) -> int:
        last = max(group.versions.all(), key=lambda version: version.number, default=None)
        return len(last.fields) if last else 0

    @admin.display(description=_("bản nháp đang dùng"))
    def using(self, group: FieldGroup) -> int:
        return group.in_drafts

    @admin.display(description=_("bản nháp dùng bản cũ"))
    def behind(self, group: FieldGroup) -> int:
        return group.in_old_drafts

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def get_urls(self):
        view = self.admin_site.admin_view(self.drafts_view)
        return [path("<slug:key>/ban-nhap/", view, name="procedures_fieldgroup_drafts"), *super().get_urls()]

    # --- a wording ------------------------------------------------------------------------------------------------
    def changeform_view(self, request, object_id=None, form_url="", extra_context=None) -> HttpResponse:
        group = get_object_or_404(FieldGroup, pk=object_id) if object_id else None
        may_change = self.has_change_permission(request, group) if group else self.has_add_permission(request)
        if not may_change and not (group and self.has_view_permission(request, group)):
            raise PermissionDenied
        last = groups.latest(group) if group else None
        if request.method == "POST" and not may_change:
            raise PermissionDenied
        form, questions = _forms(request, group, last)
        if not may_change:
            _lock(form, *questions)
        if request.method == "POST" and _valid(form, questions):
            group = group or FieldGroup(pk=form.cleaned_data["key"], title=form.cleaned_data["title"])
            if made := self._saved(request, group, form, questions):
                return self._after(request, made)
        return self._page(
            request, "group.html", str(group or gettext("Nhóm câu hỏi mới")), group=group, last=last, form=form,
            questions=questions, may_change=may_change, versions=group.versions.order_by("-number") if group else [],
            behind=groups.drafts_using(group).count() if group else 0,
        )  # fmt: skip

    def _saved(self, request, group: FieldGroup, form: GroupForm, questions) -> FieldGroupVersion | None:
        said = form.cleaned_data
        try:
            with transaction.atomic():
                group.save(force_insert=group._state.adding)
                return groups.new_version(
                    group, title=said["title"], prefix=said["prefix"], fields=questions.questions(), note=said["note"],
                    by=request.user, actor=Actor.of(request),
                )  # fmt: skip
        except groups.GroupError as error:
            for problem in error.problems:
                form.add_error(None, problem)
            return None

    def _after(self, request, made: FieldGroupVersion) -> HttpResponse:
        name = {"title": made.title, "number": made.number}
        self.message_user(request, gettext("Đã lưu nhóm “%(title)s”, phiên bản %(number)s.") % name, messages.SUCCESS)
        if groups.drafts_using(made.group).exists():
            return redirect(reverse("admin:procedures_fieldgroup_drafts", args=[made.group_id]))
        return redirect(reverse("admin:procedures_fieldgroup_change", args=[made.group_id]))

    # --- the drafts behind ----------------------------------------------------------------------------------------
    def drafts_view(self, request: HttpRequest, key: str) -> HttpResponse:
        group = get_object_or_404(FieldGroup, pk=key)
        if not self.has_view_permission(request, group):
            raise PermissionDenied
        if request.method == "POST":
            return self._update(request, group)
        return self._page(
            request, "group_drafts.html", gettext("Bản nháp dùng bản cũ của nhóm"), group=group,
            last=groups.latest(group), plans=[_plan(section) for section in groups.drafts_using(group)],
            may_change=self.has_change_permission(request, group),
        )  # fmt: skip

    def _update(self, request, group: FieldGroup) -> HttpResponse:
        if not self.has_change_permission(request, group):
            raise PermissionDenied
        chosen = request.POST.get("section", "")
        section = groups.drafts_using(group).filter(pk=chosen).first() if chosen.isdecimal() else None
        if section is None:
            raise Http404
        try:
            said = groups.update_draft(section, by=request.user, actor=Actor.of(request))
        except (groups.GroupError, drafts.NotADraft) as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            name = gettext("Đã cập nhật %(version)s.") % {"version": section.version}
            self.message_user(request, " ".join([name, *said]), messages.SUCCESS)
        return redirect(reverse("admin:procedures_fieldgroup_drafts", args=[group.pk]))

    def _page(self, request, template: str, title: str, **context) -> HttpResponse:
        return TemplateResponse(
            request, f"admin/procedures/{template}",
            {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context},
        )  # fmt: skip


def _forms(request, group: FieldGroup | None, last: FieldGroupVersion | None) -> tuple[GroupForm, QuestionFormSet]:
    data = request.POST if request.method == "POST" else None
    known = {"title": last.title, "prefix": last.prefix} if last else {}
    form = GroupForm(data, initial=known) if group else NewGroupForm(data)
    return form, formset_of(last, data)


def _lock(*forms) -> None:
    """For those who may only look."""
    for field in (field for form in forms for field in form.fields.values()):
        field.disabled = True


def _valid(form: GroupForm, questions: QuestionFormSet) -> bool:
    good = questions.is_valid()  # both, so that everything is said at once
    return form.is_valid() and good


def _plan(section) -> dict:
    """A draft's section with the preview of its update, or why there is none."""
    try:
        return {"section": section, "said": groups.plan_update(section).merged.said, "problem": ""}
    except groups.GroupError as error:
        return {"section": section, "said": [], "problem": str(error)}

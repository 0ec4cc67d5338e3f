"""Pages that begin something: a new procedure, a section from a shared group, a process from a template.

`NewThings` adds them to the admin of procedures; the pages of a draft hang under it too, at ban-nhap/<version>/.
"""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.services import Actor
from branches.models import FieldOfLaw, UnitKind
from procedures import blank, drafts, groups
from procedures.admin.inputs import Text
from procedures.loading import field_named
from procedures.models import FieldGroup, Procedure, ProcedureVersion


class NewProcedureForm(forms.Form):
    code = forms.CharField(
        label=_("Mã thủ tục"), max_length=8, help_text=_("Mã trong danh mục quốc gia, ví dụ 1.015020."),
        validators=[RegexValidator(r"^\d\.\d{6}$", _("Mã có dạng 1.234567: một chữ số, dấu chấm, sáu chữ số."))],
    )  # fmt: skip
    name = Text(label=_("Tên đầy đủ"), required=True, multiline=True, max_length=1000)
    short_name = Text(
        label=_("Tên thường gọi"), required=True, max_length=110, help_text=_("Ngắn và dễ hiểu, người dân đọc tên này.")
    )
    field_of_law = Text(
        label=_("Lĩnh vực"), required=True, max_length=120, help_text=_("Chọn trong danh sách; chưa có thì gõ tên mới.")
    )
    audience = forms.ChoiceField(label=_("Đối tượng"), choices=Procedure._meta.get_field("audience").choices)
    unit_kind = forms.ChoiceField(label=_("Cơ quan giải quyết"), choices=UnitKind.choices)
    ministry = Text(label=_("Bộ ban hành"), max_length=150)
    template = forms.ChoiceField(
        label=_("Bắt đầu từ mẫu quy trình"), widget=forms.RadioSelect, choices=blank.templates, initial=blank.BLANK
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["field_of_law"].widget.attrs["list"] = "fields-of-law"
        self.fields["short_name"].widget.attrs["class"] = self.fields["code"].widget.attrs["class"] = "vTextField"

    def clean_code(self) -> str:
        if Procedure.objects.filter(code=self.cleaned_data["code"]).exists():
            raise forms.ValidationError(gettext("Đã có thủ tục mang mã này."))
        return self.cleaned_data["code"]


class GroupSectionForm(forms.Form):
    group = forms.ModelChoiceField(label=_("Nhóm dùng chung"), queryset=FieldGroup.objects.order_by("title"))
    title = Text(label=_("Tiêu đề của phần"), max_length=150, help_text=_("Để trống thì lấy tiêu đề của nhóm."))
    prefix = Text(
        label=_("Tiền tố"), max_length=30,
        help_text=_("Đứng trước mã các câu hỏi, để dùng một nhóm nhiều lần, ví dụ: mother. Để trống thì lấy của nhóm."),
    )  # fmt: skip


class TemplateForm(forms.Form):
    template = forms.ChoiceField(label=_("Mẫu quy trình"), widget=forms.RadioSelect, choices=blank.templates)


class NewThings(admin.ModelAdmin):
    """Mixed into the admin of procedures: its “add” page, and the pages that put something into a draft."""

    def has_add_permission(self, request) -> bool:
        return request.user.has_perm("procedures.add_procedure")

    def get_urls(self):
        def at(address: str, view, name: str):
            return path(address, self.admin_site.admin_view(view), name=name)

        return [
            at("ban-nhap/<int:version_id>/them-nhom/", self.add_group_view, "procedures_add_group"),
            at("ban-nhap/<int:version_id>/mau-quy-trinh/", self.template_view, "procedures_change_template"),
            *super().get_urls(),
        ]

    # --- a new procedure ------------------------------------------------------------------------------------------
    def add_view(self, request: HttpRequest, form_url="", extra_context=None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        looking = "_look" in request.POST or request.method == "GET"
        form = NewProcedureForm(initial=_known(request)) if looking else NewProcedureForm(request.POST)
        if not looking and form.is_valid() and (version := self._created(request, form)):
            self.message_user(
                request, gettext("Đã tạo thủ tục và bản nháp đầu tiên. Anh/chị sửa tiếp ở đây."), messages.SUCCESS
            )
            return redirect("admin:procedures_procedureversion_change", version.pk)
        fields = FieldOfLaw.objects.order_by("name").values_list("name", flat=True)
        return self._page(request, "new.html", gettext("Thủ tục mới"), form=form, fields_of_law=fields)

    def _created(self, request, form: NewProcedureForm) -> ProcedureVersion | None:
        said = dict(form.cleaned_data)
        template = said.pop("template")
        try:
            return blank.create_procedure(
                blank.Head(**said), template=template, by=request.user, actor=Actor.of(request)
            )  # fmt: skip
        except blank.BlankError as error:
            form.add_error(error.field, str(error))
            return None

    # --- a section from a shared group ----------------------------------------------------------------------------
    def add_group_view(self, request: HttpRequest, version_id: int) -> HttpResponse:
        version = self._draft(request, version_id)
        form = GroupSectionForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and self._section_added(request, version, form):
            return _to_draft(version)
        return self._page(
            request, "add_group.html", gettext("Thêm phần từ nhóm dùng chung"), form=form, version=version,
            groups=_with_questions(),
        )  # fmt: skip

    def _section_added(self, request, version: ProcedureVersion, form: GroupSectionForm) -> bool:
        try:
            section = groups.add_section(
                version, form.cleaned_data["group"], prefix=form.cleaned_data["prefix"],
                title=form.cleaned_data["title"], by=request.user, actor=Actor.of(request),
            )  # fmt: skip
        except (groups.GroupError, drafts.NotADraft) as error:
            form.add_error(None if isinstance(error, drafts.NotADraft) else "prefix", str(error))
            return False
        self.message_user(request, gettext("Đã thêm phần “%(title)s”.") % {"title": section.title}, messages.SUCCESS)
        return True

    # --- another process ------------------------------------------------------------------------------------------
    def template_view(self, request: HttpRequest, version_id: int) -> HttpResponse:
        version = self._draft(request, version_id)
        form = TemplateForm(request.POST or None, initial={"template": version.family})
        confirmed = request.method == "POST" and form.is_valid() and "_confirmed" in request.POST
        if confirmed:
            blank.apply_template(
                version, form.cleaned_data["template"], by=request.user, actor=Actor.of(request)
            )  # fmt: skip
            self.message_user(request, gettext("Đã thay quy trình của bản nháp bằng mẫu."), messages.SUCCESS)
            return _to_draft(version)
        chosen = (
            dict(blank.templates()).get(form.cleaned_data["template"]) if form.is_bound and form.is_valid() else None
        )
        return self._page(
            request, "change_template.html", gettext("Thay quy trình bằng mẫu"), form=form, version=version,
            chosen=chosen, losses=blank.losses(version),
        )  # fmt: skip

    # --- what they share ------------------------------------------------------------------------------------------
    def _draft(self, request, version_id: int) -> ProcedureVersion:
        if not request.user.has_perm("procedures.change_procedureversion"):
            raise PermissionDenied
        drafts_only: QuerySet = ProcedureVersion.objects.filter(releases=None).select_related("procedure")
        return get_object_or_404(drafts_only, pk=version_id)

    def _page(self, request, template: str, title: str, **context) -> HttpResponse:
        return TemplateResponse(
            request, f"admin/procedures/{template}",
            {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context},
        )  # fmt: skip


def _known(request) -> dict[str, str]:
    """What was typed so far, with the names of the national catalogue where nothing was typed."""
    typed = {name: value for name, value in request.POST.items() if value}
    code = typed.get("code") or request.GET.get("code", "")
    entry = blank.national(code.strip())
    if entry is None:
        if "_look" in request.POST:
            messages.warning(request, gettext("Không thấy mã này trong danh mục quốc gia."))
        return typed | {"code": code}
    field = field_named(entry.field)
    found = {
        "code": entry.code, "name": entry.name, "short_name": entry.name[:110], "ministry": entry.issuing_body[:150],
        "field_of_law": field.name if field else entry.field[:120],
    }  # fmt: skip
    if entry.audience in dict(Procedure._meta.get_field("audience").choices):
        found["audience"] = entry.audience
    return found | typed


def _with_questions() -> list[dict]:
    """Every group with its questions, to choose from."""
    found = []
    for group in FieldGroup.objects.prefetch_related("versions").order_by("title"):
        last = max(group.versions.all(), key=lambda version: version.number, default=None)
        if last:
            labels = [question["label"] for question in last.fields]
            found.append({"title": group.title, "key": group.pk, "prefix": last.prefix, "labels": labels})
    return found


def _to_draft(version: ProcedureVersion) -> HttpResponse:
    return redirect(reverse("admin:procedures_procedureversion_change", args=[version.pk]))

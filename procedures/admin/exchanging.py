"""Procedures out of the admin as files, and files into it as drafts: uploaded, previewed, confirmed."""

import secrets

from django import forms
from django.contrib import admin, messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.services import Actor, record
from procedures import exchange, exporting, importing, uploads, versions
from procedures.exchange import ExchangeError
from procedures.models import Procedure, ProcedureVersion

_KEPT = 3600  # seconds between the preview and its confirmation


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several."""

    def clean(self, data, initial=None):
        each = data if isinstance(data, list) else [data]
        return [super(FilesField, self).clean(one, initial) for one in each]


class ImportForm(forms.Form):
    files = FilesField(
        label=_("Tệp YAML"),
        widget=SeveralFiles(attrs={"multiple": True, "accept": ".yaml,.yml,.zip"}),
        help_text=_("Một hay nhiều tệp .yaml, hoặc tệp .zip của một thư mục danh mục."),
    )


class Exchange(admin.ModelAdmin):
    """Mixed into the admin of procedures."""

    def get_urls(self):
        def at(address: str, view, name: str):
            return path(address, self.admin_site.admin_view(view), name=name)

        return [
            at("nhap/", self.import_view, "procedures_import"),
            at("<int:procedure_id>/xuat/", self.export_view, "procedures_export"),
            at("phien-ban/<int:version_id>/xuat/", self.export_version_view, "procedures_version_export"),
            *super().get_urls(),
        ]

    # --- out ------------------------------------------------------------------------------------------------------
    def export_view(self, request: HttpRequest, procedure_id: int) -> HttpResponse:
        procedure = get_object_or_404(Procedure, pk=procedure_id)
        spec = exchange.spec_to_export(procedure)
        if spec is None:
            messages.warning(request, gettext("Thủ tục này chưa có phiên bản nào."))
            return redirect("admin:procedures_procedure_change", procedure_id)
        return self._download(request, procedure, spec, f"{procedure.code}.yaml")

    def export_version_view(self, request: HttpRequest, version_id: int) -> HttpResponse:
        version = get_object_or_404(ProcedureVersion.objects.select_related("procedure"), pk=version_id)
        name = f"{version.procedure.code}-v{version.number}.yaml"
        return self._download(request, version.procedure, versions.read(version_id), name)

    def _download(self, request, procedure: Procedure, spec, name: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        text = exchange.dump(spec, exchange.entry_of(procedure, spec))
        return HttpResponse(text, "application/yaml; charset=utf-8", headers=_as(name))

    @admin.action(description=_("Xuất YAML (tệp nén)"), permissions=["view"])
    def export_zip(self, request, queryset) -> HttpResponse:
        files = [(f"procedures/{code}.yaml", text) for code, text in exporting.procedure_files(queryset)]
        record(chain="catalogue", act="export_catalogue", actor=Actor.of(request), after={"procedures": len(files)})
        return HttpResponse(uploads.zipped(files), "application/zip", headers=_as("thu-tuc.zip"))

    # --- in -------------------------------------------------------------------------------------------------------
    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("procedures.change_procedure"):
            raise PermissionDenied
        if request.method == "POST" and "preview" in request.POST:
            return self._imported(request, request.POST["preview"])
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            return self._previewed(request, form)
        return self._import_page(request, form)

    def _previewed(self, request, form: ImportForm) -> HttpResponse:
        try:
            files = uploads.files_of(form.cleaned_data["files"])
        except ExchangeError as error:
            return self._import_page(request, form, problems=error.problems)
        plan = importing.plan(files)
        return self._import_page(request, form, plan=plan, preview=self._keep(request, files, plan))

    def _keep(self, request, files: dict[str, bytes], plan: importing.Plan) -> str:
        """Lay the files by under a name that only this page knows; what was previewed is what is imported."""
        if plan.problems or not plan.changes:
            return ""
        token = secrets.token_urlsafe(24)
        cache.set(_key(request, token), {"files": files, "fingerprint": plan.fingerprint}, _KEPT)
        return token

    def _imported(self, request, token: str) -> HttpResponse:
        kept = cache.get(_key(request, token[:64])) if token.isascii() else None
        if kept is None:
            messages.error(request, gettext("Bản xem trước đã hết hạn. Hãy chọn lại tệp."))
            return redirect("admin:procedures_import")
        try:
            plan = importing.apply(
                kept["files"], by=request.user, actor=Actor.of(request), previewed=kept["fingerprint"]
            )
        except importing.PlanChanged as error:
            messages.warning(request, gettext("Danh mục đã thay đổi sau khi xem trước. Hãy xem lại rồi xác nhận."))
            preview = self._keep(request, kept["files"], error.plan)
            return self._import_page(request, ImportForm(), plan=error.plan, preview=preview)
        except ExchangeError as error:
            return self._import_page(request, ImportForm(), problems=error.problems)
        cache.delete(_key(request, token[:64]))
        new, drafts = len(plan.of_kind("new")), len(plan.of_kind("draft"))
        said = gettext("Đã tạo %(new)d thủ tục mới và %(drafts)d bản nháp. Chưa có gì được ban hành.")
        messages.success(request, said % {"new": new, "drafts": drafts})
        return redirect("admin:procedures_procedureversion_changelist")

    def _import_page(
        self, request, form: ImportForm, *, plan: importing.Plan | None = None, problems=(), preview: str = ""
    ) -> HttpResponse:
        problems = [*problems, *(plan.problems if plan else ())]
        return self._page(
            request, "import.html", gettext("Nhập thủ tục từ tệp YAML"), form=form,
            plan=None if problems else plan, problems=problems, preview=preview,
        )  # fmt: skip


def _key(request, token: str) -> str:
    return f"import:{request.user.pk}:{token}"


def _as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}

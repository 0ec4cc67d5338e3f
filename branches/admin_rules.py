"""Postings out of a file, in Django admin: uploaded, every line judged, confirmed with the second factor, stored."""

import base64
import json
import time
import zlib

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.second_factor import ask_again, is_fresh
from audit.services import Actor
from branches import importing, people, sheets
from keys.ring import CannotOpen, hide, show

KEPT = 3600  # seconds between the preview and its confirmation
SAMPLE = (
    "Người,Họ và tên,Vai trò,Mã đơn vị,Từ ngày,Đến ngày,Cơ quan cử\r\n"
    "canbo@example.com,Nguyễn Văn An,Cán bộ tiếp nhận,CN01,01/12/2026,30/11/2027,UBND quận Ba Đình (cũ)\r\n"
)


class PostingFileForm(forms.Form):
    file = forms.FileField(
        label=_("Tệp CSV hoặc XLSX"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        help_text=_("Mỗi dòng một phân công; dòng đầu là tên cột như tệp mẫu. Tối đa 2 MB, 2.000 dòng."),
    )

    def clean_file(self) -> list:
        """The lines of the file."""
        upload = self.cleaned_data["file"]
        if upload.size > sheets.MAX_BYTES:  # before it is in memory
            raise forms.ValidationError(gettext("Tệp quá lớn: tối đa 2 MB."))
        try:
            return sheets.rows_of(upload.read())
        except sheets.SheetError as error:
            raise forms.ValidationError(str(error)) from None


class PostingImport:
    """Mixed into the admin of postings."""

    change_list_template = "admin/branches/posting_list.html"

    def get_urls(self):
        def at(address: str, view, name: str):
            return path(address, self.admin_site.admin_view(view), name=name)

        return [
            at("nhap/", self.import_view, "branches_posting_import"),
            at("nhap/tep-mau/", self.sample_view, "branches_posting_sample"),
            *super().get_urls(),
        ]

    def sample_view(self, request: HttpRequest) -> HttpResponse:
        self._check(request)
        headers = {"Content-Disposition": 'attachment; filename="phan-cong.csv"'}
        return HttpResponse("\ufeff" + SAMPLE, "text/csv; charset=utf-8", headers=headers)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        self._check(request)
        if request.method == "POST" and "preview" in request.POST:
            return self._imported(request) if is_fresh(request) else ask_again(request)
        form = PostingFileForm(request.POST or None, request.FILES or None)
        if request.method != "POST" or not form.is_valid():
            return self._import_page(request, form)
        rows = form.cleaned_data["file"]
        found = importing.plan(rows, by=request.user)
        kept = _keep(request, rows) if found.lines and not found.problems else ""
        return self._import_page(request, form, plan=found, problems=found.problems, preview=kept)

    def _check(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied

    def _imported(self, request: HttpRequest) -> HttpResponse:
        rows = _kept(request)
        if rows is None:
            messages.error(request, gettext("Bản xem trước đã hết hạn. Hãy chọn lại tệp."))
            return redirect("admin:branches_posting_import")
        try:
            found = importing.apply(rows, by=request.user, actor=Actor.of(request))
        except importing.ImportRefused as refused:
            return self._import_page(request, PostingFileForm(), problems=refused.problems)
        for member in found.letters:
            people.send_password_link(request, member)
        said = gettext("Đã ghi %(new)d phân công mới, lập %(accounts)d tài khoản; %(same)d dòng đã có từ trước.")
        messages.success(
            request, said % {"new": len(found.lines), "accounts": len(found.letters), "same": found.unchanged}
        )
        return redirect("admin:branches_posting_changelist")

    def _import_page(self, request: HttpRequest, form: PostingFileForm, **context) -> HttpResponse:
        title = gettext("Nhập phân công từ tệp")
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "form": form, **context}
        status = 422 if form.errors or context.get("problems") else 200
        return TemplateResponse(request, "admin/branches/posting_import.html", context, status=status)


def _place(request: HttpRequest) -> str:
    return f"branches.posting.import:{request.user.pk}"


def _keep(request: HttpRequest, rows: list) -> str:
    """What was previewed is what is confirmed: the lines travel with the page, sealed for this person."""
    text = json.dumps([time.time(), rows], ensure_ascii=False)
    return hide(base64.b64encode(zlib.compress(text.encode())).decode(), place=_place(request))


def _kept(request: HttpRequest) -> list | None:
    try:
        text = zlib.decompress(base64.b64decode(show(request.POST["preview"], place=_place(request))))
    except (CannotOpen, ValueError, zlib.error):
        return None
    at, rows = json.loads(text)
    return [(number, cells) for number, cells in rows] if time.time() - at < KEPT else None

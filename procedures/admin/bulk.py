"""The admin's page of one act on many procedures: chosen by hand or by field of law, previewed, confirmed."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.services import Actor
from branches.models import FieldOfLaw, UnitKind
from procedures import bulk, releasing
from procedures.models import TIME_UNITS, Procedure
from worktime import now

ACTS = [
    ("time", _("Đổi thời hạn")),
    ("unit", _("Đổi cơ quan giải quyết")),
    ("retire", _("Ngừng tiếp nhận")),
]


class BulkForm(forms.Form):
    field_of_law = forms.ModelChoiceField(
        label=_("Lĩnh vực"), required=False, queryset=FieldOfLaw.objects.order_by("name"),
        help_text=_("Mọi thủ tục đang áp dụng của lĩnh vực này."),
    )  # fmt: skip
    act = forms.ChoiceField(label=_("Việc cần làm"), choices=ACTS, widget=forms.RadioSelect)
    time_amount = forms.IntegerField(label=_("Thời hạn mới"), required=False, min_value=1, max_value=1000)
    time_unit = forms.ChoiceField(label=_("Tính theo"), required=False, choices=TIME_UNITS, initial="WORKING_DAY")
    unit_kind = forms.ChoiceField(label=_("Cơ quan mới"), required=False, choices=[("", "—"), *UnitKind.choices])
    at = forms.SplitDateTimeField(
        label=_("Ngừng từ lúc"), required=False, widget=admin.widgets.AdminSplitDateTime,
        help_text=_("Để trống thì ngừng ngay khi xác nhận."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Lý do, căn cứ"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Thành ghi chú thay đổi của từng bản nháp và được lưu vào nhật ký."),
    )  # fmt: skip

    def __init__(self, *args, chosen: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.chosen = chosen
        if chosen:
            del self.fields["field_of_law"]

    def clean(self) -> dict[str, Any]:
        said, act = self.cleaned_data, self.cleaned_data.get("act")
        if not self.chosen and not said.get("field_of_law"):
            self.add_error("field_of_law", gettext("Hãy chọn lĩnh vực."))
        if act == "time" and not said.get("time_amount") and "time_amount" not in self.errors:
            self.add_error("time_amount", gettext("Hãy ghi thời hạn mới."))
        if act == "unit" and not said.get("unit_kind"):
            self.add_error("unit_kind", gettext("Hãy chọn cơ quan."))
        if act == "retire" and said.get("at") and said["at"] <= now():
            self.add_error("at", gettext("Thời điểm ngừng phải ở phía trước."))
        return said

    def to_do(self) -> bulk.Act:
        said = self.cleaned_data
        if said["act"] == "time":
            return bulk.time_limit(said["time_amount"], said["time_unit"])
        return bulk.unit_kind(said["unit_kind"]) if said["act"] == "unit" else bulk.retire(said["at"])


class Bulk(admin.ModelAdmin):
    """Mixed into the admin of procedures."""

    def get_urls(self):
        return [
            path("hang-loat/", self.admin_site.admin_view(self.bulk_view), name="procedures_bulk"),
            *super().get_urls(),
        ]

    @admin.action(description=_("Đổi hoặc ngừng hàng loạt…"), permissions=["change"])
    def change_many(self, request, queryset) -> HttpResponse:
        query = QueryDict(mutable=True)
        query.setlist("id", queryset.order_by("code").values_list("pk", flat=True))
        return redirect(f"{reverse('admin:procedures_bulk')}?{query.urlencode()}")

    def bulk_view(self, request: HttpRequest) -> HttpResponse:
        if not releasing.may_decide(request.user):
            raise PermissionDenied
        ids = [int(pk) for pk in request.GET.getlist("id") if pk.isdecimal() and len(pk) < 10]
        form = BulkForm(request.POST or None, chosen=bool(ids))
        plan = None
        if request.method == "POST" and form.is_valid():
            procedures = _among(ids, form)
            if "previewed" in request.POST and self._done(request, procedures, form):
                return redirect("admin:procedures_procedureversion_changelist")
            plan = bulk.plan(procedures, form.to_do())
        return self._page(
            request, "bulk.html", gettext("Đổi hoặc ngừng nhiều thủ tục"), form=form, plan=plan,
            chosen=Procedure.objects.filter(pk__in=ids).order_by("code"),
        )  # fmt: skip

    def _done(self, request, procedures: list[Procedure], form: BulkForm) -> bool:
        try:
            made = bulk.do(
                procedures, form.to_do(), by=request.user, reason=form.cleaned_data["reason"],
                previewed=request.POST["previewed"], actor=Actor.of(request),
            )  # fmt: skip
        except bulk.PlanChanged:
            messages.warning(request, gettext("Danh mục hoặc lựa chọn đã thay đổi. Hãy xem lại rồi xác nhận."))
            return False
        except releasing.NotReleasable as error:
            for problem in error.problems:
                messages.error(request, problem)
            return False
        said = gettext("Đã ngừng %(n)d thủ tục.") if made.act.change is None else gettext("Đã tạo %(n)d bản nháp.")
        messages.success(request, said % {"n": len(made.doing)})
        return True


def _among(ids: list[int], form: BulkForm) -> list[Procedure]:
    every = Procedure.objects.select_related("published").order_by("code")
    if ids:
        return list(every.filter(pk__in=ids))
    return list(every.filter(field_of_law=form.cleaned_data["field_of_law"]).exclude(published=None))

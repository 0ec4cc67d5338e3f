"""What an admin writes when a version is asked for, a procedure stopped, or a dossier moved."""

from datetime import datetime, time

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from worktime import now

_LONG = {"rows": 3, "cols": 80}


class FirstMomentField(forms.DateField):
    """A day from tomorrow on, as the first moment of it in Hanoi; nothing typed means at once (None)."""

    def __init__(self, *, too_early: str, **kwargs):
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(required=False, widget=widget, **kwargs)
        self.too_early = too_early

    def clean(self, value) -> datetime | None:
        day = super().clean(value)
        if day and day <= timezone.localdate(now()):
            raise forms.ValidationError(self.too_early)
        return timezone.make_aware(datetime.combine(day, time.min)) if day else None


class RequestForm(forms.Form):
    """Asking that a version come into force."""

    starts_on = FirstMomentField(
        label=_("Áp dụng từ ngày"),
        help_text=_("Để trống là áp dụng ngay khi được duyệt. Chọn ngày thì áp dụng từ 0 giờ ngày đó."),
        too_early=_("Ngày áp dụng phải từ ngày mai trở đi."),
    )
    legal_ground = forms.CharField(
        label=_("Căn cứ pháp lý"), max_length=1000, widget=forms.Textarea(attrs={**_LONG, "rows": 2})
    )
    reason = forms.CharField(label=_("Lý do"), max_length=2000, widget=forms.Textarea(attrs=_LONG))
    accepted_warnings = forms.CharField(
        label=_("Vì sao vẫn ban hành khi còn cảnh báo"), max_length=2000, required=False,
        widget=forms.Textarea(attrs={**_LONG, "rows": 2}),
    )  # fmt: skip

    def __init__(self, *args, warnings: int, **kwargs):
        super().__init__(*args, **kwargs)
        if warnings:
            self.fields["accepted_warnings"].required = True
        else:
            del self.fields["accepted_warnings"]

    def given(self) -> dict:
        """What `releasing.request` takes."""
        data = dict(self.cleaned_data)
        return {"starts_at": data.pop("starts_on"), **data}


class OpinionForm(forms.Form):
    opinion = forms.CharField(
        label=_("Ý kiến"), max_length=2000, required=False, widget=forms.Textarea(attrs={**_LONG, "rows": 2}),
        help_text=_("Bắt buộc khi không duyệt."),
    )  # fmt: skip


class SuspendForm(forms.Form):
    public_text = forms.CharField(
        label=_("Lời báo cho người dân"), max_length=1000, widget=forms.Textarea(attrs=_LONG),
        help_text=_("Vì sao tạm dừng, đến bao giờ, trong lúc này người dân nên làm gì."),
    )  # fmt: skip
    public_text_en = forms.CharField(
        label=_("Lời báo bằng tiếng Anh"), max_length=1000, required=False, widget=forms.Textarea(attrs=_LONG)
    )
    reason = forms.CharField(
        label=_("Lý do nội bộ"), max_length=2000, widget=forms.Textarea(attrs={**_LONG, "rows": 2}),
        help_text=_("Người dân không thấy phần này."),
    )  # fmt: skip


class RetireForm(forms.Form):
    ends_on = FirstMomentField(
        label=_("Không tiếp nhận từ ngày"),
        help_text=_("Để trống là từ bây giờ. Chọn ngày thì từ 0 giờ ngày đó."),
        too_early=_("Chọn từ ngày mai trở đi, hoặc để trống."),
    )
    reason = forms.CharField(label=_("Lý do, căn cứ"), max_length=2000, widget=forms.Textarea(attrs=_LONG))

    def given(self) -> dict:
        """What `releasing.retire` takes."""
        return {"reason": self.cleaned_data["reason"], "at": self.cleaned_data["ends_on"]}


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Lý do"), max_length=2000, widget=forms.Textarea(attrs={**_LONG, "rows": 2}))


class MoveForm(forms.Form):
    """The step of the new version and why the dossier is moved."""

    step = forms.ChoiceField(label=_("Bước trong phiên bản mới"))
    reason = forms.CharField(label=_("Lý do"), max_length=2000, widget=forms.Textarea(attrs=_LONG))

    def __init__(self, *args, steps, proposed: str, **kwargs):
        super().__init__(*args, **kwargs)
        if not steps:
            del self.fields["step"]
            return
        choices = [(step.key, step.name) for step in steps]
        self.fields["step"].choices = choices if proposed else [("", _("Hãy chọn")), *choices]
        self.fields["step"].initial = proposed

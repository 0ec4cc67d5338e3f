"""Hours typed as people write them, "08:00-12:00, 13:00-17:00", instead of JSON."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from worktime.hours import STANDARD_HOURS, parse_day
from worktime.models import CalendarException, WorkCalendar


class DayHoursField(forms.CharField):
    """One day's intervals as text; cleaned to the list of pairs that the JSON columns hold."""

    def __init__(self, **options) -> None:
        super().__init__(required=False, help_text=_("Ví dụ: 08:00-12:00, 13:00-17:00"), **options)

    def prepare_value(self, value: object) -> object:
        if not isinstance(value, list):
            return value
        return ", ".join("-".join(str(moment) for moment in pair) for pair in value)

    def to_python(self, value: object) -> list[list[str]]:
        text = super().to_python(value).replace("–", "-")
        pairs = [[moment.strip() for moment in part.split("-")] for part in text.split(",") if part.strip()]
        parse_day(pairs)
        return pairs


class WorkCalendarForm(forms.ModelForm):
    day_0 = DayHoursField(label=_("Thứ Hai"))
    day_1 = DayHoursField(label=_("Thứ Ba"))
    day_2 = DayHoursField(label=_("Thứ Tư"))
    day_3 = DayHoursField(label=_("Thứ Năm"))
    day_4 = DayHoursField(label=_("Thứ Sáu"))
    day_5 = DayHoursField(label=_("Thứ Bảy"))
    day_6 = DayHoursField(label=_("Chủ nhật"))

    class Meta:
        model = WorkCalendar
        fields = ["key", "name"]

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **options)
        hours = self.instance.hours if self.instance.pk else STANDARD_HOURS
        for weekday in range(7):
            self.fields[f"day_{weekday}"].initial = hours.get(str(weekday), [])

    def clean(self) -> dict:
        data = super().clean()
        days = {str(weekday): data.get(f"day_{weekday}") for weekday in range(7)}
        self.instance.hours = {weekday: hours for weekday, hours in days.items() if hours}
        if not self.instance.hours and not self.errors:
            raise ValidationError(_("Lịch phải có ít nhất một ngày làm việc trong tuần."), code="no_working_day")
        return data


class CalendarExceptionForm(forms.ModelForm):
    hours = DayHoursField(label=_("giờ làm việc riêng"))

    class Meta:
        model = CalendarException
        fields = ["calendar", "date", "is_working", "reason", "hours"]

    def clean_hours(self) -> list | None:
        return self.cleaned_data["hours"] or None

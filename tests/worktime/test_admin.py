from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from worktime.calendars import get_calendar
from worktime.models import CalendarException, Clock, WorkCalendar

pytestmark = pytest.mark.django_db
NO_INLINES = {"exceptions-TOTAL_FORMS": "0", "exceptions-INITIAL_FORMS": "0"}


@pytest.fixture
def admin(client):
    user = get_user_model().objects.create_superuser(username="quantri", password="matkhau-dai-12")
    client.force_login(user)
    return client


def page(admin, name: str, *args, **query) -> str:
    response = admin.get(reverse(f"admin:worktime_{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_hours_are_typed_as_people_write_them(admin):
    data = {"key": "chi-nhanh-thu", "name": "Chi nhánh 1", "day_0": "07:30-11:30, 13:30 – 17:00"} | NO_INLINES
    response = admin.post(reverse("admin:worktime_workcalendar_add"), data)
    assert response.status_code == 302
    row = WorkCalendar.objects.get(key="chi-nhanh-thu")
    assert row.hours == {"0": [["07:30", "11:30"], ["13:30", "17:00"]]}
    assert "07:30-11:30, 13:30-17:00" in page(admin, "workcalendar_change", row.pk)


@pytest.mark.parametrize("hours", ["sáng", "12:00-08:00", "08:00-12:00, 11:00-13:00", "08:00", ""])
def test_wrong_hours_are_shown_and_not_stored(admin, hours):
    data = {"key": "x", "name": "x", "day_0": hours} | NO_INLINES
    response = admin.post(reverse("admin:worktime_workcalendar_add"), data)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert not WorkCalendar.objects.filter(key="x").exists()


def test_a_new_calendar_is_offered_with_the_standard_hours(admin):
    assert page(admin, "workcalendar_add").count('value="08:00-12:00, 13:00-17:00"') == 5


def test_an_admin_adds_a_day_off_and_it_counts_at_once(admin):
    assert get_calendar().is_working_day(datetime(2025, 4, 8).date())
    data = {"date": "2025-04-08", "reason": "Bão số 3", "calendar": "", "hours": ""}
    assert admin.post(reverse("admin:worktime_calendarexception_add"), data).status_code == 302
    assert not get_calendar().is_working_day(datetime(2025, 4, 8).date())
    assert admin.post(reverse("admin:worktime_calendarexception_add"), data).status_code == 200, "twice is refused"
    assert CalendarException.objects.get().hours is None
    assert "Bão số 3" in page(admin, "calendarexception_changelist")


def test_failed_clocks_are_found_with_their_error_and_can_be_fired(admin):
    later = datetime(2125, 1, 1, tzinfo=UTC)
    good = Clock.objects.create(kind="overdue", subject_type="dossier", subject_id=11, next_fire_at=later)
    bad = Clock.objects.create(
        kind="warn", subject_type="dossier", subject_id=12, next_fire_at=later, attempts=2, error="ValueError: hỏng"
    )
    assert "hỏng" in page(admin, "clock_changelist")
    failed = page(admin, "clock_changelist", failed="1")
    assert f"/{bad.pk}/change/" in failed
    assert f"/{good.pk}/change/" not in failed
    assert f"/{good.pk}/change/" in page(admin, "clock_changelist", q="11")
    assert "hỏng" in page(admin, "clock_change", bad.pk)
    admin.post(reverse("admin:worktime_clock_changelist"), {"action": "fire_now", "_selected_action": [bad.pk]})
    bad.refresh_from_db()
    good.refresh_from_db()
    assert bad.next_fire_at < later
    assert good.next_fire_at == later


def test_clocks_are_neither_added_nor_deleted_by_hand(admin):
    assert admin.get(reverse("admin:worktime_clock_add")).status_code == 403


@pytest.mark.parametrize("name", ["workcalendar", "calendarexception", "clock"])
def test_lists_stay_under_15_queries(admin, name, django_assert_max_num_queries):
    row = WorkCalendar.objects.create(key="lich-thu", name="a", hours={"0": [["08:00", "12:00"]]})
    for day in range(1, 20):
        CalendarException.objects.create(calendar=row, date=datetime(2025, 4, day).date(), reason="x")
        Clock.objects.create(kind="k", subject_type="t", subject_id=day)
    with django_assert_max_num_queries(15):
        page(admin, f"{name}_changelist")

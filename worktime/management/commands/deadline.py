from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils.translation import gettext as _

from worktime.calendars import DEFAULT_KEY, STANDARD, Calendar, get_calendar
from worktime.deadlines import UNITS, DeadlineError, due_at
from worktime.hours import HANOI


class Command(BaseCommand):
    help = "Print the due moment of a dossier (ISO 8601 with offset) by the rules of Decree 61/2018, articles 18-19."
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("received", metavar="RECEIVED_ISO", help="2025-04-08T10:00; Hanoi time unless it says")
        parser.add_argument("amount", metavar="AMOUNT", help="a whole number, 0 or more")
        parser.add_argument("unit", metavar="UNIT", help=", ".join(UNITS))
        parser.add_argument("--calendar", metavar="KEY", default=DEFAULT_KEY, help="a working calendar's key")
        parser.add_argument("--pause", nargs=2, action="append", default=[], metavar=("FROM", "TO"))

    def handle(self, *, received, amount, unit, calendar, pause, **options) -> None:
        try:
            days = int(amount)
        except ValueError:
            raise CommandError(_("Thời hạn không phải số nguyên: %(text)s") % {"text": amount}) from None
        pauses = [(_moment(begins), _moment(ends)) for begins, ends in pause]
        try:
            due = due_at(_moment(received), days, unit.upper(), self._calendar(calendar), pauses)
        except DeadlineError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(due.isoformat(timespec="seconds"))

    def _calendar(self, key: str) -> Calendar:
        try:
            found = get_calendar(key)
        except Error:
            if key != DEFAULT_KEY:
                raise CommandError(_("Không đọc được lịch làm việc từ cơ sở dữ liệu.")) from None
            self.stderr.write(_("Không đọc được cơ sở dữ liệu; dùng lịch làm việc chuẩn."))
            return STANDARD
        if found.key != key:
            raise CommandError(_("Không có lịch làm việc với khóa: %(key)s") % {"key": key})
        return found


def _moment(text: str) -> datetime:
    """An ISO 8601 date with a time; the 15:00 rule cannot be applied to a date alone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or len(text) <= len("2025-04-08"):
        raise CommandError(_("Thời điểm không đúng dạng 2025-04-08T10:00: %(text)s") % {"text": text})
    return moment if moment.tzinfo else moment.replace(tzinfo=HANOI)

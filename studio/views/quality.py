"""“Chất lượng danh mục”: every version in force with its figures, the worst first, and the same as a file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from outgoing.spreadsheets import spreadsheet_safe
from places.gazetteer import ward_codes
from procedures import quality
from procedures.checking import Context, posted
from procedures.models import Procedure
from procedures.quality import Quality
from procedures.versions import read
from studio.views.frame import lookers, page

LOW, FAIR = 60, 80  # below: to mend first; below: to mend


@dataclass(frozen=True)
class Row:
    procedure: Procedure
    quality: Quality

    @property
    def level(self) -> str:
        return level_of(self.quality.total)

    @property
    def cells(self) -> list[tuple[quality.Part | None, str]]:
        parts = [self.quality.of(key) for key in quality.column_names()]
        return [(part, level_of(part.share) if part else "") for part in parts]

    @property
    def reasons(self) -> list[quality.Part]:
        return [part for part in self.quality.parts if part.reason]


def level_of(share: int) -> str:
    return "low" if share < LOW else "fair" if share < FAIR else "good"


@require_safe
@lookers
def table(request: HttpRequest) -> HttpResponse:
    """Every procedure in force, of one field of law with `?linh-vuc=`, the poorest version first."""
    field = request.GET.get("linh-vuc", "")
    everything = list(_rows())
    rows = [row for row in everything if field in ("", row.procedure.field_of_law.slug)]
    fields = {row.procedure.field_of_law.slug: row.procedure.field_of_law.name for row in everything}
    shown = {
        "rows": rows,
        "fields": sorted(fields.items(), key=lambda one: one[1]),
        "field": field,
        "columns": list(quality.column_names().values()),
        "average": sum(row.quality.total for row in rows) // len(rows) if rows else None,
        "low": sum(row.level == "low" for row in rows),
        "averages": _averages(rows),
    }
    return page(request, "quality.html", _("Chất lượng danh mục"), **shown)


@require_safe
@lookers
def as_csv(request: HttpRequest) -> HttpResponse:
    """The table as a file for a spreadsheet, the reasons spelled out."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="chat-luong-danh-muc.csv"'
    response.write("\ufeff")  # without it spreadsheets read Vietnamese as another alphabet
    writer = csv.writer(response)
    names = quality.column_names()
    writer.writerow([_("Mã"), _("Tên"), _("Lĩnh vực"), _("Phiên bản"), _("Điểm"), *names.values(), _("Cần sửa")])
    field = request.GET.get("linh-vuc", "")
    for row in _rows():
        if field in ("", row.procedure.field_of_law.slug):
            writer.writerow([spreadsheet_safe(cell) for cell in _line(row, names)])
    return response


def _line(row: Row, names: dict[str, str]) -> list:
    parts = [row.quality.of(key) for key in names]
    shares = ["" if part is None else part.share for part in parts]
    reasons = " | ".join(part.reason for part in row.reasons)
    of = row.procedure
    return [of.code, of.short_name, of.field_of_law.name, of.published.number, row.quality.total, *shares, reasons]


def _rows() -> Iterator[Row]:
    context = Context(held=posted(), wards=frozenset(ward_codes()))
    procedures = Procedure.objects.exclude(published=None).select_related("field_of_law", "published")
    rows = [Row(one, quality.score(read(one.published_id), context)) for one in procedures]
    yield from sorted(rows, key=lambda row: (row.quality.total, row.procedure.code))


def _averages(rows: list[Row]) -> list[tuple[str, int]]:
    """The mean of each part."""
    found = []
    for key, name in quality.column_names().items():
        shares = [part.share for row in rows if (part := row.quality.of(key))]
        found.append((name, sum(shares) // len(shares) if shares else 0))
    return found

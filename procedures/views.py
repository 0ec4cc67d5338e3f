"""The catalogue as people read it: find a procedure, see what it asks, costs and promises."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from branches.models import FieldOfLaw, UnitKind
from branches.selectors import WARD_KINDS
from procedures import national, search
from procedures.fee_sums import depends_on
from procedures.models import LifeEvent, NationalEntry, Procedure
from procedures.spec import Spec
from procedures.stopping import with_stops
from procedures.timetable import releases_of
from procedures.versions import read
from procedures.words import fees_in_short, name_of, time_words
from worktime import now

PAGE = 20
NOT_TAKEN = 10


@dataclass(frozen=True)
class Row:
    """One procedure as a line of a list."""

    code: str
    name: str
    field_of_law: str
    time: str
    fee: str
    same_day: bool
    suspended: bool = False

    @classmethod
    def of(cls, procedure: Procedure) -> "Row":
        version = procedure.published
        return cls(
            code=procedure.code,
            name=name_of(version),
            field_of_law=version.field_of_law,
            time=time_words(version),
            fee=fees_in_short(version.fees.all()),
            same_day=version.immediate,
            suspended=procedure.suspended,
        )


def audiences() -> list[tuple[str, str]]:
    return [("citizen", _("Công dân")), ("business", _("Tổ chức, doanh nghiệp"))]


def _chosen(request: HttpRequest) -> dict[str, str]:
    """The filters of the address; a value that does not exist filters nothing away."""
    given = request.GET
    field, audience = given.get("linh-vuc", "")[:120], given.get("doi-tuong", "")
    return {
        "field": field.replace("\0", ""),
        "event": (given.get("su-kien") or given.get("event", ""))[:50].replace("\0", ""),
        "audience": audience if audience in dict(audiences()) else "",
    }


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    q, chosen = request.GET.get("q", ""), _chosen(request)
    found = search.find(q, search.listed(**chosen))
    page = Paginator(found, PAGE).get_page(request.GET.get("trang"))
    rows = [Row.of(procedure) for procedure in page]
    context = {
        "q": q[: search.MAX_TYPED],
        "page": page,
        "rows": rows,
        "near": [] if rows else [Row.of(procedure) for procedure in search.near(q)],
        "not_taken": _not_taken(q, near=not rows) if page.number == 1 and not any(chosen.values()) else [],
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "fields": FieldOfLaw.objects.filter(procedures__isnull=False).distinct().order_by("name"),
        "events": LifeEvent.objects.order_by("position", "key"),
        "audiences": audiences(),
    }
    return render(request, "procedures/list.html", context)


def _not_taken(q: str, *, near: bool) -> list[NationalEntry]:
    """What the country knows by these words and the city does not take online yet."""
    return list(national.find(q, national.for_citizens(), near=near)[:NOT_TAKEN]) if search.typed(q) else []


@require_safe
def national_detail(request: HttpRequest, code: str) -> HttpResponse:
    """A procedure that is not taken online: who issued it, who carries it out, where to go. Ours has its own page."""
    entry = get_object_or_404(national.entries(), code="" if "\0" in code else code)
    if entry.accepted:
        return redirect("procedures:detail", code)
    bodies = [body for body in entry.executing_bodies.split("; ") if body]
    return render(request, "procedures/national.html", {"entry": entry, "bodies": bodies, "who": who(entry.audience)})


@require_safe
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """What it is, who decides, what to bring, how long, how much; and the way in, an own draft before a new one."""
    if "\0" in code:
        raise Http404
    procedure = with_stops(Procedure.objects.filter(code=code)).first()
    version_id = procedure and (procedure.published_id or last_in_force(procedure))
    if version_id is None:
        return redirect("procedures:national", get_object_or_404(national.entries(), code=code).code)
    spec = read(version_id)
    return render(request, "procedures/detail.html", {"spec": spec, "procedure": procedure, **described(spec)})


def last_in_force(procedure: Procedure) -> int | None:
    """The version that was in force before the procedure was retired: people still look for what it asked."""
    past = releases_of(procedure).filter(starts_at__lte=now()).order_by("-starts_at", "-pk")
    return past.values_list("version_id", flat=True).first()


def described(spec: Spec) -> dict:
    """The spec in words."""
    return {
        "name": name_of(spec),
        "time": time_words(spec),
        "fees": [(fee, fees_in_short([fee])) for fee in spec.fees],
        "fee": fees_in_short(spec.fees),
        "fees_depend": bool(depends_on(spec)),
        "who": who(spec.audience),
        "unit": UnitKind(spec.unit_kind).label,
        "unit_by_ward": spec.unit_kind in WARD_KINDS,
        "online": "online" in spec.channels,
        "returns": [_RETURNS[way]() for way in spec.returns],
        "steps": public_steps(spec),
        "assumed": [said() for part, said in _ASSUMED.items() if part in spec.assumed],
    }


def who(audience: str) -> str:
    return {"citizen": _("Công dân"), "business": _("Tổ chức, doanh nghiệp")}.get(
        audience, _("Công dân và tổ chức, doanh nghiệp")
    )


def public_steps(spec: Spec) -> list[str]:
    """The usual way forward, in the words a citizen reads."""
    return [step.public_name or step.name for step in spec.way_forward()]


_RETURNS = {
    "counter": lambda: _("Nhận tại chi nhánh"),
    "online": lambda: _("Bản điện tử trên trang này"),
    "post": lambda: _("Gửi đến nhà qua bưu chính"),
}
_ASSUMED = {
    "time": lambda: _("thời hạn"),
    "fees": lambda: _("phí, lệ phí"),
    "documents": lambda: _("giấy tờ cần nộp"),
    "form": lambda: _("mẫu tờ khai"),
    "result": lambda: _("tên kết quả"),
    "legal_basis": lambda: _("căn cứ pháp lý"),
}

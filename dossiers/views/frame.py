"""What every page of the desk has around it: who may enter, the dark side with its queues, the way back."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.delegating import led_by
from branches.models import Role
from branches.selectors import duties_of
from dossiers import desk, queue
from dossiers.models import Dossier
from procedures.deciding import may_decide

# The filters as the address of a page says them.
NAMES = {"q": "q", "field": "linh-vuc", "channel": "kenh", "ward": "phuong", "due": "han", "assignee": "nguoi"}
OVERSEERS = (Role.BRANCH_HEAD, Role.LEADER, *queue.CITY)


def staff_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For people with a posting in force today. Others log in, or find no such page."""

    @login_required
    @wraps(view)
    def inner(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not duties_of(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return inner


@dataclass(frozen=True)
class Place:
    """Where a person stands: a queue and its filters, carried along in links so that work goes on from there."""

    key: str
    filters: queue.Filters

    @classmethod
    def of(cls, request: HttpRequest) -> "Place":
        given = request.GET
        filters = queue.Filters.of({name: given.get(word, "") for name, word in NAMES.items()})
        return cls(given.get("hang", "")[:40], filters)

    @property
    def query(self) -> str:
        """`?hang=…` and the filters, or "" where nobody came from a queue."""
        pairs = {"hang": self.key} | {word: getattr(self.filters, name) for name, word in NAMES.items()}
        pairs = {k: v for k, v in pairs.items() if v}
        return f"?{urlencode(pairs)}" if pairs else ""

    @property
    def url(self) -> str:
        return reverse("desk:queue") + self.query

    def following(self, user, dossier: Dossier) -> Dossier | None:
        return queue.following(user, self.key, dossier, self.filters) if self.key else None


def dossier_url(dossier: Dossier, place: Place) -> str:
    return reverse("desk:dossier", args=[dossier.code]) + place.query


def dossier_or_404(request: HttpRequest, code: str) -> Dossier:
    try:
        if "\0" in code:
            raise Dossier.DoesNotExist
        return desk.get(request.user, code)
    except Dossier.DoesNotExist:
        raise Http404 from None


def meta(request: HttpRequest) -> dict[str, str]:
    """From where an act comes, for the record."""
    return {"ip": request.META.get("REMOTE_ADDR", ""), "request_id": getattr(request, "id", "")}


def frame(request: HttpRequest, current: str = "") -> dict:
    """The context of the side: whose desk it is, its queues with their numbers, its other rooms."""
    duties = duties_of(request.user)
    numbers = queue.counts(request.user)
    nav = [
        {
            "label": q.label,
            "url": f"{reverse('desk:queue')}?hang={q.key}",
            "count": queue.shown_count(numbers.get(q.key)),
            "current": q.key == current,
            "bad": q.bad and numbers.get(q.key, 0) > 0,
            "gap": q.gap,
        }
        for q in queue.queues_for(request.user)
    ]
    if duties.has(Role.CLERK, Role.BRANCH_HEAD):
        nav.append(_room(_("Tiếp nhận tại quầy"), "desk:counter", current == "counter", gap=True))
    if duties.has(*OVERSEERS):
        nav.append(_room(_("Tổng quan"), "desk:overview", current == "overview"))
    if may_decide(request.user):
        nav.append(_room(_("Thiết kế thủ tục"), "studio:home", False, gap=True))
    if duties.has(Role.INSPECTOR):
        nav.append(_room(_("Nhật ký"), "inspection:search", current.startswith("inspection"), gap=True))
    nav += _rooms_of_conduct(request.user, current)
    return {"desk_nav": nav, "desk_me": [p.label for p in duties.postings], "counts": numbers}


def _rooms_of_conduct(user, current: str) -> list[dict]:
    """What staff declare, delegate and open in an emergency; for the inspector also the reports of it."""
    rooms = [(_("Mở hồ sơ khẩn cấp"), "emergency"), (_("Khai báo người thân"), "relatives")]
    if led_by(user):
        rooms.append((_("Ủy quyền ký thay"), "delegations"))
    if duties_of(user).has(Role.INSPECTOR):
        rooms += [(_("Báo cáo mở khẩn cấp"), "emergencies"), (_("Khai báo muộn"), "late")]
    return [_room(label, f"desk:{name}", current == name, gap=n == 0) for n, (label, name) in enumerate(rooms)]


def _room(label: str, name: str, current: bool, *, gap: bool = False) -> dict:
    return {"label": label, "url": reverse(name), "current": current, "gap": gap, "count": None}

"""The front of the studio: what is being worked on, what waits for whom."""

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_safe

from accounts.models import User
from procedures.models import ProcedureVersion, Release, ReleaseRequest, Suspension
from studio.views.frame import lookers, page
from worktime import now

MOST = 50
PAGES = (
    (
        "admin:procedures_procedure_changelist",
        lazy("Danh mục thủ tục"),
        lazy("Mọi thủ tục của Thành phố, và dòng thời gian của từng thủ tục."),
    ),
    (
        "studio:quality",
        lazy("Chất lượng danh mục"),
        lazy("Chấm điểm từng phiên bản và nêu những thủ tục cần làm lại trước."),
    ),
    (
        "admin:procedures_nationalentry_changelist",
        lazy("Danh mục quốc gia"),
        lazy("So thủ tục của Thành phố với cơ sở dữ liệu quốc gia."),
    ),
    (
        "admin:procedures_fieldgroup_changelist",
        lazy("Nhóm câu hỏi dùng chung"),
        lazy("Những câu hỏi nhiều thủ tục cùng hỏi."),
    ),
    ("studio:tries", lazy("Bản thử của tôi"), lazy("Những hồ sơ thử anh/chị đang làm dở.")),
)


@require_safe
@lookers
def home(request: HttpRequest) -> HttpResponse:
    asked = ReleaseRequest.objects.filter(state=ReleaseRequest.State.OPEN)
    asked = asked.select_related("version__procedure", "requested_by").order_by("requested_at")[:MOST]
    drafts, loaded = _drafts()
    scheduled = Release.objects.filter(starts_at__gt=now()).select_related("version__procedure", "requested_by")
    return page(
        request,
        "home.html",
        _("Thiết kế thủ tục"),
        is_home=True,
        asked=[(one, _may_approve(one, request.user)) for one in asked],
        scheduled=[one for one in scheduled.order_by("starts_at")[:MOST] if one.ends_at != one.starts_at],
        drafts=drafts[:MOST],
        loaded=loaded,
        suspended=Suspension.objects.filter(ended_at=None).select_related("procedure", "started_by")[:MOST],
        links=_links(),
    )


def _may_approve(asked: ReleaseRequest, user) -> bool:
    return user.pk != asked.requested_by_id and user.pk not in asked.version.editors


def _drafts() -> tuple[list[tuple[ProcedureVersion, list[str]]], list[ProcedureVersion]]:
    """Drafts with who worked on them, the last saved first; and those that only the catalogue's files made."""
    rows = ProcedureVersion.objects.filter(releases=None).select_related("procedure").order_by("-saved_at")
    drafts = list(rows[: 20 * MOST])
    people = User.objects.in_bulk({pk for draft in drafts for pk in draft.editors})
    worked_on = [(one, [str(people[pk]) for pk in one.editors if pk in people]) for one in drafts if one.editors]
    return worked_on, [one for one in drafts if not one.editors]


def _links() -> list[tuple[str, str, str]]:
    """(address, words, what it is for) of the other pages of design; a page that is not there is left out."""
    return [(url, words, purpose) for name, words, purpose in PAGES if (url := _address(name))]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""

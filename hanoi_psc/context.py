"""What every page knows: who looks at it, how they want it shown, what waits for them. Nothing is read until drawn."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from branches.selectors import duties_of
from dossiers.selectors import open_drafts
from hanoi_psc.display import Display
from notifications.selectors import unread_count
from procedures.deciding import may_decide

NAV = (
    ("procedures:list", _("Thủ tục")),
    ("dossiers:mine", _("Hồ sơ của tôi")),
    ("dossiers:lookup", _("Tra cứu")),
    ("notifications:inbox", _("Thông báo")),
    ("desk:queue", _("Bàn làm việc")),
    ("studio:home", _("Thiết kế")),
)
FOR_STAFF = {"desk:queue"}
FOR_ADMINS = {"studio:home"}


def portal(request: HttpRequest) -> dict:
    """Context of every template. An anonymous visitor costs no query; a person costs one for each part a page draws."""
    unread = _lazy(request, unread_count, 0)
    clerk = _lazy(request, _is_clerk, False)
    return {
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "display": Display.of(request),
        "demo": settings.DEMO,
        "contact": {"phone": settings.CONTACT_PHONE, "email": settings.CONTACT_EMAIL},
        "nav": SimpleLazyObject(lambda: _nav(request, clerk=clerk, unread=unread)),
        "unread_count": unread,
        "drafts": _lazy(request, open_drafts, ()),
        "is_clerk": clerk,
    }


def _lazy(request: HttpRequest, read, empty):
    """A value read once, when a template first asks; `empty` for a visitor who has not logged in."""

    def once():
        user = getattr(request, "user", None)
        return read(user) if user is not None and user.is_authenticated else empty

    return SimpleLazyObject(once)


def _nav(request: HttpRequest, *, clerk, unread) -> list[dict]:
    """The links of the masthead that this person has a use for, the current one marked."""
    user = getattr(request, "user", None)
    known = user is not None and user.is_authenticated
    items = []
    for name, label in NAV:
        if (name in FOR_STAFF and not clerk) or (name == "notifications:inbox" and not known):
            continue
        if name in FOR_ADMINS and not (known and may_decide(user)):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        count = unread if name == "notifications:inbox" else 0
        items.append({"label": label, "url": url, "current": request.path.startswith(url), "count": count})
    return items


def _is_clerk(user) -> bool:
    return bool(duties_of(user))

"""What every page knows: who looks at it, how they want it shown, and what waits for them. Nothing is read until drawn."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from hanoi_psc.display import Display


def portal(request: HttpRequest) -> dict:
    """Context of every template. An anonymous visitor costs no query; a person costs one for each part a page draws."""
    return {
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "display": Display.of(request),
        "unread_count": _lazy(request, _unread_count, 0),
        "drafts": _lazy(request, _drafts, ()),
        "is_clerk": _lazy(request, _is_clerk, False),
    }


def _lazy(request: HttpRequest, read, empty):
    """A value read once, when a template first asks; `empty` for a visitor without a session."""

    def once():
        user = getattr(request, "user", None)
        return read(user) if user is not None and user.is_authenticated else empty

    return SimpleLazyObject(once)


def _unread_count(user) -> int:
    try:
        from notifications.selectors import unread_count
    except ImportError:
        return 0
    return unread_count(user)


def _drafts(user) -> list:
    try:
        from dossiers.selectors import open_drafts
    except ImportError:
        return []
    return list(open_drafts(user))


def _is_clerk(user) -> bool:
    postings = getattr(user, "postings", None)
    return bool(postings and postings.exists())

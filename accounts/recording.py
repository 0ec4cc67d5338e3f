"""Coming in and going out stand in the record: in whose name, from where, how; never what was typed."""

from allauth.account.authentication import get_authentication_records
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.models import User
from accounts.phone import normalise_phone
from audit.services import Actor, label_of, record
from keys.ring import blind


def logged_in(request: HttpRequest, user: User) -> None:
    ways = dict.fromkeys(str(way.get("method", "")) for way in get_authentication_records(request, user))
    _write("login", _actor(request, user), user_id=user.pk, after={"how": list(ways)})


def logged_out(request: HttpRequest) -> None:
    if request.user.is_authenticated:
        _write("logout", _actor(request, request.user), user_id=request.user.pk)


def login_failed(request: HttpRequest, credentials: dict) -> None:
    """A wrong password, or a name nobody has: one query and one entry each, and nothing that was typed is kept."""
    door, user_id = _tried(credentials)
    actor = Actor(ip=request.META.get("REMOTE_ADDR", ""), request_id=getattr(request, "id", ""))
    _write("login_failed", actor, user_id=user_id, after={"door": door, "known": user_id is not None})


def _tried(credentials: dict) -> tuple[str, int | None]:
    """By what somebody tried to come in, and whose account that is."""
    asked = {
        "email": lambda text: {"email__iexact": text},
        "phone": lambda text: {"phone_index": blind("phone", _number(text))},
        "username": lambda text: {"username": text},
    }
    for door, lookup in asked.items():
        if text := str(credentials.get(door) or "").replace("\0", ""):
            return door, User.objects.filter(**lookup(text)).values_list("pk", flat=True).first()
    return "", None


def _number(text: str) -> str:
    try:
        return normalise_phone(text)
    except ValidationError:
        return "-"  # no index is of this


def _actor(request: HttpRequest, user) -> Actor:
    return Actor(
        user_id=user.pk,
        label=label_of(user),
        ip=request.META.get("REMOTE_ADDR", ""),
        request_id=getattr(request, "id", ""),
    )


def _write(act: str, actor: Actor, *, user_id: int | None, after: dict | None = None) -> None:
    chain = f"user:{user_id}" if user_id else f"address:{actor.ip}"
    subject = {"subject_type": "user", "subject_id": user_id} if user_id else {}
    record(chain=chain, act=act, actor=actor, after=after, **subject)

"""«Dữ liệu của tôi»: what is stored about the person, who of the staff looked at it and why, and a copy to take along.

Law 91/2025/QH15 on personal data protection: the rights to know, to access and to receive one's data.
"""

import json
import re
import zipfile
from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import personal_data
from accounts.second_factor import confirmed
from audit.labels import GROUNDS, LOOKS, PLACES, label_of_act
from audit.models import AuditEntry
from audit.services import Actor, label_of, record
from worktime import now

SHOWN = 100
PIECE = 64 * 1024
UNSAFE = re.compile(r"[^\w.\- ]+")


def looks_at(user) -> QuerySet[AuditEntry]:
    """Looks of others at what is about the person, the newest first."""
    about = Q(subject_type="user", subject_id=user.pk)
    ids: dict[str, list[int]] = {}
    for subject in personal_data.subjects(user):
        ids.setdefault(subject.kind, []).append(subject.pk)
    for kind, pks in ids.items():
        about |= Q(subject_type=kind, subject_id__in=pks)
    rows = AuditEntry.objects.filter(about, act__in=LOOKS).exclude(actor_id=user.pk)
    return rows.order_by("-at", "-id")


def as_words(entry: AuditEntry, labels: dict[tuple[str, int], str]) -> dict:
    """A look as the person reads it: when, who, from which organisation, at what, on what ground."""
    after = entry.after or {}
    return {
        "at": entry.at,
        "act": label_of_act(entry.act, after),
        "who": entry.actor_label,
        "posting": entry.posting_label,
        "what": labels.get((entry.subject_type, entry.subject_id), ""),
        "where": str(PLACES.get(after.get("at"), "")),
        "ground": str(GROUNDS.get(after.get("ground"), "")),
    }


def looks_in_words(user, limit: int | None = None) -> list[dict]:
    labels = {(s.kind, s.pk): s.label for s in personal_data.subjects(user)}
    rows = looks_at(user)[:limit] if limit else looks_at(user).iterator(chunk_size=500)
    return [as_words(entry, labels) for entry in rows]


# --- pages -----------------------------------------------------------------------------------------------------------
@require_safe
@login_required
@never_cache
def my_data(request: HttpRequest) -> HttpResponse:
    looks = looks_in_words(request.user, SHOWN + 1)
    context = {
        "held": [(holder.label, holder.count(request.user)) for holder in personal_data.holders()],
        "looks": looks[:SHOWN],
        "more": len(looks) > SHOWN,
        "kept": [sentence for holder in personal_data.holders() for sentence in holder.keeps(request.user)],
    }
    return render(request, "account/my_data.html", context)


@require_http_methods(["GET", "POST"])
@confirmed
def download(request: HttpRequest) -> HttpResponse:
    """The whole as a ZIP, written while it is sent. Whoever comes back from the login page presses once more."""
    if request.method != "POST":
        return redirect("accounts:my_data")
    actor = Actor(
        user_id=request.user.pk,
        label=label_of(request.user),
        ip=request.META.get("REMOTE_ADDR", ""),
        request_id=getattr(request, "id", ""),
    )
    record(
        chain=f"user:{request.user.pk}", act="export_own_data", actor=actor, subject_type="user",
        subject_id=request.user.pk,
    )  # fmt: skip
    response = StreamingHttpResponse(archive(request.user), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="du-lieu-cua-toi-{now():%Y%m%d}.zip"'
    response["Cache-Control"] = "no-store"
    return response


class _Pipe:
    """What zipfile writes into: keeps what was written until it is taken, and cannot seek."""

    def __init__(self):
        self._parts: list[bytes] = []
        self._at = 0

    def write(self, content) -> int:
        self._parts.append(bytes(content))
        self._at += len(content)
        return len(content)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """Everything is there already."""

    def taken(self) -> bytes:
        content, self._parts = b"".join(self._parts), []
        return content


def archive(user) -> Iterator[bytes]:
    """The ZIP in pieces: one file at a time is in memory. A file that does not open any more is named, not sent."""
    pipe = _Pipe()
    missing, used = [], set()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        said = {"made_at": now(), **personal_data.export(user), "looks": looks_in_words(user)}
        text = json.dumps(said, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
        archive.writestr("du-lieu.json", text)
        yield pipe.taken()
        for copy in personal_data.files(user):
            path = _unique(copy.path, used)
            try:
                source = copy.open()
            except (OSError, ValueError):
                missing.append(path)
                continue
            with source, archive.open(path, "w") as target:
                while piece := source.read(PIECE):
                    target.write(piece)
                    yield pipe.taken()
        if missing:
            archive.writestr("khong-mo-duoc.txt", _("Các tệp sau không mở được:") + "\n" + "\n".join(missing) + "\n")
    yield pipe.taken()


def _unique(path: str, used: set[str]) -> str:
    """A path that no program unpacks anywhere else, and no other file has."""
    parts = [UNSAFE.sub("_", part).strip(". ")[-120:] or "_" for part in path.split("/")]
    made, number = "/".join(parts), 1
    while made in used:
        number += 1
        made = "/".join([*parts[:-1], f"{number}-{parts[-1]}"])
    used.add(made)
    return made

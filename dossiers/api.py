"""Dossiers for other programs: upload, file, follow, act, queue, look up. The same services as the browser's."""

from dataclasses import fields
from urllib.parse import urlencode

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.tokens import STEP_UP_HEADER, step_up_refusal
from branches.models import Branch, Role
from branches.selectors import duties_of
from dossiers import api_words as words
from dossiers import door, queue, routing, storage, timing
from dossiers.acts import RELATED, perform
from dossiers.api_shapes import (
    CursorPageShape,
    DossierInput,
    DossierShape,
    FileShape,
    LookupShape,
    SubmittedShape,
    UploadInput,
    ValidatedShape,
    ValidateInput,
)
from dossiers.errors import Refusal, StepUpRequired
from dossiers.life import Status
from dossiers.looking import API, looked
from dossiers.models import Dossier
from dossiers.models.dossier import Channel
from dossiers.recording import actor_for
from dossiers.revealing import reveal_to_program
from dossiers.services.drafts import missing_documents
from dossiers.services.enclosing import wrong_files
from dossiers.services.submission import Filing, earlier_answer, file_dossier, own_files, remember, same_before
from procedures.answers import FieldError, clean_answers
from procedures.api import spec_or_404
from procedures.spec import Spec
from worktime import now


def _meta(request) -> dict[str, str]:
    return {"ip": request.META.get("REMOTE_ADDR", ""), "request_id": getattr(request, "id", "")}


def _read(serializer_class, data) -> dict:
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def _branch(code: str) -> Branch | None:
    """A branch by its code or number; none named is None, an unknown one is an error."""
    if not code:
        return None
    number = int(code) if code.isdecimal() and code.isascii() and len(code) < 4 else -1
    branch = Branch.objects.filter(Q(code=code) | Q(number=number)).first()
    if branch is None:
        raise Refusal(_("Không có chi nhánh này."), code="unknown_branch", field="branch")
    return branch


def _answers(spec: Spec, data: dict) -> dict:
    """The answers, with what `applicant` says where the form asks it and the answers do not."""
    answers = dict(data["answers"])
    for key, value in (data.get("applicant") or {}).items():
        if value and f"applicant_{key}" in spec.fields:
            answers.setdefault(f"applicant_{key}", value)
    return answers


def visible_or_404(code: str, user) -> Dossier:
    rows = Dossier.objects.visible_to(user).exclude(status=Status.DRAFT).select_related(*RELATED)
    dossier = rows.filter(code=code).first() if "\0" not in code else None
    if dossier is None:
        raise Http404
    return dossier


class ValidateView(APIView):
    """What a submit with these answers would say, without making anything."""

    token_scopes = {"POST": "file"}
    permission_classes = [AllowAny]
    throttle_scope = "public"

    @extend_schema(request=ValidateInput, responses=ValidatedShape)
    def post(self, request, code: str):
        spec = spec_or_404(code)
        data = _read(ValidateInput, request.data)
        given = _answers(spec, data)
        answers, errors = clean_answers(spec, given)
        user = request.user if request.user.is_authenticated else None
        files = {name: [str(pk) for pk in ids] for name, ids in data["files"].items()}
        if user:
            found, file_errors = own_files(files, user, spec)
            errors += wrong_files(spec, answers, by=user) + file_errors + missing_documents(spec, answers, set(found))
        unit = branch = due = None
        try:
            unit = routing.unit_of(spec, answers)
            due = timing.estimate(spec, unit, now())
            branch = _branch(data["branch"]) or routing.default_branch(spec, answers)
            if branch:
                routing.check_branch(spec, answers, branch)
        except Refusal as refusal:
            if refusal.field not in {e.field for e in errors}:
                errors.append(FieldError(refusal.field, refusal.code, refusal.message))
        return Response(
            {
                "valid": not errors,
                "errors": [{"field": e.field, "code": e.code, "message": e.message} for e in errors],
                "answers": answers,
                "documents": [d.key for d in spec.asks(answers)],
                "fees": words.due_fees(spec, answers, "online"),
                "unit": words.named(unit),
                "branch": words.named(branch),
                "estimated_due_at": words.local(due),
                "warnings": (words.warnings(same_before(spec=spec, answers=answers, owner=user)) if user else [])
                + words.not_asked(spec, given, answers),
            }
        )


class FilesView(APIView):
    """Upload one file, to be named in a dossier's `files`. Checked by content; at most 10 MB."""

    parser_classes = [MultiPartParser]
    token_scopes = {"POST": "file"}

    @extend_schema(request={"multipart/form-data": UploadInput}, responses={201: FileShape})
    def post(self, request):
        upload = request.FILES.get("file")
        if upload is None:
            raise ValidationError({"file": [_("Hãy gửi một tệp trong ô “file”.")]}, code="required")
        file = storage.store(upload, name=upload.name or "", by=request.user)
        return Response(words.file_shape(file), status=201)


class DossiersView(APIView):
    """File a dossier in one act."""

    token_scopes = {"GET": "read", "POST": "file"}

    @extend_schema(
        request=DossierInput,
        responses={201: SubmittedShape},
        parameters=[
            OpenApiParameter(
                "Idempotency-Key", str, OpenApiParameter.HEADER,
                description="The same key and body again get the same answer; another body is 422.",
            )
        ],
    )  # fmt: skip
    def post(self, request):
        data = _read(DossierInput, request.data)
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > 255 or not key.isprintable():
            raise ValidationError({"Idempotency-Key": [_("Tối đa 255 ký tự in được.")]}, code="max_length")
        answer, headers = _submit(request, data, key)
        return Response(answer, status=201, headers=headers)

    @extend_schema(responses=CursorPageShape, operation_id="my_dossiers")
    def get(self, request):
        """The caller's own dossiers, newest first, at most 100."""
        rows = Dossier.objects.filter(owner=request.user).exclude(status=Status.DRAFT).select_related(*RELATED)
        rows = list(rows.order_by("-submitted_at")[:100])
        return Response(
            {"count": len(rows), "next": None, "previous": None, "results": [words.summary(d) for d in rows]}
        )


def _submit(request, data: dict, key: str) -> tuple[dict, dict]:
    """The submit and its remembered answer in one transaction; the same key again gets the same answer."""
    once = {"caller": request.user, "key": key, "body": request.data}
    if key and (earlier := earlier_answer(**once)):
        return earlier, {"Idempotency-Replayed": "true"}
    try:
        with transaction.atomic():
            dossier, answer = _file(request, data)
            if key:
                remember(**once, dossier=dossier, answer=answer)
    except IntegrityError:
        earlier = earlier_answer(**once) if key else None
        if earlier is None:
            raise
        return earlier, {"Idempotency-Replayed": "true"}
    return answer, {"Location": answer["href"]}


def _file(request, data: dict) -> tuple[Dossier, dict]:
    spec = door.entered(data["procedure"]) if "\0" not in data["procedure"] else None
    if spec is None:
        raise Http404
    branch, user = _branch(data["branch"]), request.user
    at_counter = data.get("channel") == Channel.COUNTER or (
        "channel" not in data and branch and bool(duties_of(user).at_branch(branch.pk, Role.CLERK, Role.BRANCH_HEAD))
    )
    filing = Filing(
        answers=_answers(spec, data),
        files={name: [str(pk) for pk in ids] for name, ids in data["files"].items()},
        branch=branch,
        channel=Channel.COUNTER if at_counter else Channel.ONLINE,
        return_by=data["return_by"] or ("counter" if "counter" in spec.returns else spec.returns[0]),
        return_address=data["return_address"],
    )
    owner = None if at_counter else user
    before = list(same_before(spec=spec, answers=filing.answers, owner=owner))
    actor = actor_for(user, Dossier(owner=owner, branch=branch), duties_of(user), **_meta(request))
    dossier = file_dossier(spec=spec, filing=filing, by=user, actor=actor, owner=owner, entered=True)
    return dossier, words.submitted(dossier, spec, before, filing.answers)


class DossierView(APIView):
    """One dossier as the caller may see it, with its timeline and what the caller may do now."""

    token_scopes = {"GET": "read"}

    @extend_schema(
        responses=DossierShape,
        parameters=[
            OpenApiParameter(
                "reveal", str,
                description="Staff read personal answers masked. Whoever handles the dossier now gives the reason here "
                "to read them in full; the look and its reason are recorded. 403 for everybody else.",
            )
        ],
    )  # fmt: skip
    def get(self, request, code: str):
        dossier = visible_or_404(code, request.user)
        if reason := request.query_params.get("reveal", ""):
            reveal_to_program(dossier=dossier, reason=reason, by=request.user, **_meta(request))
        looked(request, dossier, at=API)
        return Response(words.whole(dossier, request.user, revealed=bool(reason)))


class ActionView(APIView):
    """Do one of the dossier's `actions`."""

    token_scopes = {"POST": "act"}

    @extend_schema(
        request={"application/json": {"type": "object"}},
        responses=DossierShape,
        parameters=[
            OpenApiParameter(
                STEP_UP_HEADER, str, OpenApiParameter.HEADER,
                description="For an act that signs (`step_up` in the dossier's `actions`): the 6-digit code that the "
                "caller's authenticator app shows now. Without it, or with a code that was used by another token or "
                "login, 403 `urn:psc:problem:step_up_required`; a token needs the scope `sign`, too.",
            )
        ],
    )  # fmt: skip
    def post(self, request, code: str, name: str):
        dossier = visible_or_404(code, request.user)
        if not isinstance(request.data, dict):
            raise ValidationError([_("Cần một đối tượng JSON.")], code="type")
        refusal = step_up_refusal(request)

        def step_up() -> None:
            if refusal:
                raise StepUpRequired(refusal)

        perform(dossier.pk, name, dict(request.data), user=request.user, step_up=step_up, **_meta(request))
        fresh = Dossier.objects.select_related(*RELATED).get(pk=dossier.pk)
        return Response(words.whole(fresh, request.user))


class QueueView(APIView):
    """The caller's work queue: the same filters as the screen, in pages by cursor."""

    token_scopes = {"GET": "read"}

    @extend_schema(
        responses=CursorPageShape,
        parameters=[
            OpenApiParameter("queue", str, description="Key of the queue; the first of the caller's when left out."),
            OpenApiParameter("cursor", str),
            OpenApiParameter("page_size", int),
            *(OpenApiParameter(f.name, str) for f in fields(queue.Filters)),
        ],
    )
    def get(self, request):
        asked = request.query_params
        key = asked.get("queue", "")[:40]
        found = queue.find(request.user, key)
        if found is None:
            raise Http404
        size = _page_size(asked.get("page_size", ""))
        page = queue.page(request.user, found.key, queue.Filters.of(asked), asked.get("cursor", "")[:200], size)
        following = None
        if page.next_cursor:
            following = request.build_absolute_uri(f"?{urlencode({**asked.dict(), 'cursor': page.next_cursor})}")
        return Response(
            {
                "count": queue.counts(request.user).get(found.key, len(page.rows)),
                "next": following,
                "previous": None,
                "results": [words.summary(d) for d in page.rows],
            }
        )


def _page_size(text: str) -> int:
    return min(max(int(text), 1), 200) if text.isascii() and text.isdecimal() and len(text) < 5 else queue.SIZE


class LookupView(APIView):
    """How far a dossier is, for anybody who has its code; nothing about the person (C01 art. 16.2.d)."""

    permission_classes = [AllowAny]
    throttle_scope = "lookup"

    @extend_schema(responses=LookupShape)
    def get(self, request, code: str):
        code = code.strip().upper()
        dossier = None
        if "\0" not in code:
            dossier = Dossier.objects.select_related("version").filter(code=code).exclude(status=Status.DRAFT).first()
        if dossier is None:
            raise Http404
        return Response(words.looked_up(dossier))

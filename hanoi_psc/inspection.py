"""The inspector's screen: the record searched, read as a timeline, exported, and checked. It shows rooms together."""

from dataclasses import dataclass
from functools import wraps

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.second_factor import step_up_required
from audit import checking, exporting, searching
from audit.labels import ACTS, details, label_of_act
from audit.models import AuditEntry, DailyRoot, Verification
from audit.searching import Asked
from audit.services import Actor, record
from audit.signing import known_keys, public_text
from branches.models import Role
from branches.selectors import duties_of
from dossiers.models import Dossier
from dossiers.views.frame import frame, meta, staff_view
from keys.ring import blind
from places.text import clean
from worktime import now

NAMES = {"dossier": "ho-so", "person": "nguoi", "about": "ve-nguoi", "act": "viec", "since": "tu", "until": "den"}
PEOPLE = 20


def inspectors_only(view):
    """For holders of the inspector's posting today; for everybody else there is no such page."""

    @staff_view
    @wraps(view)
    def inner(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not duties_of(request.user).has(Role.INSPECTOR):
            raise Http404
        return view(request, *args, **kwargs)

    return inner


class SearchForm(forms.Form):
    """What is typed is sent, never put into an address: a name or a number would stay in logs and histories."""

    code = forms.CharField(label=_l("Mã hồ sơ"), max_length=32, required=False)
    person = forms.CharField(
        label=_l("Người"),
        max_length=150,
        required=False,
        help_text=_l("Tên đăng nhập, họ tên cán bộ, số định danh hoặc số điện thoại."),
    )
    about = forms.BooleanField(label=_l("Việc làm với tài khoản của người này, không phải việc họ làm"), required=False)
    act = forms.ChoiceField(label=_l("Việc"), required=False)
    since = forms.DateField(label=_l("Từ ngày"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_l("Đến ngày"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        acts = sorted(ACTS.items(), key=lambda pair: str(pair[1]))
        self.fields["act"].choices = [("", _("Mọi việc")), *acts]

    def clean_code(self) -> int | None:
        code = self.cleaned_data["code"].strip().upper()
        if not code:
            return None
        found = Dossier.everything.filter(code=code).values_list("pk", flat=True).first()
        if found is None:
            raise forms.ValidationError(_("Không có hồ sơ mang mã này."))
        return found

    def clean_person(self) -> list[User]:
        typed = clean(self.cleaned_data["person"])
        found = people(typed) if typed else []
        if typed and not found:
            raise forms.ValidationError(_("Không có tài khoản nào khớp. Hãy gõ đúng tên đăng nhập hoặc họ tên."))
        return found

    def clean(self):
        data = super().clean()
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            self.add_error("until", _("Ngày cuối phải sau ngày đầu."))
        return data


def people(typed: str) -> list[User]:
    """Accounts by user name, number or telephone; people who hold or held a posting by their name too."""
    exact = Q(username=typed) | Q(number_index=blind("number", typed)) | Q(phone_index=blind("phone", _phone(typed)))
    found = list(User.objects.filter(exact)[:PEOPLE])
    posted = User.objects.filter(postings__isnull=False, full_name__icontains=typed).distinct()
    return found or list(posted.order_by("full_name", "pk")[:PEOPLE])


def _phone(typed: str) -> str:
    digits = typed.replace(" ", "")
    return f"+84{digits[1:]}" if digits.startswith("0") else digits or "-"


def asked_in(given) -> Asked:
    """The filters that an address says; what is no filter is left out."""

    def number(name: str) -> int | None:
        text = given.get(NAMES[name], "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None

    def day(name: str):
        try:
            return parse_date(given.get(NAMES[name], ""))
        except ValueError:
            return None

    act = given.get(NAMES["act"], "")[:60].replace("\0", "")
    return Asked(number("dossier"), number("person"), given.get(NAMES["about"]) == "1", act, day("since"), day("until"))


@dataclass(frozen=True)
class Line:
    """One entry as a person reads it."""

    entry: AuditEntry
    label: str
    actor: str
    subject: str
    url: str
    details: str


def lines(entries: list[AuditEntry]) -> list[Line]:
    """The entries in words; codes of dossiers and names of people are asked for once a page."""
    codes = _codes({e.subject_id for e in entries if e.subject_type == "dossier" and e.subject_id})
    ids = {e.actor_id for e in entries} | {e.subject_id for e in entries if e.subject_type in searching.PERSON_TYPES}
    names = {u.pk: str(u) for u in User.objects.filter(pk__in=ids - {None})}
    return [_line(entry, codes, names) for entry in entries]


def _codes(ids: set[int]) -> dict[int, str]:
    return dict(Dossier.everything.filter(pk__in=ids).exclude(code=None).values_list("pk", "code")) if ids else {}


def _line(entry: AuditEntry, codes: dict[int, str], names: dict[int, str]) -> Line:
    subject, url = f"{entry.subject_type} {entry.subject_id or ''}".strip() or entry.chain, ""
    if entry.subject_type == "dossier":
        subject = codes.get(entry.subject_id, subject)
        url = f"?{NAMES['dossier']}={entry.subject_id}"
    elif entry.subject_type in searching.PERSON_TYPES:
        subject = names.get(entry.subject_id, _("tài khoản %(number)s") % {"number": entry.subject_id})
        url = f"?{NAMES['person']}={entry.subject_id}&{NAMES['about']}=1"
    actor = entry.actor_label
    if entry.actor_id and not entry.posting_label:
        actor = names.get(entry.actor_id, actor)
    return Line(entry, label_of_act(entry.act, entry.after), actor, subject, url, details(entry.after))


# --- pages -----------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@inspectors_only
def search(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _find(request)
    asked, after = asked_in(request.GET), request.GET.get("sau", "")[:40]
    if (asked.dossier or asked.person) and not after:
        _record_look(request, asked)
    return _page(request, asked, searching.page(asked, after))


def _find(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.POST)
    if not form.is_valid():
        return _page(request, Asked(), searching.Page([]), form=form, status=422)
    data, found = form.cleaned_data, form.cleaned_data["person"]
    asked = Asked(data["code"], None, data["about"], data["act"], data["since"], data["until"])
    choices = [(person, _url(Asked(**{**vars(asked), "person": person.pk}))) for person in found]
    if len(choices) > 1:
        return _page(request, asked, searching.Page([]), form=form, people=choices)
    return redirect(choices[0][1] if choices else _url(asked))


def _url(asked: Asked) -> str:
    query = searching.query_of(asked, NAMES)
    return reverse("inspection:search") + (f"?{query}" if query else "")


def _page(request, asked: Asked, found: searching.Page, *, form=None, people=(), status: int = 200) -> HttpResponse:
    person = User.objects.filter(pk=asked.person).first() if asked.person else None
    context = {
        **frame(request, "inspection"),
        "form": form or SearchForm(initial={"act": asked.act, "since": asked.since, "until": asked.until}),
        "asked": asked,
        "query": searching.query_of(asked, NAMES),
        "older": found.older and searching.query_of(asked, NAMES, sau=found.older),
        "lines": lines(found.entries),
        "people": people,
        "person": person,
        "swapped": person and _url(Asked(**{**vars(asked), "about": not asked.about})),
        "code": _codes({asked.dossier}).get(asked.dossier) if asked.dossier else "",
        "act": ACTS.get(asked.act, asked.act),
        "first": not request.GET.get("sau"),
        "limit": exporting.LIMIT,
    }
    return render(request, "audit/search.html", context, status=status)


def actor_of(request: HttpRequest) -> Actor:
    posting = next(p for p in duties_of(request.user).postings if p.role == Role.INSPECTOR)
    return Actor(user_id=request.user.pk, label=str(request.user), posting_label=posting.label, **meta(request))


def _record_look(request: HttpRequest, asked: Asked) -> None:
    subject = {"subject_type": "dossier", "subject_id": asked.dossier} if asked.dossier else {}
    subject = subject or {"subject_type": "user", "subject_id": asked.person}
    facts = {"asked": asked.facts, "ground": "oversight"}
    actor = actor_of(request)
    record(chain=f"record:{actor.user_id}", act="look_record", actor=actor, after=facts, **subject)


@require_POST
@inspectors_only
@step_up_required
def export(request: HttpRequest) -> HttpResponse:
    asked, reason = asked_in(request.POST), clean(request.POST.get("reason", ""))[:500]
    if len(reason) < 10:
        messages.error(request, _("Hãy ghi lý do xuất nhật ký, ít nhất mười chữ cái."))
        return redirect(_url(asked))
    rows = exporting.export(asked, actor=actor_of(request), reason=reason, at=now())
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="nhat-ky-{now():%Y%m%d-%H%M}.csv"'
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@inspectors_only
def proof(request: HttpRequest) -> HttpResponse:
    """The last checks of the record, its last sealed days with their signatures, and the keys that sign."""
    context = {
        **frame(request, "inspection_proof"),
        "checks": Verification.objects.order_by("-pk")[:10],
        "roots": DailyRoot.objects.order_by("-day")[:14],
        "keys": [(key, public_text(public)) for key, public in known_keys().items()],
    }
    return render(request, "audit/proof.html", context)


@require_POST
@inspectors_only
def check(request: HttpRequest) -> HttpResponse:
    checking.ask(actor=actor_of(request))
    messages.success(request, _("Đã yêu cầu kiểm tra toàn bộ nhật ký. Kết quả hiện ở đây trong ít phút."))
    return redirect("inspection:proof")

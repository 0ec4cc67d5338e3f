"""Postings from a file: every line read and judged first, then all of them stored in one transaction, or none.

The 30 former districts send who is seconded from when to when. A line that is there already is left alone, so the same
file twice changes nothing; a line that is wrong is named, and then nothing of the file is stored.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models.functions import Lower
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.models import User
from accounts.phone import normalise_phone
from audit.services import Actor, record, record_many
from branches import people
from branches.models import Branch, CompetentUnit, Posting, Role
from branches.rights import place_of
from keys.ring import blind
from places.text import clean, fold

COLUMNS = {
    "person": ("nguoi", "tai khoan", "can bo", "person"),
    "name": ("ho va ten", "ho ten", "ten", "name"),
    "role": ("vai tro", "role"),
    "place": ("ma don vi", "don vi", "ma", "place", "code"),
    "starts_on": ("tu ngay", "from"),
    "ends_on": ("den ngay", "den het ngay", "to"),
    "source": ("co quan cu", "co quan cu biet phai", "source", "source organisation"),
}
HEADS = {
    "person": _l("Người"), "name": _l("Họ và tên"), "role": _l("Vai trò"), "place": _l("Mã đơn vị"),
    "starts_on": _l("Từ ngày"), "ends_on": _l("Đến ngày"), "source": _l("Cơ quan cử"),
}  # fmt: skip
NEEDED = ("person", "name", "role", "place", "starts_on")
ENTER_ADMIN = (Role.ADMIN, Role.UNIT_ADMIN, Role.MONITOR, Role.INSPECTOR)
FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")


@dataclass(frozen=True)
class Problem:
    """What is wrong in one line of the file (0: in the file as a whole)."""

    line: int
    message: str

    def __str__(self) -> str:
        return _("Dòng %(n)s: %(what)s") % {"n": self.line, "what": self.message} if self.line else self.message


class ImportRefused(Exception):
    """The file has wrong lines; nothing was stored."""

    def __init__(self, problems: list[Problem]):
        super().__init__("; ".join(str(problem) for problem in problems[:20]))
        self.problems = problems


@dataclass
class Line:
    """One line that can be stored: for whom (`new` where the account has to be made) and what."""

    number: int
    who: str
    user: User
    posting: Posting

    @property
    def new(self) -> bool:
        return self.user.pk is None

    @property
    def content(self) -> tuple:
        p = self.posting
        place = (p.branch_id, p.unit_id)
        return (self.user.pk or self.who, p.role, place, p.starts_on, p.ends_on, p.kind, fold(p.source_organisation))

    def overlaps(self, other: "Line") -> bool:
        return self.content[:3] == other.content[:3] and _meet(self.posting, other.posting)


@dataclass
class Plan:
    lines: list[Line] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    letters: list[User] = field(default_factory=list)  # accounts that were made: their owners set a password

    @property
    def new_accounts(self) -> list[User]:
        return list({id(line.user): line.user for line in self.lines if line.new}.values())


def plan(rows: list[tuple[int, list[str]]], *, by: User | None) -> Plan:
    """What the file would bring. `by` may give only what is theirs to give; None is a command of the operators."""
    found = Plan()
    named = _named(rows, found.problems)
    if found.problems:
        return found
    known, held = _Known(named, by), {}
    for number, cells in named:
        try:
            line = _read(number, cells, known)
            if by is not None and not people.may_manage(by, line.posting):
                raise _Wrong(_("anh/chị không được phân công vai trò này ở đơn vị này"))
            if _is_new(line, held.setdefault(line.content[:3], []), known):
                found.lines.append(line)
            else:
                found.unchanged += 1
        except _Wrong as wrong:
            found.problems.append(Problem(number, str(wrong)))
    return found


@transaction.atomic
def apply(rows: list[tuple[int, list[str]]], *, by: User | None, actor: Actor) -> Plan:
    """Store what `plan` found, new accounts included, in one transaction and in the record. Raises ImportRefused."""
    with connection.cursor() as cursor:  # two files at once see each other
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import of postings'))")
    found = plan(rows, by=by)
    if found.problems:
        raise ImportRefused(found.problems)
    found.letters = found.new_accounts
    for line in found.lines:
        if line.new:
            line.user.is_staff = line.posting.role in ENTER_ADMIN
            line.user.save()
        line.posting.user = line.user
        line.posting.save()
    record_many([_entry(line, actor) for line in found.lines])
    summary = {"new": len(found.lines), "unchanged": found.unchanged}
    record(chain="branches.posting", act="import_postings", actor=actor, after=summary)
    return found


def _entry(line: Line, actor: Actor) -> dict:
    p = line.posting
    after = {
        "user": p.user_id, "role": p.role, "branch": p.branch_id, "unit": p.unit_id,
        "starts_on": p.starts_on.isoformat(), "ends_on": p.ends_on.isoformat() if p.ends_on else None, "kind": p.kind,
    }  # fmt: skip
    return {
        "chain": f"branches.posting:{p.pk}", "act": "posting_imported", "actor": actor,
        "subject_type": "branches.posting", "subject_id": p.pk, "after": after,
    }  # fmt: skip


# --- reading a line --------------------------------------------------------------------------------------------------
class _Wrong(Exception):
    """Why a line cannot be stored."""


def _named(rows: list[tuple[int, list[str]]], problems: list[Problem]) -> list[tuple[int, dict[str, str]]]:
    """Each line by the names of its columns, which the first line gives in any order."""
    if not rows:
        problems.append(Problem(0, _("Tệp không có dòng nào.")))
        return []
    heads = {fold(clean(head)): place for place, head in enumerate(rows[0][1])}
    places = {key: next((heads[name] for name in names if name in heads), None) for key, names in COLUMNS.items()}
    if missing := [str(HEADS[key]) for key in NEEDED if places[key] is None]:
        what = _("Dòng đầu thiếu cột: %(names)s. Hãy dùng tệp mẫu.") % {"names": ", ".join(missing)}
        problems.append(Problem(0, what))
        return []
    return [
        (number, {key: clean(cells[at]) if at is not None and at < len(cells) else "" for key, at in places.items()})
        for number, cells in rows[1:]
    ]


def _read(number: int, cells: dict[str, str], known: "_Known") -> Line:
    for key in ("person", "name", "role", "starts_on"):
        if not cells[key]:
            raise _Wrong(_("thiếu “%(column)s”") % {"column": HEADS[key]})
    user = known.person(cells["person"], cells["name"])
    role = known.role(cells["role"])
    branch, unit = known.place(role, cells["place"])
    starts_on, ends_on = _day(cells["starts_on"]), _day(cells["ends_on"]) if cells["ends_on"] else None
    if ends_on and ends_on < starts_on:
        raise _Wrong(_("ngày kết thúc trước ngày bắt đầu"))
    posting = Posting(
        user=user, role=role, branch=branch, unit=unit, starts_on=starts_on, ends_on=ends_on,
        kind=Posting.Kind.SECONDMENT if cells["source"] else Posting.Kind.PERMANENT,
        source_organisation=cells["source"],
    )  # fmt: skip
    if len(cells["source"]) > 150:
        raise _Wrong(_("tên cơ quan cử quá dài"))
    return Line(number, cells["person"].lower(), user, posting)


def _day(text: str) -> date:
    for form in FORMATS:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise _Wrong(_("ngày “%(text)s” không đúng, hãy ghi như 24/11/2026") % {"text": text[:20]})


def _is_new(line: Line, same: list[Line], known: "_Known") -> bool:
    """False for what is stored already. `same` are the lines before of this person in this role and place."""
    for other in same:
        if other.content == line.content:
            raise _Wrong(_("trùng với dòng %(n)s") % {"n": other.number})
        if other.overlaps(line):
            raise _Wrong(_("trùng thời gian với dòng %(n)s") % {"n": other.number})
    same.append(line)
    for posting in known.postings.get(line.user.pk, ()):
        stored = Line(0, line.who, line.user, posting)
        if stored.content == line.content:
            return False
        if stored.overlaps(line):
            raise _Wrong(_("trùng thời gian với phân công đã có: %(what)s") % {"what": _described(posting)})
    return True


def _described(posting: Posting) -> str:
    until = f"{posting.ends_on:%d/%m/%Y}" if posting.ends_on else "…"
    return f"{posting.label}, {posting.starts_on:%d/%m/%Y}–{until}"


def _meet(one: Posting, other: Posting) -> bool:
    return (other.ends_on is None or one.starts_on <= other.ends_on) and (
        one.ends_on is None or other.starts_on <= one.ends_on
    )


class _Known:
    """What the lines name, read in a handful of queries whatever their number."""

    def __init__(self, named: list[tuple[int, dict[str, str]]], by: User | None):
        texts = {cells["person"].lower() for _number, cells in named if cells["person"]}
        self.people = self._people(texts)
        self.branches = {b.code.lower(): b for b in Branch.objects.all()}
        self.units = {u.code.lower(): u for u in CompetentUnit.objects.all()}
        self.roles = {fold(str(label)): role for role, label in Role.choices} | {r.lower(): r for r in Role.values}
        self.staff = self._staff(by)
        self.postings: dict[int | None, list[Posting]] = {}
        rows = Posting.objects.filter(user__in=[user.pk for user in self.people.values()])
        for posting in rows.select_related("branch", "unit"):
            self.postings.setdefault(posting.user_id, []).append(posting)

    def _people(self, texts: Iterable[str]) -> dict[str, User]:
        phones = {phone: text for text in texts if (phone := _phone(text))}
        indexes = {blind("phone", phone): text for phone, text in phones.items()}
        found = {user.username.lower(): user for user in self._lower("username", texts)}
        found |= {user.email.lower(): user for user in self._lower("email", texts)}
        by_phone = User.objects.filter(phone_index__in=indexes, phone_verified=True) if indexes else ()
        return found | {indexes[user.phone_index]: user for user in by_phone}

    def _staff(self, by: User | None) -> set[int]:
        """Whose accounts `by` may post: who is or was of the staff, for a unit's admin the unit's own. An account that
        anybody could have opened with somebody's e-mail gets its first right from a system administrator."""
        ids = {user.pk for user in self.people.values()}
        if by is None or by.is_superuser:
            return ids
        if people.places_seen(by).all:
            return set(Posting.objects.filter(user__in=ids).values_list("user_id", flat=True))
        return set(people.StaffMember.objects.visible_to(by).filter(pk__in=ids).values_list("pk", flat=True))

    @staticmethod
    def _lower(name: str, texts: Iterable[str]):
        return User.objects.annotate(lowered=Lower(name)).filter(lowered__in=list(texts)).exclude(**{name: ""})

    def person(self, text: str, name: str) -> User:
        """The account; where an e-mail is nobody's yet, a new one, whose owner sets the password by letter."""
        user = self.people.get(text.lower())
        if user is None:
            user = self.people[text.lower()] = _new_account(text, name)
        elif user.pk and user.pk not in self.staff:
            raise _Wrong(_("tài khoản này chưa là cán bộ; quản trị hệ thống phải phân công lần đầu"))
        if not user.is_active:
            raise _Wrong(_("tài khoản này đã khóa"))
        if user.full_name and fold(user.full_name) != fold(name):
            raise _Wrong(_("họ tên không khớp với tài khoản “%(person)s”") % {"person": text})
        return user

    def role(self, text: str) -> Role:
        role = self.roles.get(text.lower()) or self.roles.get(fold(text))
        if role is None:
            raise _Wrong(_("không có vai trò “%(text)s”") % {"text": text[:40]})
        return Role(role)

    def place(self, role: Role, code: str) -> tuple[Branch | None, CompetentUnit | None]:
        """The branch or unit with that code, as the role wants it."""
        branch, unit = self.branches.get(code.lower()), self.units.get(code.lower())
        if code and branch is None and unit is None:
            raise _Wrong(_("không có chi nhánh hay cơ quan mang mã “%(code)s”") % {"code": code[:20]})
        kind = place_of(role)
        if kind == "city":
            if code:
                raise _Wrong(_("vai trò của Trung tâm thì để trống mã đơn vị"))
            return None, None
        fits = {"branch": branch, "unit": unit, "either": branch or unit}[kind]
        if fits is None:
            raise _Wrong(_("vai trò “%(role)s” cần mã của %(kind)s") % {"role": role.label, "kind": _KINDS[kind]})
        return (branch, None) if branch and kind != "unit" else (None, unit)


_KINDS = {"branch": "chi nhánh", "unit": "cơ quan giải quyết", "either": "chi nhánh hoặc cơ quan"}


def _phone(text: str) -> str:
    try:
        return normalise_phone(text) if any(c.isdigit() for c in text) and "@" not in text else ""
    except ValidationError:
        return ""


def _new_account(text: str, name: str) -> User:
    try:
        validate_email(text)
    except ValidationError:
        raise _Wrong(
            _("không có tài khoản “%(person)s”; ghi thư điện tử thì tài khoản mới được lập") % {"person": text[:60]}
        ) from None
    if len(name) > 150 or len(text) > 100:
        raise _Wrong(_("họ tên hoặc thư điện tử quá dài"))
    user = User(username=f"cb-{get_random_string(10).lower()}", email=text.lower(), full_name=name)
    user.set_unusable_password()
    return user

"""Demo accounts for every role, so that any dossier can be taken to its result by somebody."""

from dataclasses import dataclass
from datetime import date
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from accounts.second_factor import demo_secret, give_demo_factors
from branches.models import CENTRE_ROLES, Branch, CompetentUnit, Posting, Role, UnitArea, UnitKind
from branches.selectors import branch_of_ward
from dossiers.demo import names
from places.models import Ward
from places.text import fold

PASSWORD = "HaNoi-2026"  # easy to say at a demonstration; these accounts exist in demo mode only
POSTED_ON = date(2025, 7, 1)
CITIZENS, BUSINESSES = 24, 6
CITY_KINDS_WITH_TWO = ("CONSTRUCTION", "FINANCE", "HOME_AFFAIRS", "POLICE_CITY", "HEALTH")


@dataclass(frozen=True)
class Part:
    """One account to be: who plays what, where."""

    username: str
    role: str  # a posting's role, CITIZEN, BUSINESS or SUPERUSER
    branch: Branch | None = None
    unit: CompetentUnit | None = None
    ward: str = ""


def busy_wards() -> list[str]:
    """Wards in which much happens: the first of the areas of the first branches."""
    wards: list[str] = []
    for branch, count in zip(Branch.objects.order_by("number"), (4, 3, 2, 1, 1), strict=False):
        wards += branch.areas.order_by("ward_id").values_list("ward_id", flat=True)[:count]
    return wards


def parts() -> list[Part]:
    """Every account of the demo, those to try first first."""
    return [*_centre(), *_applicants(), *_branches(), *_units()]


def _centre() -> list[Part]:
    return [
        Part("quan.tri", "SUPERUSER"),
        Part("quan.tri.thu.tuc", Role.ADMIN),
        Part("quan.tri.thu.tuc.2", Role.ADMIN),  # four eyes: what the first asks for, the second approves
        Part("giam.sat", Role.MONITOR),
        Part("thanh.tra", Role.INSPECTOR),
    ]


def _applicants() -> list[Part]:
    wards, all_wards = busy_wards(), list(Ward.objects.order_by("code").values_list("code", flat=True))
    homes = wards + all_wards[:: max(1, len(all_wards) // (CITIZENS + BUSINESSES))]
    citizens = [
        Part("cong.dan" if n == 1 else f"cong.dan.{n}", "CITIZEN", ward=homes[(n - 1) % len(homes)])
        for n in range(1, CITIZENS + 1)
    ]
    businesses = [
        Part("doanh.nghiep" if n == 1 else f"doanh.nghiep.{n}", "BUSINESS", ward=homes[n % len(homes)])
        for n in range(1, BUSINESSES + 1)
    ]
    return citizens + businesses


def _branches() -> list[Part]:
    made = []
    for branch in Branch.objects.order_by("number"):
        place = fold(branch.code)
        made += [
            Part(f"tiepnhan.{place}.{n}", Role.CLERK, branch=branch) for n in range(1, 3 + 2 * (branch.number <= 2))
        ]
        made += [
            Part(f"thungan.{place}", Role.CASHIER, branch=branch),
            Part(f"phutrach.{place}", Role.BRANCH_HEAD, branch=branch),
            Part(f"quantri.{place}", Role.UNIT_ADMIN, branch=branch),
        ]
    return made


def _units() -> list[Part]:
    """One officer and one leader a unit; two officers where many dossiers go."""
    busy = set(UnitArea.objects.filter(ward_id__in=busy_wards()).values_list("unit_id", flat=True))
    made, taken = [], set()
    units = CompetentUnit.objects.filter(is_active=True).order_by("code")
    for unit in sorted(units, key=lambda unit: (unit.pk not in busy, unit.kind != UnitKind.WARD, unit.code)):
        slug = _slug(unit)
        if slug in taken:
            slug = f"{slug}.{unit.code[:3]}"
        taken.add(slug)
        made += [Part(f"lanhdao.{slug}", Role.LEADER, unit=unit), Part(f"chuyenvien.{slug}", Role.OFFICER, unit=unit)]
        if unit.pk in busy or unit.kind in CITY_KINDS_WITH_TWO:
            made.append(Part(f"chuyenvien.{slug}.2", Role.OFFICER, unit=unit))
    return made


def _slug(unit: CompetentUnit) -> str:
    text = fold(str(unit)).replace(",", "").replace("van phong", "vp")
    return "-".join(text.split())[:60]


@transaction.atomic
def make_accounts() -> int:
    """Make the accounts that are not there yet, with their postings. The password is hashed once for all of them."""
    wanted = parts()
    known = set(User.objects.filter(username__in=[p.username for p in wanted]).values_list("username", flat=True))
    new = [part for part in wanted if part.username not in known]
    if not new:
        give_demo_factors(_staff())
        return 0
    encoded = make_password(PASSWORD)
    users = User.objects.bulk_create([_user(part, encoded) for part in new], batch_size=500)
    Posting.objects.bulk_create(
        Posting(user=user, role=part.role, branch=part.branch, unit=part.unit, starts_on=POSTED_ON)
        for part, user in zip(new, users, strict=True)
        if part.role in Role.values
    )
    give_demo_factors(_staff())
    return len(new)


def _staff():
    return User.objects.filter(Q(is_superuser=True) | ~Q(postings=None), is_demo=True).distinct()


def _user(part: Part, encoded: str) -> User:
    rng = Random(part.username)
    applicant = part.role in ("CITIZEN", "BUSINESS")
    born = date(rng.randrange(1960, 2003), rng.randrange(1, 13), rng.randrange(1, 28))
    return User(
        username=part.username,
        password=encoded,
        full_name=names.person_name(rng),
        email=f"{part.username}@example.com" if part.username in ("cong.dan", "doanh.nghiep") else "",
        phone=names.phone(rng) if applicant else "",
        personal_number=names.personal_number(rng, born) if applicant else "",
        birth_date=born if applicant else None,
        ward_id=part.ward or None,
        address_line=names.address(rng) if applicant else "",
        is_staff=part.role in (*CENTRE_ROLES, Role.UNIT_ADMIN, "SUPERUSER"),
        is_superuser=part.role == "SUPERUSER",
        is_demo=True,
    )


class Cast:
    """The demo's people by what they do and where, one object each for the whole load (postings are read once)."""

    def __init__(self):
        self.wards = list(Ward.objects.order_by("code").values_list("code", flat=True))
        self.busy = busy_wards()
        self.clerks: dict[int, list[User]] = {}
        self.cashiers: dict[int, User] = {}
        self.leaders: dict[int, User] = {}
        self.officers: dict[int, list[User]] = {}
        self.by_id: dict[int, User] = {}
        rows = Posting.objects.filter(user__is_demo=True).select_related("user").order_by("pk")
        for posting in rows:
            self._place(posting)
        applicants = User.objects.filter(is_demo=True, postings=None, is_superuser=False).order_by("pk")
        self.citizens = [u for u in applicants if u.username.startswith("cong.dan")]
        self.businesses = [u for u in applicants if u.username.startswith("doanh.nghiep")]
        self._branches: dict[str, Branch | None] = {}

    def _place(self, posting: Posting) -> None:
        user = self.by_id.setdefault(posting.user_id, posting.user)
        if posting.role == Role.CLERK:
            self.clerks.setdefault(posting.branch_id, []).append(user)
        elif posting.role == Role.CASHIER:
            self.cashiers[posting.branch_id] = user
        elif posting.role == Role.LEADER:
            self.leaders[posting.unit_id] = user
        elif posting.role == Role.OFFICER:
            self.officers.setdefault(posting.unit_id, []).append(user)

    def branch_of(self, ward: str) -> Branch | None:
        if ward not in self._branches:
            self._branches[ward] = branch_of_ward(ward)
        return self._branches[ward]


def listing() -> list[dict]:
    """The demo accounts that are there, for people and programs.

    Each is {username, password, totp_secret, role, branch, unit}; the secret (base32, RFC 6238) is None for a citizen.
    """
    order = {part.username: n for n, part in enumerate(parts())}
    rows = User.objects.filter(is_demo=True).prefetch_related("postings__branch", "postings__unit")
    return [_line(user) for user in sorted(rows, key=lambda user: (order.get(user.username, len(order)), user.pk))]


def _line(user: User) -> dict:
    posting = next(iter(user.postings.all()), None)
    plain = "SUPERUSER" if user.is_superuser else "BUSINESS" if user.username.startswith("doanh.nghiep") else "CITIZEN"
    return {
        "username": user.username,
        "password": PASSWORD,
        "totp_secret": demo_secret(user.username) if posting or user.is_superuser else None,
        "role": posting.role if posting else plain,
        "branch": posting.branch.code if posting and posting.branch else None,
        "unit": posting.unit.code if posting and posting.unit else None,
    }

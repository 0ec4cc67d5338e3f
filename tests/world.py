"""People and dossiers for tests, made by the real services."""

import itertools
from datetime import date

from accounts.models import User
from audit.services import PERSON, Actor
from branches.models import Branch, CompetentUnit, Posting, Role
from dossiers.acts import available, perform, proven
from dossiers.models import Dossier, StoredFile
from dossiers.services.submission import Filing, file_dossier
from procedures.models import Procedure
from procedures.schema import example_answers
from procedures.spec import Spec
from procedures.versions import published_spec

_numbers = itertools.count(1)
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
trailer<</Root 1 0 R/Size 4>>
%%EOF
"""


def person(name: str = "Nguyễn Văn An", **more) -> User:
    n = next(_numbers)
    more = {"username": f"nguoi{n}", "email": f"nguoi{n}@example.com", "full_name": name} | more
    return User.objects.create_user(password="mat-khau-dung", **more)


def posted(role: str, *, branch=None, unit=None, name: str = "", **more) -> User:
    user = person(name or f"{Role(role).label} {next(_numbers)}")
    Posting.objects.create(user=user, role=role, branch=branch, unit=unit, **{"starts_on": date(2025, 1, 1), **more})
    return user


def staff(role: str, **more) -> User:
    """As `posted`, with the admin's door open to them."""
    user = posted(role, **more)
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    return user


def clerk(branch: Branch | None = None) -> User:
    return posted(Role.CLERK, branch=branch or branch_number(1))


def branch_number(number: int) -> Branch:
    return Branch.objects.get(number=number)


def unit_of_kind(kind: str, ward: str = "00004") -> CompetentUnit:
    from branches.selectors import unit_for

    return unit_for(kind, ward)


def spec(code: str = "1.001193") -> Spec:
    found = published_spec(code)
    assert found, f"procedure {code} is not in the catalogue"
    return found


def upload(by: User, name: str = "giay.pdf", content: bytes = PDF) -> StoredFile:
    from django.core.files.base import ContentFile

    from dossiers.storage import store

    return store(ContentFile(content, name=name), name=name, by=by)


def required_files(of: Spec, answers: dict, by: User) -> dict[str, list[str]]:
    return {d.key: [str(upload(by).pk)] for d in of.asks(answers) if d.required}


def submitted(code: str = "1.001193", *, owner: User | None = None, branch=None, answers=None, **more) -> Dossier:
    """A dossier filed online with the examples of its form (and `answers` over them)."""
    owner = owner or person()
    of = spec(code)
    answers = example_answers(of) | (answers or {})
    filing = Filing(answers, required_files(of, answers, owner), branch=branch, **more)
    return file_dossier(spec=of, filing=filing, by=owner, actor=Actor(user_id=owner.pk, label=PERSON), owner=owner)


def act(dossier: Dossier, name: str, user: User, **data) -> Dossier:
    return perform(dossier.pk, name, data, user=user, step_up=proven)


def names(dossier: Dossier, user: User) -> list[str]:
    """The names of what `user` may do with the dossier now."""
    fresh = Dossier.objects.get(pk=dossier.pk)
    return [action.name for action in available(fresh, user)]


def forward(dossier: Dossier, user: User):
    """The way forward that `user` has now, or None."""
    return next((a for a in available(dossier, user) if a.act.primary), None)


def codes_of_family(family: str) -> list[str]:
    return list(Procedure.objects.filter(published__family=family).order_by("code").values_list("code", flat=True))

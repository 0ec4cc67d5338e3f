"""Who comes to the pages of design without being asked, and what happens when two come at once."""

import io
import re
import threading
import time
from datetime import timedelta
from urllib.parse import urlencode

import pgtrigger
import pytest
from django.db import Error, connection, transaction
from django.test import Client
from django.urls import get_resolver, reverse
from PIL import Image

from audit.services import SYSTEM
from branches.models import Role
from dossiers.errors import Refusal
from dossiers.models import Dossier, VersionMove, WorkItem
from dossiers.services import drafts as dossier_drafts
from dossiers.services import moving, submission
from procedures import drafts, releasing, versions
from procedures.models import FormField, Procedure, ReleaseRequest
from procedures.releasing import NotReleasable
from studio import trying
from tests.dossiers.citizen_steps import logged_in, read
from tests.dossiers.test_api import Api, body_for
from tests.dossiers.test_bad_input import at_once
from tests.procedures.kinds import spec_of_all_kinds
from tests.procedures.test_design_attacks import CODE, WHY, admins, draft_of
from tests.world import act, branch_number, person, posted, staff, submitted, unit_of_kind, upload
from worktime import now

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(catalogue):
    return draft_of()


# --- who has no business here -------------------------------------------------------------------------------------
def addresses(draft) -> list[str]:
    """Every address of design: the studio's, and those of procedures in Django admin."""
    known = {
        "version_id": draft.pk, "procedure_id": draft.procedure_id, "pk": 1, "request_id": 1, "release_id": 1,
        "code": "H26.1", "name": "receive", "object_id": draft.pk, "key": "applicant",
    }  # fmt: skip
    found = []
    for start in ("thiet-ke/", "admin/procedures/"):
        for pattern in _patterns(get_resolver().url_patterns):
            if pattern.startswith(start):
                found.append("/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(known[m[1]]), pattern))
    assert len(found) > 60
    return found


def _patterns(patterns, before=""):
    for one in patterns:
        route = before + str(one.pattern).removeprefix("^").removesuffix("$").replace("\\Z", "")
        if hasattr(one, "url_patterns"):
            yield from _patterns(one.url_patterns, route)
        elif "(?P" not in route:
            yield route


def test_nobody_without_the_posting_opens_or_presses_anything(draft):
    ward, branch = unit_of_kind("WARD"), branch_number(1)
    strangers = [
        None, person(), staff(Role.CLERK, branch=branch), staff(Role.CASHIER, branch=branch),
        staff(Role.BRANCH_HEAD, branch=branch), staff(Role.OFFICER, unit=ward), staff(Role.LEADER, unit=ward),
    ]  # fmt: skip
    for stranger in strangers:
        client = logged_in(stranger) if stranger else Client()
        for address in addresses(draft):
            for method in (client.get, client.post):
                answer = method(address)
                refused = (302, 403, 404, 405, 400) if method == client.get else (302, 403, 404, 405)
                assert answer.status_code in refused, (stranger, address, answer.status_code)
                # Django sends on from an address that is no page: to its door, its front, or the page itself.
                onwards = ("/admin/login/", f"{address}change/")
                turned_away = answer.status_code != 302 or answer.url == "/admin/" or answer.url.startswith(onwards)
                assert turned_away, (stranger, address, answer.url)


def test_who_may_only_look_changes_nothing(draft):
    for role in (Role.MONITOR, Role.INSPECTOR):
        client = logged_in(staff(role))
        counted = Procedure.objects.count(), draft.procedure.versions.count()
        for address in addresses(draft):
            answer = client.post(address, {"reason": "x", "public_text": "x", "_confirmed": "1", "preview": "x"})
            assert answer.status_code in (200, 302, 400, 403, 404, 405), (role, address, answer.status_code)
        assert (Procedure.objects.count(), draft.procedure.versions.count()) == counted
        assert not ReleaseRequest.objects.exists() and not draft.procedure.suspensions.exists()
        assert not Dossier.everything.filter(is_scratch=True).exists()
        before = draft.digest
        draft.refresh_from_db()
        assert draft.digest == before and draft.editors == []


def test_every_button_needs_the_pages_own_token(draft):
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff(Role.ADMIN))
    for address in addresses(draft):
        assert client.post(address).status_code in (403, 404, 405), address


def test_a_draft_is_not_in_the_catalogue_of_other_programs(draft, client):
    found = client.get(f"/api/v1/procedures/{CODE}/versions/").json()["results"]
    assert draft.number not in [one["number"] for one in found]
    one = draft.procedure.published.number
    for a, b in ((draft.number, one), (one, draft.number)):
        answer = client.get(f"/api/v1/procedures/{CODE}/versions/{a}/compare/{b}/")
        assert answer.status_code == 404


def test_a_page_is_left_for_no_other_site(draft):
    client = logged_in(staff(Role.ADMIN))
    for evil in ("//evil.example", "https://evil.example", "1\n2"):
        answer = client.get(reverse("studio:move_find"), {"ma": "X", "ve": evil})
        assert answer.url == reverse("studio:home")


# --- two at once --------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_what_is_approved_is_what_comes_into_force_even_while_a_draft_is_being_changed(catalogue_as_it_was):
    """The approval waits for whoever changes the draft, and then sees that it is another than was asked for."""
    author, second = admins()
    draft = draft_of(by=author)
    asked = releasing.request(draft, by=author, **WHY)
    result, changing = [], threading.Event()

    def approve():
        changing.wait(10)
        try:
            result.append(releasing.approve(asked, by=second))
        except NotReleasable as refused:
            result.append(refused)
        finally:
            connection.close()

    thread = threading.Thread(target=approve)
    thread.start()
    with transaction.atomic():
        version = drafts.locked(draft.pk)
        FormField.objects.filter(version=version, required=True).update(hint="Câu chưa ai duyệt")
        changing.set()
        time.sleep(0.5)  # long enough for the approval to get as far as it can
        drafts.touched(version, author)
    thread.join(20)
    assert isinstance(result[0], NotReleasable) and "đề nghị lại" in str(result[0])
    assert not draft.releases.exists()


@pytest.mark.django_db(transaction=True)
def test_two_approvals_and_a_withdrawal_at_once_decide_once(catalogue_as_it_was):
    author, second = admins()
    third = posted(Role.ADMIN)
    asked = releasing.request(draft_of(by=author), by=author, starts_at=now() + timedelta(days=3), **WHY)
    results = at_once(
        lambda: releasing.approve(asked, by=second),
        lambda: releasing.approve(asked, by=third),
        lambda: releasing.withdraw(asked, by=author),
    )
    assert sum(not isinstance(r, Exception) for r in results) == 1
    assert all(isinstance(r, NotReleasable) for r in results if isinstance(r, Exception))
    asked.refresh_from_db()
    assert asked.version.releases.count() == (asked.state == "approved")


@pytest.mark.django_db(transaction=True)
def test_drafts_made_at_once_have_their_own_numbers(catalogue_as_it_was):
    published = Procedure.objects.get(code=CODE).published
    made = at_once(*[lambda: releasing.copy_to_draft(published)] * 5)
    assert len({draft.number for draft in made}) == 5


def test_a_page_without_its_edition_overwrites_nobody(draft):
    client = logged_in(staff(Role.ADMIN))
    address = reverse("admin:procedures_procedureversion_change", args=[draft.pk])
    for edition in ("", "-1", "999999", "x"):
        answer = client.post(address, {"edition": edition, "short_name": "Cướp"})
        assert answer.status_code == 200
    draft.refresh_from_db()
    assert draft.short_name == "Kiểu mới"


# --- trials -------------------------------------------------------------------------------------------------------
def test_a_real_dossier_never_becomes_a_trial_nor_a_trial_real(catalogue, draft):
    real = submitted(CODE)
    with pytest.raises(Error, match="real or a trial"), transaction.atomic():
        Dossier.everything.filter(pk=real.pk).update(is_scratch=True)
    tester = staff(Role.ADMIN)
    trial = trying.start(draft, by=tester)
    trying.fill(trial.pk, by=tester)
    trial = trying.submit(trial.pk, by=tester, actor=SYSTEM)
    with pytest.raises(Error, match="real or a trial"), transaction.atomic():
        Dossier.everything.filter(pk=trial.pk).update(is_scratch=False)


def test_the_maker_of_a_trial_may_do_nothing_with_a_real_dossier_they_made(catalogue):
    """Trying gives every role on the trial only: it asks for the mark, not for who made the dossier."""
    admin = staff(Role.ADMIN)
    real = submitted(CODE, owner=admin)
    for name in ("receive", "refuse", "hand_over"):
        with pytest.raises(Refusal):
            act(real, name, admin)


def test_another_admin_does_not_walk_or_read_a_trial(draft):
    tester, other = staff(Role.ADMIN), staff(Role.ADMIN)
    trial = trying.start(draft, by=tester)
    trying.fill(trial.pk, by=tester)
    file = trial.attachments.first()
    client = logged_in(other)
    for name in ("try_walk", "try_fill", "try_submit", "try_restart"):
        assert client.get(reverse(f"studio:{name}", args=[trial.pk])).status_code in (404, 405)
        assert client.post(reverse(f"studio:{name}", args=[trial.pk])).status_code in (404, 405)
    assert client.get(f"/ho-so/nhap/{trial.pk}/").status_code == 404
    if file:
        assert client.get(reverse("dossiers:file", args=[file.pk])).status_code == 404
    assert not WorkItem.objects.filter(dossier=trial).exists()


# --- what only some may see ---------------------------------------------------------------------------------------
@pytest.fixture
def secret(catalogue):
    """A dossier whose answer and picture only officers and leaders read."""
    wanted = spec_of_all_kinds()
    version = versions.write(wanted, Procedure.objects.get(code=CODE))
    FormField.objects.filter(version=version, key="title").update(seen_by=["OFFICER"])
    FormField.objects.filter(version=version, key="photo").update(seen_by=["OFFICER"])
    releasing.keep_digest(version)
    versions.publish(version)
    owner = person()
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(content, "PNG")
    photo = upload(owner, "bi-mat.png", content.getvalue())
    answers = {"title": "Bí mật của tôi", "photo": str(photo.pk), "drawing": str(upload(owner).pk)}
    return submitted(CODE, owner=owner, answers=answers)


def test_an_answer_kept_from_some_is_on_none_of_their_pages(secret):
    clerk, officer = staff(Role.CLERK, branch=secret.branch), posted(Role.OFFICER, unit=secret.unit)
    monitor, admin = staff(Role.MONITOR), staff(Role.ADMIN)
    code = secret.code
    desk = f"/can-bo/ho-so/{code}/"
    assert "Bí mật của tôi" in read(logged_in(officer).get(reverse("desk:dossier", args=[code])))
    for user in (clerk, monitor, admin):
        client = logged_in(user)
        pages = [reverse("desk:dossier", args=[code]), desk, f"/api/v1/dossiers/{code}/"]
        pages += [reverse("admin:dossiers_dossier_change", args=[secret.pk]), f"/ho-so/{code}/"]
        for page in pages:
            answer = client.get(page, follow=True)
            assert "Bí mật của tôi" not in answer.content.decode(), (user, page)
            assert "bi-mat.png" not in answer.content.decode(), (user, page)
    assert "Bí mật của tôi" in str(Api(secret.owner).get(f"dossiers/{code}/").json()["answers"])
    assert "Bí mật của tôi" not in str(Api(clerk).get(f"dossiers/{code}/").json())


# --- rows and files from a browser --------------------------------------------------------------------------------
@pytest.fixture
def form(catalogue):
    version = versions.write(spec_of_all_kinds(), Procedure.objects.get(code=CODE))
    versions.publish(version)
    owner = person()
    return dossier_drafts.start_draft(spec=versions.read(version.pk), by=owner, owner=owner)


@pytest.mark.parametrize(
    "change",
    ["drop children-0", "drop children-99999999", "drop children-" + "9" * 5000, "add x", "add children", "drop ",
     "add children-rows", "drop __proto__", "drop children-٣", "add", "x" * 3000],
)  # fmt: skip
def test_no_button_of_a_row_breaks_the_page(form, change):
    sent = {"children-rows": "999999", "change": change, "children-0-name": "An", "sum": "999", "costs-rows": "-1"}
    sent |= {f"children-{'9' * 5000}-name": "x", "children-٣-name": "x", "children-0-": "x", "children--1-name": "x"}
    client, page = logged_in(form.owner), f"/ho-so/nhap/{form.pk}/details/"
    for rows in ("999999", "9" * 5000, "x"):
        body = urlencode(sent | {"children-rows": rows})
        answer = client.post(page, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 200


def test_the_calculator_reads_no_more_rows_than_it_would_take(form, client):
    sent = {"costs-rows": "999999", "children-rows": "999999", "costs-0-price": "1e999", "animals": "NaN"}
    assert client.get(f"/thu-tuc/{CODE}/tinh-phi/", sent).status_code in (200, 404)


def test_forged_hidden_and_strangers_answers_are_not_taken(form):
    owner, stranger = form.owner, person()
    theirs = upload(stranger)
    citizen = Api(owner)
    body = body_for(citizen, CODE)
    del body["answers"]["photo"]
    forged = body["answers"] | {"sum": 1, "drawing": str(theirs.pk)}
    answer = citizen.post("dossiers/", {**body, "answers": forged})
    assert answer.status_code == 422 and "drawing" in answer.content.decode()
    del body["answers"]["drawing"]
    forged = body["answers"] | {"sum": 1, "neighbours": False, "neighbours_agree": True}
    made = citizen.post("dossiers/", {**body, "answers": forged}).json()
    dossier = Dossier.objects.get(code=made["code"])
    assert "neighbours_agree" not in dossier.answers
    assert any(w["field"] == "neighbours_agree" for w in made["warnings"] if w["code"] == "not_asked")
    assert dossier.answers["sum"] == sum(row["total"] for row in dossier.answers["costs"])


@pytest.mark.parametrize(
    "rows",
    [[{"name": "An"}] * 5000, [[]] * 50, [{"name": {"a": [1] * 100}}], {"0": {"name": "An"}}, "An", [None] * 3,
     [{"a.b": 1, "__proto__": 2, "": 3}], 10**400, [[[[[[]]]]]]],
)  # fmt: skip
def test_odd_rows_are_mistakes_with_their_path(form, rows):
    citizen = Api(form.owner)
    body = body_for(citizen, CODE)
    answer = citizen.post("dossiers/", {**body, "answers": body["answers"] | {"children": rows}})
    assert answer.status_code in (400, 422)
    assert any("children" in error["field"].split(".")[:2] for error in answer.json()["errors"])


EVIL = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


def test_what_an_admin_wrote_is_text_on_every_page_of_design_and_of_the_citizen(catalogue, client):
    """A name with marks in it breaks no page: an imported procedure may come from anywhere."""
    version = versions.write(spec_of_all_kinds(), Procedure.objects.get(code=CODE))
    FormField.objects.filter(version=version).exclude(kind__in=("ward", "choice", "many")).update(label=EVIL, hint=EVIL)
    version.steps.update(name=EVIL, public_name=EVIL)
    version.moves.update(label=EVIL)
    version.documents.update(name=EVIL, full_name=EVIL, condition_text=EVIL)
    type(version).objects.filter(pk=version.pk).update(short_name=EVIL[:100], name=EVIL, summary=EVIL, result=EVIL)
    releasing.keep_digest(version)
    versions.publish(version)
    admin, tester = logged_in(staff(Role.ADMIN)), staff(Role.ADMIN)
    copy = draft_of()
    trial = trying.start(copy, by=tester)
    owner = person()
    mine = dossier_drafts.start_draft(spec=versions.read(version.pk), by=owner, owner=owner)
    pages = [(admin, reverse(f"studio:{name}", args=[pk])) for name, pk in (
        ("timeline", version.procedure_id), ("compare", version.procedure_id), ("drawing", version.pk),
        ("request", copy.pk), ("try", copy.pk), ("calculator", copy.pk), ("heat", version.procedure_id),
        ("try_wrong", copy.pk), ("suspend", version.procedure_id),
    )]  # fmt: skip
    pages += [(admin, reverse("studio:home")), (admin, reverse("studio:quality"))]
    pages += [(admin, reverse("admin:procedures_procedureversion_change", args=[pk])) for pk in (version.pk, copy.pk)]
    pages += [(logged_in(tester), reverse("studio:try_walk", args=[trial.pk])), (client, f"/thu-tuc/{CODE}/")]
    citizen = logged_in(owner)
    pages += [(citizen, f"/ho-so/nhap/{mine.pk}/{key}") for key in ("", "about/", "people/", "details/", "giay-to/")]
    for who, page in pages:
        html = read(who.get(page))
        assert "<img src=x" not in html and "<script>alert" not in html, page


# --- a move of version --------------------------------------------------------------------------------------------
def test_the_record_of_a_move_is_good_for_that_move_only(catalogue):
    author, second = admins()
    dossier = submitted(CODE)
    old = dossier.version_id
    draft = draft_of(by=author)
    releasing.approve(releasing.request(draft, by=author, **WHY), by=second)
    there = {"reason": "Đổi", "by": author, "actor": SYSTEM}
    moving.move(dossier_id=dossier.pk, version=draft, **there)
    moving.move(dossier_id=dossier.pk, version=Procedure.objects.get(code=CODE).versions.get(pk=old), **there)
    assert VersionMove.objects.count() == 2
    with pytest.raises(Error, match="version"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE dossiers_dossier SET version_id = %s WHERE id = %s", [draft.pk, dossier.pk])
    with pytest.raises(Error), transaction.atomic():
        VersionMove.objects.update(to_step="x")


# --- stopped ------------------------------------------------------------------------------------------------------
def test_a_key_used_before_the_stop_gives_its_answer_and_no_second_dossier(catalogue):
    author, _second = admins()
    citizen = Api(person())
    body = body_for(citizen, CODE)
    first = citizen.post("dossiers/", body, Idempotency_Key="mot").json()
    releasing.suspend(Procedure.objects.get(code=CODE), by=author, reason="Lỗi", public_text="Tạm dừng.")
    assert citizen.post("dossiers/", body, Idempotency_Key="mot").json() == first
    for key in ("hai", ""):
        assert citizen.post("dossiers/", body, Idempotency_Key=key).status_code == 409
    clerk = Api(posted(Role.CLERK, branch=branch_number(1)))
    answer = clerk.post("dossiers/", {**body_for(clerk, CODE), "channel": "counter", "branch": "1"})
    assert answer.status_code == 409
    assert Dossier.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_submits_while_a_version_is_published_stay_on_what_their_people_saw(catalogue_as_it_was):
    author, _second = admins()
    procedure = Procedure.objects.get(code=CODE)
    old, draft = procedure.published_id, draft_of(by=author)
    citizens = [Api(person()) for _ in range(4)]
    bodies = [body_for(citizen, CODE) for citizen in citizens]
    try:
        results = at_once(
            *(lambda c=c, b=b: c.post("dossiers/", b) for c, b in zip(citizens, bodies, strict=True)),
            lambda: versions.publish(draft),
        )
        assert all(answer.status_code in (201, 409) for answer in results[:-1])
        for dossier in Dossier.objects.all():
            assert dossier.version_id in (old, draft.pk)
    finally:
        Procedure.objects.filter(pk=procedure.pk).update(published=old)
        with pgtrigger.ignore("procedures.Release:release_only_ends"):
            versions.Release.objects.filter(version=old).update(ends_at=None)


def test_a_submit_of_a_version_no_longer_in_force_is_refused(catalogue):
    old = versions.read(Procedure.objects.get(code=CODE).published_id)
    versions.publish(draft_of())
    owner = person()
    with pytest.raises(Refusal, match="quy định mới"):
        submission.file_dossier(spec=old, filing=submission.Filing({}), by=owner, actor=SYSTEM, owner=owner)

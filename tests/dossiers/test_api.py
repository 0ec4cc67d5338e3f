"""The API does what the browser does, and an outsider can take every procedure to its result by `actions` alone."""

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import ApiToken
from accounts.second_factor import is_required
from audit.services import entries
from branches.models import Role
from dossiers.models import Dossier, IdempotencyKey
from dossiers.services.reception import hand_over_by_system
from procedures.models import Procedure
from tests import world
from tests.dossiers.test_line import all_codes
from tests.signing_in import code_of

pytestmark = pytest.mark.django_db


class Api:
    """A program with a bearer token."""

    def __init__(self, user=None, language="vi"):
        self.headers = {"Accept-Language": language}
        if user:
            self.headers["Authorization"] = f"Bearer {ApiToken.issue(user)}"
            if is_required(user):  # whoever signs shows what their authenticator app shows
                self.headers["X-Step-Up"] = code_of(user)
        self.client = Client(raise_request_exception=False)

    def get(self, path, **query):
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers)

    def post(self, path, body, **headers):
        more = {k.replace("_", "-"): v for k, v in headers.items()}
        return self.client.post(f"/api/v1/{path}", body, content_type="application/json", headers=self.headers | more)

    def upload(self, content=world.PDF, name="giay.pdf"):
        from django.core.files.uploadedfile import SimpleUploadedFile

        return self.client.post("/api/v1/files/", {"file": SimpleUploadedFile(name, content)}, headers=self.headers)


def body_for(api: Api, code: str) -> dict:
    """A dossier made from nothing but what the API says about the procedure."""
    procedure = api.get(f"procedures/{code}/").json()
    answers = procedure["form"]["examples"][0]
    asked = api.post(f"procedures/{code}/validate/", {"answers": answers}).json()["documents"]
    files = {
        d["key"]: [api.upload().json()["id"]] for d in procedure["documents"] if d["required"] and d["key"] in asked
    }
    return {"procedure": code, "branch": "CN01" if procedure["any_branch"] else "", "answers": answers, "files": files}


@pytest.fixture
def citizen(catalogue):
    return Api(world.person())


def drive(apis, code, limit=40):
    """Whoever has a way forward takes it; its answer says what they can do next, and then the others are asked."""
    dossier, action = {}, None
    for _ in range(limit):
        if not action:
            api, dossier, action = who_can(apis, code)
        assert action, f"{dossier['status']} {dossier['step']}: no way forward"
        answer = api.client.post(
            action["href"], action["input"]["examples"][0], content_type="application/json", headers=api.headers
        )
        dossier = answer.json()
        assert answer.status_code == 200, dossier
        if dossier["status"] == "RETURNED":
            return dossier
        action = primary(dossier)
    raise AssertionError("no end")


def who_can(apis, code):
    dossier = {"status": "seen by nobody", "step": ""}
    for api in apis:
        seen = api.get(f"dossiers/{code}/")
        if seen.status_code == 404:
            continue
        dossier = seen.json()
        if action := primary(dossier):
            return api, dossier, action
    return None, dossier, None


def primary(dossier):
    return next((a for a in dossier["actions"] if a["primary"]), None)


@pytest.mark.parametrize("code", all_codes())
def test_every_procedure_is_filed_and_returned_by_following_actions(citizen, code):
    answer = citizen.post("dossiers/", body_for(citizen, code))
    assert answer.status_code == 201, answer.json()
    filed = answer.json()
    assert filed["status"] == "REGISTERED"
    assert filed["due_at"] is None
    assert filed["answer_by"] and filed["estimated_due_at"]
    dossier = Dossier.objects.get(code=filed["code"])
    staff = [
        world.posted(Role.CLERK, branch=dossier.branch),
        world.posted(Role.OFFICER, unit=dossier.unit),
        world.posted(Role.LEADER, unit=dossier.unit),
        world.posted(Role.CASHIER, branch=dossier.branch),
    ]
    kinds = {i.unit_kind for s in world.spec(code).steps for i in s.items}
    staff += [world.posted(Role.OFFICER, unit=world.unit_of_kind(kind, dossier.ward_id)) for kind in kinds]
    done = drive([Api(user) for user in staff], filed["code"])
    assert done["due_at"]
    assert done["timeline"][0]["act"] == "submit"


def test_the_same_key_makes_one_dossier_and_the_same_answer(citizen):
    body = body_for(citizen, "1.001193")
    first = citizen.post("dossiers/", body, Idempotency_Key="abc")
    again = citizen.post("dossiers/", body, Idempotency_Key="abc")
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert Dossier.objects.count() == IdempotencyKey.objects.count() == 1
    other = citizen.post("dossiers/", {**body, "return_by": "online"}, Idempotency_Key="abc")
    assert other.status_code == 422
    assert other["Content-Type"] == "application/problem+json"
    stranger = Api(world.person())
    assert stranger.post("dossiers/", body_for(stranger, "1.001193"), Idempotency_Key="abc").status_code == 201
    assert Dossier.objects.count() == 2


def test_a_clerk_files_at_the_counter_and_it_is_received_at_once(catalogue):
    clerk = Api(world.clerk())
    filed = clerk.post("dossiers/", body_for(clerk, "1.001193"))
    assert filed.status_code == 201, filed.json()
    assert filed.json()["status"] == "RECEIVED"
    assert filed.json()["due_at"]


def test_a_citizen_cannot_pretend_to_stand_at_a_counter(citizen):
    answer = citizen.post("dossiers/", {**body_for(citizen, "1.001193"), "channel": "counter"})
    assert answer.status_code == 403
    assert Dossier.objects.count() == 0


def test_filing_the_same_thing_twice_is_said(citizen):
    body = body_for(citizen, "1.001193")
    first = citizen.post("dossiers/", body).json()
    second = citizen.post("dossiers/", body).json()
    assert [w["dossier"] for w in second["warnings"]] == [first["code"]]


def test_mistakes_come_as_a_problem_with_each_field(citizen):
    body = body_for(citizen, "1.001193")
    body["answers"] |= {"applicant_phone": "không phải", "la": 1}
    body["files"] = {}
    problem = citizen.post("dossiers/", body)
    assert problem.status_code == 422
    assert problem["Content-Type"] == "application/problem+json"
    errors = {e["field"]: e["code"] for e in problem.json()["errors"]}
    assert errors["applicant_phone"] == "phone"
    assert errors["la"] == "unknown"
    assert any(field.startswith("files.") for field in errors)
    said = citizen.post("procedures/1.001193/validate/", {"answers": body["answers"]}).json()
    assert not said["valid"]
    assert {e["field"] for e in said["errors"]} == set(errors)


def test_the_message_is_in_the_language_asked_for(catalogue):
    english = Api(world.person(), language="en")
    problem = english.post("dossiers/", {"procedure": "1.001193", "answers": {"applicant_phone": "x"}}).json()
    message = next(e["message"] for e in problem["errors"] if e["field"] == "applicant_phone")
    assert "phone number" in message


@pytest.mark.parametrize("method, path", [("get", "dossiers/{code}/"), ("post", "dossiers/{code}/actions/withdraw/")])
def test_another_persons_dossier_is_not_there(citizen, method, path):
    code = world.submitted().code
    call = getattr(citizen, method)
    answer = call(path.format(code=code), **({} if method == "get" else {"body": {"reason": "x"}}))
    assert answer.status_code == 404


def test_another_persons_file_is_not_there(citizen):
    body = body_for(citizen, "1.001193")
    key = next(iter(body["files"]))
    body["files"][key] = [str(world.upload(world.person()).pk)]
    answer = citizen.post("dossiers/", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0] == {
        "field": f"files.{key}",
        "code": "not_found",
        "message": f"Không thấy tệp {body['files'][key][0]}.",
    }


def test_what_this_person_may_not_do_is_403_and_what_is_over_is_409(citizen):
    filed = citizen.post("dossiers/", body_for(citizen, "1.001193")).json()
    path = f"dossiers/{filed['code']}/actions/"
    assert citizen.post(path + "receive/", {}).status_code == 403
    assert citizen.post(path + "withdraw/", {"reason": "thôi"}).status_code == 200
    assert citizen.post(path + "withdraw/", {"reason": "thôi"}).status_code == 409
    assert citizen.post(path + "nothing/", {}).status_code in (404, 409)


def test_the_look_up_tells_how_far_it_is_and_nothing_about_the_person(citizen):
    filed = citizen.post("dossiers/", body_for(citizen, "1.001193")).json()
    seen = Api().get(f"lookup/{filed['code'].lower()}/")
    assert seen.status_code == 200
    assert set(seen.json()) == {"code", "procedure", "status", "status_label", "step", "submitted_at", "due_at"}
    assert Api().get("lookup/KHONG-CO/").status_code == 404


def test_lists_have_one_shape(citizen):
    for path, count in (("procedures/", Procedure.objects.count()), ("branches/", 12), ("wards/", 126)):
        page = citizen.get(path, page_size=5).json()
        assert set(page) == {"count", "next", "previous", "results"}
        assert page["count"] == count
        assert len(page["results"]) == 5
    assert "1.001193" in [p["code"] for p in citizen.get("procedures/", q="khai sin").json()["results"][:3]]
    assert citizen.get("procedures/", field="Hộ tịch").json()["count"] > 20


def test_the_queue_is_the_clerks_and_pages_by_cursor(catalogue):
    branch = world.branch_number(1)
    codes = {world.submitted(branch=branch).code for _ in range(5)}
    clerk = Api(world.clerk(branch))
    page, found = clerk.get("queue/", page_size=2).json(), []
    while True:
        found += [row["code"] for row in page["results"]]
        if not page["next"]:
            break
        page = clerk.client.get(page["next"], headers=clerk.headers).json()
    assert sorted(found) == sorted(codes)
    assert Api(world.person()).get("queue/").status_code == 404


def test_without_a_login_it_says_so(catalogue):
    for answer in (Api().get("queue/"), Api().post("dossiers/", {})):
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Content-Type"] == "application/problem+json"
    assert Api().get("khong-co/").status_code == 404
    assert Api().get("khong-co/")["Content-Type"] == "application/problem+json"


BAD_FILES = {
    "empty": (b"", "a.pdf"),
    "wrong_type": (b"MZ\x90\x00" + b"\0" * 200, "hop-dong.pdf"),
}


@pytest.mark.parametrize("code", BAD_FILES)
def test_a_bad_file_is_refused_with_a_sentence(citizen, code):
    answer = citizen.upload(*BAD_FILES[code])
    assert answer.status_code in (409, 422, 400)
    assert answer.json()["errors"][0]["code"] == code


def test_too_many_look_ups_are_turned_away_with_a_time_to_wait(catalogue, settings):
    settings.RATE_FACTOR = 1
    cache.clear()
    answers = [Api().get("lookup/000.00.00.H26-250101-0001/") for _ in range(61)]
    cache.clear()
    assert {a.status_code for a in answers[:60]} == {404}
    assert answers[60].status_code == 429
    assert int(answers[60]["Retry-After"]) > 0
    assert answers[60]["Content-Type"] == "application/problem+json"


def test_handing_over_what_the_worker_has_handed_over_already_is_no_mistake(catalogue):
    dossier = world.submitted("1.001193")
    clerk = world.clerk(dossier.branch)
    world.act(dossier, "receive", clerk)
    hand_over_by_system(dossier.pk)
    answer = Api(clerk).post(f"dossiers/{dossier.code}/actions/hand_over/", {})
    assert answer.status_code == 200
    assert answer.json()["status"] == "IN_PROCESS"
    assert [e.act for e in entries(dossier.chain)].count("hand_over") == 1
    assert answer.json()["due_at"].endswith("17:00:00+07:00")

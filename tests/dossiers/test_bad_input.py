"""Whatever comes in: a clear message or the right thing, never a 500, nothing half done (issue 3, §8)."""

import io
import json
import unicodedata
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.services import SYSTEM, entries
from branches.models import Role
from dossiers.acts import perform
from dossiers.errors import NotNow
from dossiers.models import Attachment, CodeCounter, Dossier, IdempotencyKey, StoredFile
from dossiers.services import drafts
from dossiers.services.submission import submit_draft
from procedures.schema import example_answers
from tests import world
from tests.dossiers.test_api import Api, body_for
from worktime import now

CODE = "1.001193"
DECOMPOSED = unicodedata.normalize("NFD", "Nguyễn Thị Hường")
EXE = b"MZ\x90\x00\x03\x00\x00\x00" + b"\0" * 200
HEAD = b'{"procedure": "1.001193", "answers": '
GIF_PAGE = b"GIF89a/*<script>alert(1)</script>*/=1;"
HTML_PAGE = b"<!doctype html><script>alert(1)</script>"

pytestmark = pytest.mark.django_db


@pytest.fixture
def citizen(catalogue):
    return Api(world.person())


@pytest.fixture
def body(citizen):
    return body_for(citizen, CODE)


def file_with(citizen, body, **answers):
    return citizen.post("dossiers/", {**body, "answers": body["answers"] | answers})


def raw(api, path, content, content_type="application/json", **headers):
    more = {k.replace("_", "-"): v for k, v in headers.items()}
    return api.client.post(f"/api/v1/{path}", content, content_type=content_type, headers=api.headers | more)


def assert_problem(answer, *statuses, field=None):
    """A refusal that a person can read; says which input when it is one."""
    assert answer.status_code in statuses, (answer.status_code, answer.content[:500])
    assert answer["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert said["title"] and said["detail"]
    if field is not None:
        assert field in {error["field"] for error in said["errors"]}, said
    assert not Dossier.objects.exists()
    assert not CodeCounter.objects.exists()


# --- words --------------------------------------------------------------------------------------------------------
def test_a_name_of_ten_thousand_letters_is_refused_beside_its_field(citizen, body):
    assert_problem(file_with(citizen, body, applicant_name="Ă" * 10_000), 422, field="applicant_name")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (DECOMPOSED, "Nguyễn Thị Hường"),
        ("Nguyễn Văn 😀 An", "Nguyễn Văn 😀 An"),
        ("Nguyễn\0 Văn An", "Nguyễn Văn An"),
        ("\u202eNguyễn\u200f Văn An\u2066", "Nguyễn Văn An"),
        ("  Nguyễn \t Văn\nAn ", "Nguyễn Văn An"),
        ("<b>An {{ x|y }} '; DROP TABLE x; --", "<b>An {{ x|y }} '; DROP TABLE x; --"),
    ],
)
def test_a_name_is_kept_as_it_was_meant_or_refused(citizen, body, typed, kept):
    """NUL is refused by the API (a program's fault); a form, where people type, drops it."""
    answer = file_with(citizen, body, applicant_name=typed)
    if "\0" in typed:
        return assert_problem(answer, 400)
    assert answer.status_code == 201, answer.content
    dossier = Dossier.objects.get()
    assert dossier.answers["applicant_name"] == dossier.applicant_name == kept


def test_a_form_drops_what_cannot_be_stored(catalogue):
    owner, spec = world.person(), world.spec(CODE)
    draft = drafts.start_draft(spec=spec, by=owner, owner=owner)
    section = next(s for s in spec.sections if any(f.key == "applicant_name" for f in s.fields))
    raw_answers = example_answers(spec) | {"applicant_name": "Nguyễn\0 Văn \ud800An"}
    drafts.save_section(dossier_id=draft.pk, spec=spec, section=section, raw=raw_answers)
    draft.refresh_from_db(fields=["answers"])
    assert draft.answers["applicant_name"] == "Nguyễn Văn An"


# --- dates, codes, kinds ------------------------------------------------------------------------------------------
def keys_of(kind):
    return [f.key for f in world.spec(CODE).fields.values() if f.kind == kind]


@pytest.mark.parametrize(
    "day", ["31/02/2020", "2020-02-30", "hôm qua", "0000-00-00", "1500-01-01", "99999-01-01", 20200101]
)
def test_a_day_that_is_none_is_refused(citizen, body, day):
    assert_problem(file_with(citizen, body, child_birth_date=day), 422, field="child_birth_date")


def test_a_birth_in_the_future_is_refused_and_a_day_written_our_way_is_kept(citizen, body):
    tomorrow = timezone.localdate(now()) + timedelta(days=1)
    assert_problem(file_with(citizen, body, child_birth_date=str(tomorrow)), 422, field="child_birth_date")
    assert file_with(citizen, body, child_birth_date="05/01/2026").status_code == 201
    assert Dossier.objects.get().answers["child_birth_date"] == "2026-01-05"


@pytest.mark.parametrize("ward", ["99999", "4", "00004 ", "Ba Đình", "٠٠٠٠٤", 4, None, ["00004"]])
def test_a_ward_that_is_none_of_ours_is_refused(citizen, body, ward):
    key = world.spec(CODE).routing_field
    answer = file_with(citizen, body, **{key: ward})
    if ward == "00004 ":  # a stray space is forgiven
        assert answer.status_code == 201
    else:
        assert_problem(answer, 422, field=key)


ODD = [True, 10**400, -1, 1.5, [], ["x"], {}, {"a": {"b": []}}, "x" * 100_000, [[[[]]]], None]


@pytest.mark.parametrize("value", ODD, ids=lambda v: repr(v)[:20])
def test_no_answer_of_any_kind_breaks_the_form(citizen, body, value):
    for key in world.spec(CODE).fields:
        answer = citizen.post(f"procedures/{CODE}/validate/", {"answers": body["answers"] | {key: value}})
        assert answer.status_code in (200, 400), (key, answer.content[:300])


@pytest.mark.parametrize(
    "part", ["procedure", "branch", "answers", "files", "applicant", "channel", "return_by", "return_address"]
)
@pytest.mark.parametrize(
    "value", [True, 7, "x", "\0", "\u202e", "x" * 5000, [], [1], {"a": 1}, {"a": [1]}, {"\0": "\0"}, None], ids=repr
)
def test_no_part_of_the_body_of_any_kind_breaks_the_submit(citizen, body, part, value):
    answer = citizen.post("dossiers/", {**body, part: value})
    assert answer.status_code in (201, 400, 403, 404, 409, 422), answer.content[:500]


# --- bodies that are none -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"null", b"[]", b"7", b'"x"', b"\xff\xfe\xfa", b'{"procedure": "\xc3\x28"}', b'{"a": NaN}',
        b"[" * 10_000 + b"]" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        HEAD + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
        HEAD + b'{"applicant_name": ' + b"[" * 500 + b"]" * 500 + b"}}",
        b'{"procedure": "\\ud800", "answers": {}}', HEAD + b'{"applicant_name": "\\ud800"}}',
        b'{"procedure": "1.001193", "answers": {"\\udfff": 1}}', HEAD + b'{"a": ' + b"9" * 5000 + b"}}",
        b'{"procedure": "1.001193", "answers": {}, "return_address": "\\ud800"}',
        b'{"procedure": "1.001193", "answers": {}, "files": {"\\ud800": []}}',
        b'{"procedure": "1.001193", "answers": {}, "branch": "\\ud800"}',
        b'{"procedure": "1.001193", "answers": {}, "applicant": {"name": "\\ud800"}}',
        b'{"procedure": "1.001193", "answers": {}, "la": "\\ud800"}',
    ],
    ids=lambda content: content[:60].decode("latin-1"),
)  # fmt: skip
@pytest.mark.parametrize("key", ["", "k"], ids=["plain", "keyed"])
def test_a_body_that_is_no_dossier_is_refused(citizen, content, key):
    assert_problem(raw(citizen, "dossiers/", content, **({"Idempotency-Key": key} if key else {})), 400, 404, 422)
    assert raw(citizen, f"procedures/{CODE}/validate/", content).status_code in (200, 400)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "x", "", "application/x-www-form-urlencoded", "multipart/form-data"],
)
def test_another_content_type_is_refused(citizen, content_type):
    assert_problem(raw(citizen, "dossiers/", b"a=1", content_type), 400, 415)


def test_a_body_that_is_too_large_is_refused(citizen):
    content = json.dumps({"procedure": CODE, "answers": {"applicant_name": "x" * (4 * 1024 * 1024)}}).encode()
    assert_problem(raw(citizen, "dossiers/", content), 400, 413, 422)


@pytest.mark.parametrize("key", ["x" * 256, "a\x7f", "k\u00e9\u0301"])
def test_an_idempotency_key_that_is_none_is_refused_or_kept(citizen, body, key):
    assert citizen.post("dossiers/", body, Idempotency_Key=key).status_code in (201, 400)


# --- addresses ----------------------------------------------------------------------------------------------------
ODD_PATHS = [
    "%00",
    "%ff",
    "..",
    "%2e%2e",
    "a%0d%0ab",
    "x" * 2000,
    "%F0%9F%98%80",
    "'%20OR%201=1--",
    "%ED%A0%80",
    "1%E2%80%AE",
]


@pytest.mark.parametrize("odd", ODD_PATHS, ids=lambda odd: odd[:12])
def test_an_odd_code_or_name_in_an_address_is_not_found(citizen, body, odd):
    code = citizen.post("dossiers/", body).json()["code"]
    for path in (f"dossiers/{odd}/", f"lookup/{odd}/", f"procedures/{odd}/"):
        assert citizen.get(path).status_code in (400, 404), path
    for path in (f"dossiers/{odd}/actions/receive/", f"dossiers/{code}/actions/{odd}/", f"procedures/{odd}/validate/"):
        answer = citizen.post(path, {"answers": {}} if "validate" in path else {})
        assert answer.status_code in (400, 403, 404, 409), (path, answer.content)


@pytest.mark.parametrize("size", ["abc", "-1", "0", "1000000000", "٣", "1.5", "", "\0"])
@pytest.mark.parametrize(
    "cursor", ["", "xx", "%%%", "eyJhIjoxfQ==", "\0", "9" * 300, "bnVsbA==", "2026-01-01|abc", "0|0"]
)
def test_odd_pages_are_pages_or_refused(catalogue, size, cursor):
    clerk = Api(world.clerk())
    assert clerk.get("queue/", page_size=size, cursor=cursor).status_code in (200, 400, 404)
    assert clerk.get("procedures/", page_size=size, page=cursor or "1", q=cursor).status_code in (200, 404)


@pytest.mark.parametrize("value", ["\0", "\ufffd", "x" * 5000, "%", "_", "'", "😀", "-1", "9" * 40])
def test_odd_filters_find_nothing_and_break_nothing(catalogue, value):
    from dataclasses import fields

    from dossiers import queue

    clerk = Api(world.clerk())
    for name in ("queue", *(f.name for f in fields(queue.Filters))):
        assert clerk.get("queue/", **{name: value}).status_code in (200, 400, 404), name
    for name in ("q", "field"):
        assert clerk.get("procedures/", **{name: value}).status_code == 200, name


# --- what is another person's -------------------------------------------------------------------------------------
def test_another_persons_dossier_is_not_there(citizen, body):
    theirs = world.submitted(CODE)
    assert citizen.get(f"dossiers/{theirs.code}/").status_code == 404
    assert citizen.post(f"dossiers/{theirs.code}/actions/withdraw/", {"reason": "x"}).status_code == 404
    assert citizen.get("dossiers/").json()["results"] == []


@pytest.mark.parametrize("by_somebody", [True, False], ids=["another's", "nobody's"])
def test_another_persons_file_cannot_be_handed_in(citizen, body, by_somebody):
    file = str(world.upload(world.person()).pk) if by_somebody else str(uuid.uuid4())
    key = next(iter(body["files"]))
    assert_problem(
        citizen.post("dossiers/", {**body, "files": {**body["files"], key: [file]}}), 422, field=f"files.{key}"
    )


# --- files --------------------------------------------------------------------------------------------------------
def office(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def zip_bomb() -> bytes:
    return office({"[Content_Types].xml": b"<x/>", "word/document.xml": bytes(120 * 1024 * 1024)})


def lying_zip_bomb() -> bytes:
    """Says in its directory that the member is small."""
    content = bytearray(zip_bomb())
    true, said = (120 * 1024 * 1024).to_bytes(4, "little"), (100).to_bytes(4, "little")
    return bytes(content.replace(true, said))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("trong.pdf", b""), ("giay.pdf", EXE), ("giay.exe", EXE), ("giay.exe", world.PDF), ("anh.jpg", GIF_PAGE),
        ("anh.jpg", HTML_PAGE), ("anh.png", HTML_PAGE), ("anh.jpg", world.PDF),
        ("anh.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 50),
        ("trang.html", HTML_PAGE), ("anh.svg", b"<svg/>"), ("giay", world.PDF), (".pdf", HTML_PAGE),
        ("giay.docx", b"PK\x03\x04" + b"\0" * 100), ("giay.docx", office({"a.txt": b"x"})),
        ("giay.pdf.exe", world.PDF),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_file_that_is_not_what_it_says_is_refused(citizen, name, content):
    assert_problem(citizen.upload(content, name), 400, 409, field="file")
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("name", ["don.docx", "bang.xlsx"])
def test_an_office_file_is_taken(citizen, name):
    answer = citizen.upload(office({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<y/>"}), name)
    assert answer.status_code == 201, answer.content


@pytest.mark.parametrize("bomb", [zip_bomb, lying_zip_bomb])
def test_a_zip_bomb_is_refused_unopened(citizen, bomb):
    assert_problem(citizen.upload(bomb(), "giay.docx"), 400, 409, field="file")


def test_a_file_over_the_limit_is_refused(citizen):
    assert_problem(citizen.upload(world.PDF + bytes(settings.FILE_MAX_BYTES), "giay.pdf"), 400, 409, 413, field="file")


def test_no_file_at_all_is_refused(citizen):
    assert_problem(citizen.client.post("/api/v1/files/", {"la": "x"}, headers=citizen.headers), 400, field="file")
    assert_problem(raw(citizen, "files/", b"x", "multipart/form-data"), 400)
    assert_problem(raw(citizen, "files/", b"x", "multipart/form-data; boundary=x"), 400)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.pdf",
        "..\\..\\windows\\giay.pdf",
        "/tmp/giay.pdf",
        "a\0b.pdf",
        "\u202efdp.pdf",
        "x" * 300 + ".pdf",
    ],
)
def test_a_file_name_never_leads_anywhere(citizen, name):
    answer = citizen.upload(world.PDF, name)
    assert answer.status_code == 201, answer.content
    kept = answer.json()["name"]
    assert kept.endswith(".pdf") and len(kept) <= 150
    assert not set(kept) & set("/\\\0\u202e")


def test_thirty_files_are_refused(citizen, body):
    key = next(iter(body["files"]))
    ids = [citizen.upload(world.PDF + str(n).encode()).json()["id"] for n in range(30)]
    assert_problem(citizen.post("dossiers/", {**body, "files": {**body["files"], key: ids}}), 400, 422)


def test_thirty_files_over_several_papers_are_refused_too(citizen):
    code = next(c for c in ("1.013225", "2.000815", CODE) if len(world.spec(c).documents) > 1)
    body, spec = body_for(citizen, code), world.spec(code)
    ids = [citizen.upload(world.PDF + str(n).encode()).json()["id"] for n in range(30)]
    first, second = [d.key for d in spec.documents][:2]
    files = {**body["files"], first: ids[:15], second: ids[15:]}
    assert_problem(citizen.post("dossiers/", {**body, "files": files}), 400, 409, 422, field="files")
    assert not Attachment.objects.exists()


# --- at the same moment -------------------------------------------------------------------------------------------
def at_once(*calls):
    """Run the calls in threads of their own; returns each one's result or exception."""

    def run(call):
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_a_draft_submitted_twice_at_once_is_one_dossier(catalogue):
    owner, spec = world.person(), world.spec(CODE)
    answers = example_answers(spec)
    draft = drafts.start_draft(spec=spec, by=owner, owner=owner, prefill=answers)
    for name, ids in world.required_files(spec, answers, owner).items():
        drafts.put(draft, StoredFile.objects.get(pk=ids[0]), name)
    submit = lambda: submit_draft(dossier_id=draft.pk, spec=spec, by=owner, actor=SYSTEM)  # noqa: E731
    first, second = at_once(submit, submit)
    assert first.code == second.code
    assert Dossier.objects.count() == 1
    assert CodeCounter.objects.get().last == 1
    assert [e.act for e in entries(first.chain)] == ["submit"]


@pytest.mark.django_db(transaction=True)
def test_one_key_from_ten_threads_is_one_dossier_and_one_answer(citizen, body):
    answers = at_once(*[lambda: citizen.post("dossiers/", body, Idempotency_Key="mot")] * 10)
    assert [a.status_code for a in answers] == [201] * 10
    assert all(a.json() == answers[0].json() for a in answers)
    assert Dossier.objects.count() == IdempotencyKey.objects.count() == CodeCounter.objects.get().last == 1


@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_receive_at_once_give_one_reception_and_one_clear_sentence(catalogue):
    dossier = world.submitted(CODE)
    clerks = [world.posted(Role.CLERK, branch=dossier.branch) for _ in range(2)]
    results = at_once(*(lambda c=clerk: perform(dossier.pk, "receive", {}, user=c) for clerk in clerks))
    (refused,) = [r for r in results if isinstance(r, Exception)]
    assert isinstance(refused, NotNow)
    assert "tải lại trang" in refused.message
    assert [e.act for e in entries(dossier.chain)] == ["submit", "receive"]

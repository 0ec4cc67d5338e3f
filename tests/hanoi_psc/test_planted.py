"""A stolen database, disk, file store, cache or log shows no personal value (Law 91/2025/QH15).

More than a thousand values go in by the real pages, API and services; then every place is searched for them.
"""

import itertools
import json
import logging
import os
import time
from datetime import date

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, User
from audit.services import Actor
from branches.models import Role
from dossiers.acts import available
from dossiers.models import Dossier, WorkItem
from dossiers.services.submission import Filing, file_dossier
from notifications.channels import AddressRefused, EmailChannel
from notifications.models import Message
from notifications.sending import send_due
from procedures.schema import example_answers
from tests import world
from tests.dossiers.citizen_steps import filled, logged_in, submit
from tests.hanoi_psc.searching import Plants, database_files, private_files, search, tables, valkey

pytestmark = pytest.mark.django_db(transaction=True)
CODE = "1.001695"  # asks for a sensitive answer
PEOPLE = 64
# Where an address to log in by may stand: allauth looks it up in these two tables, and keeps the one that waits to be
# confirmed in the session of whoever is signing up.
LOGIN_TABLES = {"accounts_user", "account_emailaddress", "django_session, decoded"}


@pytest.fixture
def plants(catalogue, settings, tmp_path):
    settings.SMS_URL, settings.SMS_DIR = "", tmp_path / "sms"  # development's outgoing mail and texts are set aside
    cache._cache.get_client(None, write=True).flushdb()
    return Plants()


class Story:
    """Everything that happens to people's data, by the ways they use; remembers the addresses that were asked."""

    def __init__(self, plants: Plants):
        self.plants, self.urls, self.spec = plants, [], world.spec(CODE)
        self.base = example_answers(self.spec)
        self.users = [self.account(n) for n in range(PEOPLE)]
        self.dossiers = [self.filed(n, user) for n, user in enumerate(self.users)]
        self.clerk = world.clerk(self.dossiers[0].branch)

    def client(self, user) -> Client:
        client = logged_in(user)
        plain = client.request

        def request(**given):
            response = plain(**given)
            self.urls += [given["PATH_INFO"], given.get("QUERY_STRING", ""), response.headers.get("Location", "")]
            return response

        client.request = request
        return client

    def account(self, n: int) -> User:
        """An account with the facts a person keeps about themselves, by their page."""
        one = self.plants.person()
        user = User.objects.create_user(
            f"trong{n}", self.plants.login_email(n), "mat-khau-dung", full_name="Nguyễn Văn An", phone=one.stored_phone
        )
        facts = {"full_name": "Nguyễn Văn An", "language": "vi", "personal_number": one.number, "ward": "00004"}
        facts |= {"birth_date": f"{one.born:%d/%m/%Y}", "address_line": one.address}
        assert self.client(user).post(reverse("accounts:profile"), facts).status_code == 302
        return user

    def answers(self) -> dict:
        one = self.plants.person()
        return self.base | {
            "applicant_personal_number": one.number,
            "applicant_phone": one.phone,
            "applicant_email": one.email,
            "applicant_birth_date": one.born.isoformat(),
            "applicant_address": one.address,
            "reason": one.secret,
        }

    def files(self, user, n: int) -> dict[str, list[str]]:
        content = self.plants.content(world.PDF, n)
        name = f"{self.plants.text(f'giay-{n}')}.pdf"
        asked = [d.key for d in self.spec.asks(self.base) if d.required] or [self.spec.documents[0].key]
        return {key: [str(world.upload(user, name, content).pk)] for key in asked}

    def filed(self, n: int, user) -> Dossier:
        """By the pages, by the API with a key that may be used again, and by the service."""
        answers = self.answers()
        if n < 4:
            draft = filled(user, CODE, answers)
            if n == 0:
                return draft  # stays a draft
            submit(user, draft)
            return Dossier.objects.get(pk=draft.pk)
        files = self.files(user, n)
        if n < 12:
            token = ApiToken.issue(user)
            body = {"procedure": CODE, "branch": "CN01", "answers": answers, "files": files}
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"lan-{n}"}
            client = self.client(user)
            answer = client.post(
                "/api/v1/dossiers/", json.dumps(body), content_type="application/json", headers=headers
            )
            assert answer.status_code == 201, answer.json()
            return Dossier.objects.get(code=answer.json()["code"])
        branch = world.branch_number(1)
        actor = Actor(user_id=user.pk, label=str(user))
        filing = Filing(answers, files, branch=branch, return_by="post", return_address=answers["applicant_address"])
        if "post" not in self.spec.returns:
            filing = Filing(answers, files, branch=branch)
        return file_dossier(spec=self.spec, filing=filing, by=user, actor=actor, owner=user)

    def corrections(self) -> None:
        for dossier in self.dossiers[1:]:
            world.act(dossier, "correct", dossier.owner, answers=self.answers())

    def supplements(self) -> None:
        say = self.plants.text
        for dossier in self.dossiers[1:9]:
            clerk = world.clerk(dossier.branch)
            world.act(dossier, "note", clerk, text=say("Đã gọi lại"))
            world.act(dossier, "ask_supplement", clerk, reason=say("Cần bổ sung"))
            world.act(dossier, "give_supplement", dossier.owner, note=say("Xin gửi"), answers=self.answers())

    def endings(self) -> None:
        say, (first, second) = self.plants.text, self.dossiers[10:12]
        world.act(first, "withdraw", first.owner, reason=say("Xin rút vì"))
        world.act(second, "refuse", world.clerk(second.branch), reason=say("Không nhận vì"))
        self.to_the_end(self.dossiers[12])

    def to_the_end(self, dossier: Dossier) -> None:
        people = [
            world.posted(Role.CLERK, branch=dossier.branch), world.posted(Role.CASHIER, branch=dossier.branch),
            world.posted(Role.OFFICER, unit=dossier.unit), world.posted(Role.LEADER, unit=dossier.unit),
        ]  # fmt: skip
        while dossier.status != "RETURNED":
            offered = ((user, a) for user in people for a in available(dossier, user) if a.act.primary)
            user, action = next(offered)
            data = action.input_schema()["examples"][0]
            texts = {f.key: self.plants.text(f.label) for f in action.fields if f.kind == "long_text"}
            world.act(dossier, action.name, user, **data, **{k: v for k, v in texts.items() if k not in data})
            world_texts = [i for i in WorkItem.objects.filter(dossier=dossier) if i.result]
            dossier = Dossier.objects.select_related("branch", "unit", "procedure", "version").get(pk=dossier.pk)
        assert world_texts
        world.act(dossier, "rate", dossier.owner, score="5", text=self.plants.text("Cảm ơn"))

    def desk(self) -> None:
        """Staff look, reveal, search by a telephone number and fill a form at the counter."""
        dossier = self.dossiers[1]
        phone = Dossier.objects.get(pk=dossier.pk).applicant_phone
        client = self.client(world.clerk(dossier.branch))
        page = reverse("desk:dossier", args=[dossier.code])
        client.post(reverse("desk:reveal", args=[dossier.code]), {"reason": self.plants.text("Gọi lại số")})
        assert self.plants.word in client.get(page).content.decode()
        found = client.post(reverse("desk:search"), {"q": f"0{phone[3:]}"}, follow=True)
        assert dossier.code in found.content.decode()
        intake = client.post(reverse("desk:counter_start", args=[CODE])).url
        assert self.plants.word in client.post(intake, {"find": "1", "person": phone}).content.decode()

    def uploads_and_mistakes(self) -> None:
        """What the portal refuses is no more written down than what it takes."""
        user, n = self.users[0], 900
        client, draft = self.client(user), self.dossiers[0]
        spoiled = SimpleUploadedFile(f"{self.plants.text('anh')}.pdf", self.plants.content(b"not a pdf", n))
        client.post(f"/ho-so/nhap/{draft.pk}/giay-to/", {f"file-{self.spec.documents[0].key}": spoiled})
        client.post(reverse("account_login"), {"login": self.plants.person().email, "password": "sai"})
        client.post(reverse("accounts:profile"), {"full_name": "", "personal_number": self.plants.person().number})
        stranger, one = Client(), self.plants.person()
        for name in ({"email": self.plants.login_email(n)}, {"phone": one.phone}):
            given = {"full_name": "Lê Thị B", "password1": "sen-hong-ho-tay-9", "password2": "sen-hong-ho-tay-9"}
            stranger.post(reverse("account_login"), {"login": next(iter(name.values())), "password": "sai"})
            assert stranger.post(reverse("account_signup"), given | name).status_code == 302
        Client().get("/khong-co/", {"q": one.phone})

    def letters(self, monkeypatch) -> None:
        """Every message is tried; a mail server quotes the addresses it refuses."""

        def refuse(_channel, message):
            raise AddressRefused(f"550 5.1.1 <{message.address}>: no such mailbox")

        monkeypatch.setattr(EmailChannel, "send", refuse)
        while send_due(limit=500):
            pass
        assert Message.objects.filter(status=Message.DEAD).exists()


def test_no_place_shows_any_of_a_thousand_personal_values(plants, caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    since = time.time() - 1
    story = Story(plants)
    story.corrections()
    story.supplements()
    story.endings()
    story.desk()
    story.uploads_and_mistakes()
    story.letters(monkeypatch)
    assert len(plants.values) >= 1000
    logins = {name for name, rows in tables() if plants.found_logins(rows)}
    said = [
        ("logs", "\n".join(_said(record) for record in caplog.records).encode()),
        ("addresses", "\n".join(story.urls).encode()),
    ]
    places = itertools.chain(tables(), private_files(), valkey(), said, _disk(since))
    assert search(plants, places) == {}
    assert logins <= LOGIN_TABLES


def _said(record: logging.LogRecord) -> str:
    """A line before the formatter takes numbers and addresses out of it, which is only the second line of defence."""
    return f"{record.getMessage()} {record.exc_info and record.exc_info[1]} {record.exc_text}"


def _disk(since: float):
    """What the database server wrote. Where it may not be read, nothing: CI must be able to."""
    written = database_files(since)
    assert written is not None or not os.environ.get("CI"), "the database's own files must be readable in CI"
    return written or ()


def test_the_search_finds_what_lies_open(plants, tmp_path, settings):
    """A search that finds nothing anywhere would pass the test above."""
    plants.first_day = date(1931, 1, 3)  # stays on the disk: a day that the test above never plants
    since, one = time.time() - 1, plants.person()
    settings.PRIVATE_FILES_DIR = tmp_path / "private"
    (settings.PRIVATE_FILES_DIR / "a").mkdir(parents=True)
    (settings.PRIVATE_FILES_DIR / "a" / one.number).write_text("")
    (settings.PRIVATE_FILES_DIR / "b").write_text(one.born.isoformat())
    cache.set("an-answer", {"said": one.phone})
    cache._cache.get_client(None, write=True).hset("a-hash", one.number, "1")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE lies_open (body jsonb)")
    try:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO lies_open VALUES (%s)", [json.dumps(list(one.values()), ensure_ascii=False)])
        in_tables = search(plants, tables())["lies_open"]
        assert one.values() - in_tables == {one.address, one.email, one.secret}  # these by their common word
        assert any(plants.word in found for found in in_tables)
        assert set(search(plants, private_files())) == {f"a/{one.number}", "b"}
        assert len(search(plants, valkey())) == 2
        if written := database_files(since):
            assert {one.number, one.stored_phone} <= set().union(*search(plants, written).values())
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE lies_open")


@pytest.mark.parametrize("before", [b"", b"x", b"xy", b"xyz"])
def test_the_search_sees_through_base64(before):
    import base64

    plants = Plants()
    assert plants.found(base64.b64encode(before + plants.word.encode() + b" more")) == {plants.word}

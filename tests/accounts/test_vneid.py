"""VNeID by OpenID Connect, against a real provider: who comes in, and every forged token that does not."""

import time
from base64 import urlsafe_b64encode
from datetime import date
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.urls import reverse

from accounts import identity
from accounts.models import User
from audit.models import AuditEntry
from tests import world
from tests.accounts import provider
from worktime import now

pytestmark = pytest.mark.django_db
NUMBER = "001085000001"
START = "/tai-khoan/dang-nhap/vneid/"


@pytest.fixture(scope="module")
def _vneid():
    with provider.running() as running:
        yield running


@pytest.fixture
def vneid(_vneid, settings, monkeypatch):
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    settings.VNEID_URL, settings.VNEID_CLIENT_ID, settings.VNEID_SECRET = _vneid.url, provider.CLIENT, "bi-mat"
    settings.OUTGOING_ALLOWED = ["127.0.0.1", "localhost"]
    _vneid.forger.forge = None
    _vneid.forger.asked.clear()
    return _vneid


def come(client, vneid, sub="an", **query):
    """From our link to the provider and back: the answer to the last step."""
    return client.get(vneid.consent(client.get(START, query)["Location"], sub))


def who(client):
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


# --- The way in -------------------------------------------------------------------------------------------------------
def test_a_person_of_vneid_has_an_account_with_what_vneid_says(client, vneid):
    vneid.knows("an")
    assert come(client, vneid)["Location"] == reverse("home")
    user = who(client)
    said = (user.full_name, user.personal_number, user.birth_date, user.identity_level)
    assert said == ("Nguyễn Văn An", NUMBER, date(1985, 12, 31), User.LEVEL_2)
    assert user.is_verified and not user.has_usable_password()
    assert identity.has_level(user, User.LEVEL_2)


def test_the_request_asks_by_code_with_pkce_nonce_and_state(client, vneid):
    vneid.knows("an")
    location = client.get(START, {"scope": "email", "auth_params": "nonce=x&redirect_uri=https://evil.example/"})[
        "Location"
    ]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert len(asked["nonce"]) >= 32 and len(asked["state"]) >= 16
    assert asked["redirect_uri"] == "http://testserver/tai-khoan/dang-nhap/vneid/tro-lai/"
    assert set(asked["scope"].split()) == {"openid", "profile"}
    client.get(vneid.consent(location, "an"))
    verifier = vneid.forger.asked[0]["code_verifier"]
    assert urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=") == asked["code_challenge"]


def test_a_second_login_is_the_same_account_and_brings_what_changed(client, vneid):
    vneid.knows("an")
    come(client, vneid)
    first = who(client)
    client.logout()
    vneid.knows("an", name="Nguyễn Văn Ân", acr="1")
    come(client, vneid)
    user = who(client)
    assert (user, user.full_name, user.identity_level) == (first, "Nguyễn Văn Ân", User.LEVEL_1)
    assert not identity.has_level(user, User.LEVEL_2)


def test_nothing_of_the_claims_stays_in_allauths_tables(client, vneid):
    vneid.knows("an", email="an@example.com")
    come(client, vneid)
    account = SocialAccount.objects.get()
    assert (account.provider, account.uid, account.extra_data) == ("vneid", "an", {})
    assert not SocialToken.objects.exists() and not EmailAddress.objects.exists()


def test_the_record_names_fields_and_no_values(client, vneid):
    vneid.knows("an")
    come(client, vneid)
    entry = AuditEntry.objects.get(act="identity_verified")
    assert entry.after["level"] == 2 and "personal_number" in entry.after["fields"]
    assert NUMBER not in str(list(AuditEntry.objects.values())) and "Văn An" not in str(entry.after)


def test_one_comes_out_where_one_wanted_to_go_and_nowhere_else(client, vneid):
    vneid.knows("an")
    assert come(client, vneid, next="/ho-so/")["Location"] == "/ho-so/"
    client.logout()
    assert come(client, vneid, next="https://evil.example/")["Location"] == reverse("home")


def test_the_button_is_there_only_where_vneid_is(client, vneid, settings):
    assert "Đăng nhập bằng VNeID" in client.get(reverse("account_login")).content.decode()
    settings.VNEID_URL = ""
    assert "VNeID" not in client.get(reverse("account_login")).content.decode()
    assert client.get(START).status_code == 404


def test_a_person_who_stops_at_vneid_is_told_that_nothing_was_shared(client, vneid):
    state = parse_qs(urlsplit(client.get(START)["Location"]).query)["state"][0]
    answer = client.get(f"{START}tro-lai/", {"error": "access_denied", "state": state}, follow=True)
    assert "Chưa có gì được chia sẻ" in answer.content.decode()


@pytest.mark.parametrize("lacking", [{"personal_number": None}, {"personal_number": "12"}, {"name": None}])
def test_an_answer_that_names_nobody_is_refused(client, vneid, lacking):
    vneid.knows("khuyet", **lacking)
    answer = come(client, vneid, "khuyet")
    assert answer.status_code == 403 and "Hãy đồng ý chia sẻ" in answer.content.decode()
    assert who(client) is None and not User.objects.exists()


# --- Forged -----------------------------------------------------------------------------------------------------------
def forged(**changed):
    def forge(forger):
        return lambda claims: forger.sign({k: v for k, v in (claims | changed).items() if v is not None})

    return forge


def by_a_stranger(forger):
    return lambda claims: forger.sign(claims, key=rsa.generate_private_key(public_exponent=65537, key_size=2048))


def unsigned(forger):
    return lambda claims: forger.sign(claims, key="", algorithm="none")


def with_the_public_key_as_secret(forger):
    """The old confusion: the verifier's RSA key taken for an HMAC secret."""
    public = forger.key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return lambda claims: forger.sign(claims, key=public, algorithm="HS256")


def test_the_forgers_own_key_is_good_when_the_claims_are(client, vneid):
    """So that each refusal below is for the one thing that is wrong."""
    vneid.knows("an")
    vneid.forger.forge = forged()(vneid.forger)
    come(client, vneid)
    assert who(client) is not None


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(forged(iss="https://evil.example"), id="issuer"),
        pytest.param(forged(aud="ung-dung-khac"), id="audience"),
        pytest.param(forged(aud=[provider.CLIENT, "ung-dung-khac"]), id="two audiences, no azp"),
        pytest.param(forged(azp="ung-dung-khac"), id="authorized party"),
        pytest.param(forged(nonce="cua-lan-khac"), id="nonce"),
        pytest.param(forged(nonce=None), id="no nonce"),
        pytest.param(forged(exp=int(time.time()) - 600), id="expired"),
        pytest.param(forged(exp=None), id="no end"),
        pytest.param(forged(sub="nguoi-khac"), id="subject other than userinfo's"),
        pytest.param(by_a_stranger, id="strange key"),
        pytest.param(unsigned, id="alg none"),
        pytest.param(with_the_public_key_as_secret, id="alg HS256"),
        pytest.param(lambda forger: lambda claims: "khong.phai.the", id="no token at all"),
    ],
)
def test_a_forged_token_is_refused_with_a_page_in_vietnamese(client, vneid, forge):
    vneid.knows("an")
    vneid.forger.forge = forge(vneid.forger)
    answer = come(client, vneid)
    assert answer.status_code == 401 and "Chưa đăng nhập được bằng VNeID" in answer.content.decode()
    assert who(client) is None and not User.objects.exists()


def test_a_code_and_its_state_serve_once(client, vneid):
    vneid.knows("an")
    back = vneid.consent(client.get(START)["Location"], "an")
    client.get(back)
    client.logout()
    assert client.get(back).status_code == 401
    assert who(client) is None


def test_a_used_code_with_a_fresh_state_is_refused_by_the_provider_and_by_us(client, vneid):
    vneid.knows("an")
    code = parse_qs(urlsplit(vneid.consent(client.get(START)["Location"], "an")).query)["code"][0]
    state = parse_qs(urlsplit(client.get(START)["Location"]).query)["state"][0]
    answer = client.get(f"{START}tro-lai/", {"code": code, "state": state})  # its token holds the first nonce
    assert answer.status_code == 401 and who(client) is None


def test_another_browsers_answer_is_refused(client, vneid):
    vneid.knows("an")
    back = vneid.consent(client.get(START)["Location"], "an")
    other = type(client)()
    assert other.get(back).status_code == 401 and who(other) is None


def test_a_provider_that_is_away_is_a_page_in_vietnamese(client, vneid, settings):
    settings.VNEID_URL = "http://127.0.0.1:9"
    answer = client.get(START)
    assert answer.status_code == 401 and "Chưa đăng nhập được" in answer.content.decode()


def test_a_discovery_document_of_another_issuer_is_refused(client, vneid, settings):
    settings.VNEID_URL = vneid.url.replace("127.0.0.1", "localhost") + "/.well-known/openid-configuration"
    assert client.get(START).status_code == 401


# --- One person, one account ------------------------------------------------------------------------------------------
def test_a_number_that_somebody_typed_gives_nobody_their_account(client, vneid):
    typed = world.person(personal_number=NUMBER)
    vneid.knows("an")
    come(client, vneid)
    assert who(client) != typed
    typed.refresh_from_db()
    assert not typed.is_verified


def test_a_person_verified_before_has_the_same_account_by_a_new_sub(client, vneid):
    vneid.knows("an")
    come(client, vneid)
    first = who(client)
    client.logout()
    vneid.knows("an-moi")
    come(client, vneid, "an-moi")
    assert who(client) == first and SocialAccount.objects.filter(user=first).count() == 2


def test_a_sub_that_suddenly_has_another_number_is_refused(client, vneid):
    vneid.knows("an")
    come(client, vneid)
    client.logout()
    vneid.knows("an", personal_number="001085000999")
    answer = come(client, vneid)
    assert answer.status_code == 403 and "số định danh khác" in answer.content.decode()


def log_in(client, user):
    client.post(reverse("account_login"), {"login": user.username, "password": "mat-khau-dung"})
    assert who(client) == user


def test_an_account_is_joined_only_when_the_person_says_so(client, vneid):
    user = world.person(full_name="Tên Cũ", personal_number="001085000777")
    log_in(client, user)
    vneid.knows("an")
    asked = come(client, vneid, process="connect")
    assert asked["Location"] == reverse("accounts:connect_vneid")
    page = client.get(asked["Location"]).content.decode()
    assert "Tên Cũ" in page and "Nguyễn Văn An" in page
    user.refresh_from_db()
    assert not user.is_verified
    assert client.post(asked["Location"])["Location"] == reverse("accounts:profile")
    user.refresh_from_db()
    assert (user.full_name, user.personal_number, user.is_verified) == ("Nguyễn Văn An", NUMBER, True)


def test_what_vneid_said_waits_sealed_and_for_nobody_else(client, vneid):
    log_in(client, world.person())
    vneid.knows("an")
    come(client, vneid, process="connect")
    assert NUMBER not in str(dict(client.session)) and "Văn An" not in str(dict(client.session))
    session = client.session
    sealed = session["vneid"]
    client.logout()
    log_in(client, world.person(name="Người Khác"))
    session = client.session
    session["vneid"] = sealed
    session.save()
    assert client.post(reverse("accounts:connect_vneid"))["Location"] == reverse("accounts:profile")
    assert not User.objects.filter(verified_at__isnull=False).exists()


def test_an_account_verified_as_somebody_else_is_not_joined(client, vneid):
    user = world.person(personal_number="001085000777", verified_at=now())
    log_in(client, user)
    vneid.knows("an")
    answer = client.post(come(client, vneid, process="connect")["Location"])
    assert answer.status_code == 403 and "của người khác" in answer.content.decode()


@pytest.mark.usefixtures("catalogue")
def test_the_account_one_began_with_and_the_one_vneid_knows_become_one(client, vneid):
    vneid.knows("an")
    come(client, vneid)
    verified = who(client)
    client.logout()
    older = world.person(name="An Cũ")
    filed = world.submitted(owner=older)
    log_in(client, older)
    answer = client.post(come(client, vneid, process="connect")["Location"])
    assert answer.status_code == 302 and who(client) == verified
    filed.refresh_from_db()
    older.refresh_from_db()
    assert filed.owner == verified and not older.is_active

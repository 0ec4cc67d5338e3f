"""Daily roots go outside by the outbox, and no address that somebody typed reaches the house from inside."""

import json
import socket
import ssl
import threading
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail

from audit.sealing import seal_finished_days
from audit.signing import is_signed
from notifications import outgoing
from notifications.models import Message
from notifications.services import send_due
from tests.audit.support import write_on

MONDAY = datetime(2026, 3, 2, 3, tzinfo=UTC)


@pytest.fixture
def sealed(db, settings):
    settings.AUDIT_ROOT_EMAILS = ["luu-tru@example.com", "thanh-tra@example.com"]
    settings.AUDIT_ROOT_WEBHOOK = "https://roots.example.org/psc"
    write_on(MONDAY, "dossier:1", 1)
    (root,) = seal_finished_days(at=MONDAY + timedelta(days=2))
    return root


def test_a_sealed_day_leaves_by_mail_and_webhook(sealed, monkeypatch):
    posted = []
    monkeypatch.setattr(outgoing, "post", lambda url, body, headers: posted.append((url, json.loads(body), headers)))
    assert send_due()["sent"] == 3
    assert sorted(letter.to[0] for letter in mail.outbox) == ["luu-tru@example.com", "thanh-tra@example.com"]
    assert f"2026-03-02 {sealed.root}" in mail.outbox[0].body
    ((url, said, headers),) = posted
    assert url == "https://roots.example.org/psc" and headers["Idempotency-Key"].startswith("message-")
    day, root = date.fromisoformat(said["day"]), said["root"]
    assert root == sealed.root and is_signed(day=day, root=root, key=said["key"], signature=said["signature"])


def test_a_webhook_that_is_refused_is_given_up_and_one_that_fails_is_tried_again(sealed, monkeypatch):
    def answer(error):
        def post(*_args, **_more):
            raise error

        monkeypatch.setattr(outgoing, "post", post)

    answer(outgoing.Failed("answered 500"))
    assert send_due()["retried"] == 1
    row = Message.objects.get(channel="webhook")
    assert (row.status, row.error) == (Message.PENDING, "answered 500")
    Message.objects.filter(pk=row.pk).update(next_attempt_at=row.created_at)
    answer(outgoing.Refused("not public"))
    assert send_due()["dead"] == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "https:///path", "//example.org/", "https://u:p@example.org/",
        "https://example.org:99999/", "https://example.org/a\r\nHost: b", "file:///etc/passwd", "gopher://example.org/",
    ],
)  # fmt: skip
def test_only_plain_https_addresses_are_called(url):
    with pytest.raises(outgoing.Refused):
        outgoing.checked(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",
        "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "224.0.0.1",
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused_even_beside_a_public_one(address, monkeypatch):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    rows = [(socket.AF_INET, 1, 6, "", ("93.184.216.34", 443)), (family, 1, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: rows)
    with pytest.raises(outgoing.Refused, match="not public"):
        outgoing.post("https://roots.example.org/", b"{}", headers={})


class _Server(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.got.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(302 if self.path == "/elsewhere" else 200)
        if self.path == "/elsewhere":
            self.send_header("Location", "https://127.0.0.1/inside")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args):
        """Quiet."""


@pytest.fixture
def https_server(tmp_path, monkeypatch):
    """A real TLS server on this machine, under a public name that only these tests resolve."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "roots.example.org")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(datetime(2020, 1, 1)).not_valid_after(datetime(2040, 1, 1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("roots.example.org")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    server = HTTPServer(("127.0.0.1", 0), _Server)
    server.got = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(outgoing, "public_address", lambda host, port: "127.0.0.1")
    server.trust = ssl.create_default_context(cadata=pem.read_text()[pem.read_text().index("-----BEGIN CERT") :])
    yield server
    server.shutdown()
    server.server_close()


def test_the_certificate_must_be_of_the_name_and_a_redirect_is_not_followed(https_server):
    where = f"https://roots.example.org:{https_server.server_port}"
    assert outgoing.post(f"{where}/r?x=1", b'{"a": 1}', headers={}, context=https_server.trust) == b"ok"
    with pytest.raises(outgoing.Failed, match="answered 302"):
        outgoing.post(f"{where}/elsewhere", b"{}", headers={}, context=https_server.trust)
    assert [path for path, _body in https_server.got] == ["/r?x=1", "/elsewhere"]
    with pytest.raises(outgoing.Failed, match="SSLCertVerificationError"):
        outgoing.post(where.replace("roots.", "other."), b"{}", headers={}, context=https_server.trust)
    with pytest.raises(outgoing.Failed, match="SSLCertVerificationError"):
        outgoing.post(where, b"{}", headers={})
    assert len(https_server.got) == 2

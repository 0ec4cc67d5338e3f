"""The server calls nobody inside its own network, however the address is written (outgoing)."""

import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

import outgoing
from outgoing.sessions import session


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
            self.end_headers()
        elif path == "/slow":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(50):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.1)
        elif path == "/packed":
            self._answer(b"\x1f\x8b", ("Content-Encoding", "gzip"))
        elif path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
        else:
            self._answer(b"y" * (2000 if path == "/large" else 5), ("X-Path", self.path))

    def do_POST(self):
        self._answer(self.rfile.read(int(self.headers["Content-Length"])), ("X-Host", self.headers["Host"]))

    def _answer(self, body, header):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Quiet."""

    def handle(self):
        with contextlib.suppress(OSError):
            super().handle()


@pytest.fixture
def site(settings):
    """A server inside, which the settings allow by name and port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.OUTGOING_ALLOWED = [f"127.0.0.1:{server.server_port}"]
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def says(monkeypatch, *answers):
    """Let names resolve to these in turn, and note every connection that is tried."""
    asked, tried = iter(answers), []

    def resolve(host, port, **kwargs):
        found = next(asked)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    def connect(address, timeout):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(outgoing.socket, "create_connection", connect)
    return tried


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.100.100.200", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe",
        "::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2001:0:4136:e378:8000:63bf:80ff:fffe", "fe80::1%lo", "không phải địa chỉ",
    ],
)  # fmt: skip
def test_no_address_of_a_network_inside_is_public(address):
    assert not outgoing.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "203.162.4.190", "2001:4860:4860::8888", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(address):
    assert outgoing.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL",
        "https://", "https:///a", "https://user:pw@example.com/", "https://example.com@127.0.0.1/", "//example.com",
        "https://example.com\\@127.0.0.1/", "https://exa mple.com/", "https://example.com/\r\nX: y", "javascript:1",
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://2130706433/",
        "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/", "https://localhost/", "https://[fe80::1%25lo]/",
        "https://127.0.0.1:5432/", "https://example.com:99999/", "",
    ],
)  # fmt: skip
def test_an_address_that_leads_inside_or_nowhere_is_refused(url, monkeypatch):
    monkeypatch.setattr(outgoing.socket, "create_connection", lambda *a, **k: pytest.fail("it was called"))
    with pytest.raises(outgoing.Refused):
        outgoing.fetch(url)


def test_a_name_with_one_inner_address_among_public_ones_is_refused(monkeypatch):
    tried = says(monkeypatch, ["8.8.8.8", "10.0.0.5"])
    with pytest.raises(outgoing.Refused):
        outgoing.fetch("https://two-faces.example/")
    assert tried == []


def test_a_name_is_resolved_once_and_that_address_is_called(monkeypatch):
    """DNS rebinding: the second answer leads inside, and is never asked for."""
    tried = says(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    with pytest.raises(outgoing.Away):
        outgoing.fetch("https://rebinding.example/")
    assert tried == [("8.8.8.8", 443)]


def test_what_the_settings_name_is_called(site):
    answer = outgoing.fetch(f"{site}/a?b=c")
    assert answer.ok and answer.body == b"yyyyy" and answer.headers["x-path"] == "/a?b=c"


def test_a_body_is_sent_under_the_hosts_own_name(site):
    answer = outgoing.fetch(f"{site}/", method="POST", body="gửi".encode())
    assert answer.body.decode() == "gửi" and answer.headers["x-host"] == site.removeprefix("http://")


def test_another_port_of_an_allowed_host_is_refused(site):
    with pytest.raises(outgoing.Refused):
        outgoing.fetch("http://127.0.0.1:1/")


def test_a_redirect_is_not_followed(site):
    assert outgoing.fetch(f"{site}/redirect").status == 302


def test_an_answer_that_is_too_large_is_cut_off(site):
    with pytest.raises(outgoing.TooLarge):
        outgoing.fetch(f"{site}/large", most_bytes=1000)


def test_a_packed_answer_is_not_unpacked(site):
    with pytest.raises(outgoing.Away):
        outgoing.fetch(f"{site}/packed")


def test_half_an_answer_is_none(site):
    with pytest.raises(outgoing.Away):
        outgoing.fetch(f"{site}/cut")


def test_a_server_that_says_a_letter_now_and_then_does_not_hold_us(site):
    started = time.monotonic()
    with pytest.raises(outgoing.Away):
        outgoing.fetch(f"{site}/slow", seconds=0.5)
    assert time.monotonic() - started < 2


def test_a_certificate_of_nobody_is_nobody(settings):
    """https to a server that speaks no TLS: never a fall back to plain text."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.OUTGOING_ALLOWED = ["127.0.0.1"]
    with pytest.raises(outgoing.Away):
        outgoing.fetch(f"https://127.0.0.1:{server.server_port}/", seconds=2)
    server.shutdown()
    server.server_close()


def test_an_error_names_the_host_and_no_secret_of_the_address(monkeypatch):
    says(monkeypatch, ["8.8.8.8"])
    with pytest.raises(outgoing.Away) as raised:
        outgoing.fetch("https://hook.example/secret-part?token=secret-part")
    assert "hook.example" in str(raised.value) and "secret-part" not in str(raised.value)


def test_libraries_that_speak_requests_are_guarded_too(site):
    with session() as guarded:
        assert guarded.get(f"{site}/x").text == "yyyyy"
        assert guarded.post(f"{site}/", data={"a": "1"}).text == "a=1"
        with pytest.raises(requests.TooManyRedirects):
            guarded.get(f"{site}/redirect")
        with pytest.raises(requests.ConnectionError):
            guarded.get("http://127.0.0.1:1/")

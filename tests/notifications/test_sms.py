"""Text messages: to files by default, to an HTTP gateway when one is named."""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest

from notifications.channels import AddressRefused, ChannelAway, ChannelError
from notifications.sms import send_text

PHONE, TEXT = "+84912345678", "Mã đăng nhập của anh/chị là 482913"


@pytest.fixture
def gateway(settings):
    """A real HTTP gateway on 127.0.0.1 that keeps what it was given and answers `gateway.status`."""
    taken = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            taken.append((self.path, dict(self.headers), parse_qs(body)))
            self.send_response(server.status)
            if server.status == 302:
                self.send_header("Location", "/noi-khac")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.status, server.taken = 200, taken
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.SMS_URL = f"http://127.0.0.1:{server.server_port}/gui"
    settings.OUTGOING_ALLOWED = [f"127.0.0.1:{server.server_port}"]
    settings.SMS_TOKEN, settings.SMS_SENDER = "khoa-cua-cong", "HANOI"
    yield server
    server.shutdown()
    server.server_close()


def test_without_a_gateway_a_message_is_a_file(settings, tmp_path):
    settings.SMS_URL, settings.SMS_DIR = "", tmp_path / "sms"
    send_text(phone=PHONE, text=TEXT)
    (path,) = settings.SMS_DIR.iterdir()
    content = json.loads(path.read_text())
    assert (content["to"], content["text"]) == (PHONE, TEXT)
    assert PHONE not in path.name


def test_a_gateway_is_given_the_number_the_text_and_the_key(gateway):
    send_text(phone=PHONE, text=TEXT)
    path, headers, form = gateway.taken[0]
    assert path == "/gui" and headers["Authorization"] == "Bearer khoa-cua-cong"
    assert form == {"to": [PHONE], "text": [TEXT], "from": ["HANOI"]}


@pytest.mark.parametrize(
    ("status", "error"), [(422, AddressRefused), (500, ChannelError), (302, ChannelError), (401, ChannelError)]
)
def test_a_refusal_is_told_apart_and_a_redirect_is_not_followed(gateway, status, error):
    gateway.status = status
    with pytest.raises(error) as caught:
        send_text(phone=PHONE, text=TEXT)
    assert type(caught.value) is error and len(gateway.taken) == 1


def test_a_gateway_that_is_away_says_nothing_of_whom_and_what(settings, caplog):
    settings.SMS_URL = "http://127.0.0.1:9/"
    with caplog.at_level(logging.DEBUG), pytest.raises(ChannelAway) as caught:
        send_text(phone=PHONE, text=TEXT)
    said = str(caught.value) + caplog.text
    assert "482913" not in said and "912345678" not in said

"""A caller that sends a byte now and then holds no thread of the web server."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hanoi_psc.embedded import free_port

pytestmark = pytest.mark.slow
APP = """
def application(environ, start_response):
    try:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    except OSError:
        body = b"cut"
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""
CONF = """
from hanoi_psc.gunicorn_conf import *
wsgi_app, workers, threads, preload_app = "app:application", 1, 2, False
"""
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 400\r\n\r\n"


@pytest.fixture
def port(server_path):
    (server_path / "app.py").write_text(APP)
    (server_path / "conf.py").write_text(CONF)
    port, root = free_port(), Path(__file__).parents[2]
    env = os.environ | {"WEB_PATIENCE": "1", "WEB_BIND": f"127.0.0.1:{port}", "LOG_LEVEL": "ERROR"}
    env["PYTHONPATH"] = f"{root}{os.pathsep}{server_path}"
    command = [sys.executable, "-m", "gunicorn", "-c", str(server_path / "conf.py")]
    process = subprocess.Popen(command, cwd=server_path, env=env)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield port
    process.terminate()
    process.wait(20)


def ask(port, *parts, pause=0.0):
    """Send the parts with a pause before each; what was answered, "" when the server hung up."""
    with socket.create_connection(("127.0.0.1", port), 10) as caller:
        try:
            for part in parts:
                time.sleep(pause)
                caller.sendall(part)
            answer = b""
            while more := caller.recv(10_000):
                answer += more
            return answer.decode()
        except (BrokenPipeError, ConnectionResetError):
            return ""


def test_slow_callers_are_let_go_while_others_are_served(port):
    assert ask(port, HEAD, b"x" * 400).endswith("x" * 400)
    halves = [b"x" * 200] * 2
    assert ask(port, HEAD, *halves, pause=0.2).endswith("x" * 400), "not in one piece, but in time"

    slow = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(2)]
    for caller in slow:  # as many as there are threads
        caller.sendall(HEAD)
    started = time.monotonic()
    for _ in range(8):
        time.sleep(0.25)
        for caller in slow:
            with contextlib.suppress(OSError):
                caller.sendall(b"x")
    assert ask(port, HEAD, b"y" * 400).endswith("y" * 400)
    assert time.monotonic() - started < 8
    for caller in slow:
        caller.close()


def test_a_head_that_never_ends_is_let_go(port):
    drops = [b"X-%d: 1\r\n" % n for n in range(12)]
    assert "200" not in ask(port, b"GET / HTTP/1.1\r\n", *drops, b"\r\n", pause=0.2)


def test_a_head_of_too_many_lines_is_refused(port):
    head = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(100)) + b"\r\n"
    assert ask(port, head).startswith("HTTP/1.1 400") or "431" in ask(port, head)

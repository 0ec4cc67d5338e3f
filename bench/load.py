"""A load generator that leaves the cores to what it measures: one process a connection, requests made beforehand.

Everything but the Idempotency-Key of a request is ready bytes; an answer is read to its end and its status checked.
"""

import multiprocessing
import os
import socket
from collections.abc import Callable
from time import perf_counter

KEY = b"@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@"  # where each request gets a key of its own
Work = Callable[[], None]


def rate(workers: list[Callable[[], Work]], seconds: float) -> float:
    """How often a second the workers' work was done, all of them at it in parallel. Raises what one of them raised.

    Each worker is called in a process of its own to make itself ready and gives back the function to repeat.
    """
    context = multiprocessing.get_context("fork")
    start, results = context.Barrier(len(workers)), context.SimpleQueue()
    processes = [context.Process(target=_repeat, args=(worker, start, seconds, results)) for worker in workers]
    for process in processes:
        process.start()
    found = [results.get() for _ in processes]
    for process in processes:
        process.join()
    if errors := [error for _done, _spent, error in found if error]:
        raise RuntimeError(errors[0])
    return sum(done / spent for done, spent, _error in found)


def _repeat(worker, start, seconds, results) -> None:
    done, started, error = 0, perf_counter(), ""
    try:
        work = worker()
        work()  # connections open, caches warm: not counted
        start.wait(30)
        started = perf_counter()
        while perf_counter() - started < seconds:
            work()
            done += 1
    except Exception as raised:
        error = f"{type(raised).__name__}: {raised}"
        start.abort()
    results.put((done, perf_counter() - started, error))


class Caller:
    """One keep-alive connection that sends `requests` in turn and wants `status` for each."""

    def __init__(self, port: int, requests: list[bytes], status: int):
        self.port, self.wanted = port, f"HTTP/1.1 {status} ".encode()
        self.parts = [request.split(KEY) for request in requests]
        self.number, self.salt, self.connection = 0, os.urandom(8).hex(), None

    def __call__(self) -> Work:
        self.connect()
        return self.once

    def connect(self) -> None:
        self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def once(self) -> None:
        parts = self.parts[self.number % len(self.parts)]
        self.number += 1
        key = f"{self.salt}{self.number:016d}".encode()
        answer = self.exchange(key.join(parts))
        if not answer.startswith(self.wanted):
            raise RuntimeError(f"wanted {self.wanted.decode()}, got {answer[-800:].decode(errors='replace')}")

    def exchange(self, request: bytes) -> bytes:
        """Send and read one whole answer; the server may close an idle connection once, as browsers know."""
        try:
            self.connection.sendall(request)
            answer = self.connection.recv(65536)
        except OSError:
            answer = b""
        if not answer:
            self.connect()
            self.connection.sendall(request)
            answer = self.connection.recv(65536)
        while not _whole(answer):
            more = self.connection.recv(65536)
            if not more:
                raise RuntimeError("the server closed in the middle of an answer")
            answer += more
        return answer


def _whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    _before, found, after = head.lower().partition(b"content-length:")
    return not found or len(body) >= int(after.partition(b"\r\n")[0])


def request(method: str, path: str, port: int, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    """The bytes of one request of HTTP/1.1."""
    given = {"Host": f"127.0.0.1:{port}", "Content-Length": str(len(body))} | (headers or {})
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

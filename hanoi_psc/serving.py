"""gunicorn's threads, with an end to how slowly a request may come in and an answer be taken.

A thread reads a request's body, so without this a caller that sends a byte now and then would hold one for ever, and a
few callers all of them.
"""

import errno
import os
import socket
import struct
import time

from gunicorn.workers.gthread import ThreadWorker

PATIENCE = float(os.environ.get("WEB_PATIENCE", "20"))  # seconds for a request to begin coming in
LEAST_RATE = 8 * 1024  # bytes a second after that: a telephone at the edge of its network sends more
SEND_SECONDS = 60  # without a single byte taken


class PatientSocket:
    """A socket that stops waiting for a request which comes in slower than LEAST_RATE; all else is the socket's own."""

    def __init__(self, sock: socket.socket):
        self._sock = sock
        self._ends = 0.0
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))

    def begin(self) -> None:
        """A request is expected; its time begins when somebody first waits for it."""
        self._ends = 0.0

    def recv(self, size: int, flags: int = 0) -> bytes:
        self._ends = self._ends or time.monotonic() + PATIENCE
        left = self._ends - time.monotonic()
        if left <= 0:
            raise ConnectionResetError(errno.ECONNRESET, "too slow")
        self._sock.settimeout(left)
        try:
            data = self._sock.recv(size, flags)
        except TimeoutError:
            raise ConnectionResetError(errno.ECONNRESET, "too slow") from None
        finally:
            self._sock.settimeout(None)
        self._ends += len(data) / LEAST_RATE
        return data

    def __getattr__(self, name):
        return getattr(self._sock, name)


class PatientWorker(ThreadWorker):
    def enqueue_req(self, conn):
        if not isinstance(conn.sock, PatientSocket):
            conn.sock = PatientSocket(conn.sock)
        conn.sock.begin()
        super().enqueue_req(conn)

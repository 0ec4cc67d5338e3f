"""The one way out: every address that the portal itself calls (webhooks, gateways, OpenID discovery) goes through here.

What an admin or another system typed must not make the server read its own network (OWASP SSRF prevention, cases 1, 2).
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

SECONDS = 10.0  # for the whole call
MOST_BYTES = 1_000_000
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class OutgoingError(Exception):
    """The call gave no answer. Its text names the host only: the rest of an address may hold a secret."""


class Refused(OutgoingError):
    """This address may not be called; trying again is useless."""


class Away(OutgoingError):
    """Nobody answered in time, or not in full."""


class TooLarge(OutgoingError):
    """The answer is larger than was asked for."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in small letters
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def fetch(
    url: str, *, method: str = "GET", body: bytes = b"", headers=None, seconds=SECONDS, most_bytes=MOST_BYTES
) -> Answer:
    """Call `url` once and return whatever it answers; a redirect is an answer and is not followed.

    Only https to a public address, and what settings.OUTGOING_ALLOWED names. The name is resolved once, every address
    of it must be public, and the connection goes to that very address: a second look-up that says something else
    (DNS rebinding) never happens. Raises Refused, Away or TooLarge.
    """
    parts, port = _split(url)
    addresses = _addresses(parts.hostname, port, free=_is_allowed(parts.hostname, port))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # Packed answers are not asked for: a small one could unpack to a large one.
    sent = {"Accept-Encoding": "identity", "User-Agent": "hanoi-psc", **(headers or {})}
    ends = time.monotonic() + seconds
    sock = _connect(parts, addresses, port, ends)
    # A server that says a letter a second is cut off too, whatever the reading below is waiting for.
    guard = threading.Timer(max(ends - time.monotonic(), 0.0), _cut, [sock])
    guard.daemon = True
    guard.start()
    try:
        return _ask(sock, parts, port, (method, path, body, sent), most_bytes)
    except (OSError, http.client.HTTPException) as error:
        raise Away(f"{parts.hostname}: {type(error).__name__}") from None
    finally:
        guard.cancel()
        sock.close()


def _split(url: str) -> tuple[SplitResult, int]:
    if any(character <= " " or character in "\\\x7f" for character in url):
        raise Refused("an address with spaces, backslashes or control characters")
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        raise Refused("an address that cannot be read") from None
    if not host or "@" in parts.netloc or "%" in host:
        raise Refused("an address without a plain host name")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_allowed(host, port)):
        raise Refused(f"{host}: only https")
    return parts, port


def _is_allowed(host: str, port: int) -> bool:
    return not {host, f"{host}:{port}"}.isdisjoint(settings.OUTGOING_ALLOWED)


def _addresses(host: str, port: int, *, free: bool) -> list[str]:
    """What `host` resolves to, asked once. One address that is not public refuses them all."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Away(f"{host}: no such name") from None
    addresses = list(dict.fromkeys(info[4][0] for info in found))
    if not addresses or not (free or all(is_public(address) for address in addresses)):
        raise Refused(f"{host}: not a public address")
    return addresses


def is_public(address: str) -> bool:
    """Whether this is an address of the open internet, whatever IPv6 form an IPv4 one is wrapped in."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if found.version == 6:
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        elif int(found) >> 32 == 0:
            return False  # IPv4-compatible (::7f00:1), long abolished
        if inner:
            return is_public(str(inner))
    return found.is_global and not (found.is_multicast or found.is_reserved)


def _connect(parts: SplitResult, addresses: list[str], port: int, ends: float) -> socket.socket:
    sock, host = None, parts.hostname
    for address in addresses:
        try:
            sock = socket.create_connection((address, port), timeout=max(ends - time.monotonic(), 0.01))
            if parts.scheme == "https":
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
            return sock
        except OSError as error:  # a certificate of somebody else is one too
            failed = error
            if sock is not None:
                sock.close()
    raise Away(f"{host}: {type(failed).__name__}")


def _ask(sock: socket.socket, parts: SplitResult, port: int, said: tuple, most_bytes: int) -> Answer:
    method, path, body, headers = said
    connection = http.client.HTTPConnection(parts.hostname, port)
    connection.default_port = {"https": 443, "http": 80}[parts.scheme]  # of the Host header
    connection.sock = sock
    connection.request(method, path, body=body or None, headers=headers)
    response = connection.getresponse()
    found = {name.lower(): value for name, value in response.getheaders()}
    if found.get("content-encoding", "identity") != "identity":
        raise Away(f"{parts.hostname}: a packed answer")
    content = response.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise TooLarge(f"{parts.hostname}: more than {most_bytes} bytes")
    if response.length:  # cut short
        raise Away(f"{parts.hostname}: only part of an answer")
    return Answer(response.status, found, content)


def _cut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)

"""The one way to call an address that somebody typed: HTTPS to a public address, no redirect, little read back.

Against forged requests from inside (SSRF): the name is resolved once, every address it has must be public, and the
connection goes to the very address that was checked, so that a name cannot change its mind in between.
"""

import http.client
import ipaddress
import socket
import ssl
from urllib.parse import urlsplit

TIMEOUT = 10
MAX_ANSWER = 64 * 1024


class Refused(ValueError):
    """An address that is never called, whatever it answers."""


class Failed(OSError):
    """The address did not answer, or did not answer 2xx."""


def checked(url: str) -> tuple[str, int, str]:
    """(host, port, path with query) of an address that may be called. Raises Refused with the reason."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise Refused("not an address") from None
    if parts.scheme != "https" or not parts.hostname:
        raise Refused("only https addresses are called")
    if parts.username or parts.password:
        raise Refused("an address with a password in it is not called")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in path):
        raise Refused("not an address")
    return parts.hostname, port, path


def public_address(host: str, port: int) -> str:
    """One address of `host`. Raises Refused when any of its addresses is not public, Failed when there is none."""
    try:
        found = {row[4][0] for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise Failed(f"the name is not found: {type(error).__name__}") from error
    for address in found:
        if not _is_public(address):
            raise Refused("the name leads to an address that is not public")
    return sorted(found)[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if inner is not None and not inner.is_global:
        return False
    return ip.is_global and not ip.is_multicast


class _Pinned(http.client.HTTPSConnection):
    """Speaks to `address`, with the certificate of `host`."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext | None):
        super().__init__(host, port, timeout=TIMEOUT, context=context or ssl.create_default_context())
        self._address = address

    def connect(self):
        raw = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._context.wrap_socket(raw, server_hostname=self.host)


def post(url: str, body: bytes, *, headers: dict[str, str], context: ssl.SSLContext | None = None) -> bytes:
    """POST `body`; returns the first bytes of a 2xx answer. Raises Refused or Failed; a redirect is a failure."""
    host, port, path = checked(url)
    connection = _Pinned(host, port, public_address(host, port), context)
    try:
        connection.request("POST", path, body=body, headers=headers)
        response = connection.getresponse()
        content = response.read(MAX_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise Failed(type(error).__name__) from error
    finally:
        connection.close()
    if not 200 <= response.status < 300:
        raise Failed(f"answered {response.status}")
    return content

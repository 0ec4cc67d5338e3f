"""The same guard for libraries that speak `requests` (django-allauth does)."""

import io

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

import outgoing


class Guarded(BaseAdapter):
    """Carries a request of `requests` by outgoing.fetch."""

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        try:
            answer = outgoing.fetch(request.url, method=request.method, body=body, headers=dict(request.headers))
        except outgoing.OutgoingError as error:
            raise requests.ConnectionError(str(error), request=request) from error
        response = requests.Response()
        response.status_code, response.url, response.request = answer.status, request.url, request
        response.headers = CaseInsensitiveDict(answer.headers)
        response.encoding = get_encoding_from_headers(response.headers)
        response.raw = io.BytesIO(answer.body)
        return response

    def close(self):
        """Nothing is kept open."""


def session() -> requests.Session:
    """A session whose every call is guarded; a redirect is an error (TooManyRedirects), never followed."""
    made = requests.Session()
    made.trust_env = False  # no proxy and no password that the environment names
    made.max_redirects = 0
    made.headers["Accept-Encoding"] = "identity"
    for scheme in ("https://", "http://"):
        made.mount(scheme, Guarded())
    return made

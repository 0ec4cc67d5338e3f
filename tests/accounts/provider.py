"""VNeID for the tests: the real OpenID provider `oidc-provider-mock` on 127.0.0.1, and a forger between it and us."""

import json
import threading
from contextlib import contextmanager
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import jwt
import oidc_provider_mock
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

CLIENT = "cong-dich-vu-cong"


class Quiet(WSGIRequestHandler):
    def log(self, *args):
        """Nothing: what the provider was asked is in `Forger.asked`."""


class Forger:
    """Lets everything through, until `forge(claims) -> token` is set: then it answers that instead of the ID token.

    Its own key then stands among the provider's, so that a token with one wrong claim is wrong in nothing else.
    """

    KID = "khoa-thu-hai"

    def __init__(self, app):
        self.app = app
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.forge = None
        self.asked: list[dict] = []  # what came to the token endpoint

    def sign(self, claims: dict, *, key=None, algorithm: str = "RS256", kid: str = KID) -> str:
        return jwt.encode(claims, key if key is not None else self.key, algorithm=algorithm, headers={"kid": kid})

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path == "/oauth2/token":
            self._note(environ)
        if path not in ("/oauth2/token", "/jwks"):
            return self.app(environ, start_response)
        answer = Response.from_app(self.app, environ)
        content = json.loads(answer.get_data())
        if path == "/jwks" and self.forge:
            own = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
            content["keys"].append(own | {"kid": self.KID, "use": "sig", "alg": "RS256"})
        elif self.forge and "id_token" in content:
            claims = jwt.decode(content["id_token"], options={"verify_signature": False})
            content["id_token"] = self.forge(claims)
        answer.set_data(json.dumps(content))
        return answer(environ, start_response)

    def _note(self, environ):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        self.asked.append({name: values[0] for name, values in parse_qs(body.decode()).items()})
        environ["wsgi.input"] = BytesIO(body)


class Vneid:
    """The provider as a person sees it."""

    def __init__(self, url: str, forger: Forger):
        self.url, self.forger = url, forger

    def knows(self, sub: str, **claims) -> str:
        """A person of VNeID. Returns their `sub`."""
        told = {"name": "Nguyễn Văn An", "birthdate": "1985-12-31", "personal_number": "001085000001", "acr": "2"}
        told = {name: value for name, value in (told | claims).items() if value is not None}
        requests.put(f"{self.url}/users/{sub}", json=told, timeout=5).raise_for_status()
        return sub

    def consent(self, location: str, sub: str) -> str:
        """The person agrees at the provider's page. Returns where they are sent back to, without the host."""
        answer = requests.post(location, data={"sub": sub}, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        parts = urlsplit(answer.headers["Location"])
        return f"{parts.path}?{parts.query}"


@contextmanager
def running():
    forger = Forger(oidc_provider_mock.app(require_nonce=True))
    server = make_server("127.0.0.1", 0, forger, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Vneid(f"http://127.0.0.1:{server.server_port}", forger)
    finally:
        server.shutdown()
        server.server_close()

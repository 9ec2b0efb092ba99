"""A small OpenID Connect provider in a process of its own, which misbehaves as it is told to.

`python -m tests.support.upstream PORT` serves http://127.0.0.1:PORT. What it tells is the standards' happy path, each
answer of which a test may change before it asks: `POST /-/tell` with the members of `Orders`. `GET /-/seen` lists the
requests to its token endpoint. A well-behaved provider is django-oauth-toolkit's; this one is for the attacks.
"""

import base64
import hashlib
import json
import secrets
import sys
import threading
import time
from dataclasses import dataclass, field, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

CLIENT = {"client_id": "nuages-tests", "secret": "a secret of the tests"}


@dataclass
class Orders:
    """What the provider is to change in its answers; None as a value leaves a member out."""

    metadata: dict[str, Any] = field(default_factory=dict)
    callback: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "person-1"})
    signing: str = "right"
    token_status: int = 200
    token_location: str = ""
    delays_s: dict[str, float] = field(default_factory=dict)


class Provider:
    """Its keys, the codes that it gave out, and what it was asked."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.orders = Orders()
        self.codes: dict[str, dict[str, str]] = {}
        self.seen: list[dict[str, Any]] = []
        self.keys = {
            name: rsa.generate_private_key(public_exponent=65_537, key_size=2048) for name in ("right", "other")
        }

    def metadata(self) -> dict[str, Any]:
        """What it says of itself."""
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "authorization_response_iss_parameter_supported": True,
        }
        return _changed(found, self.orders.metadata)

    def jwks(self) -> dict[str, Any]:
        """Its public key; never the other one."""
        public = json.loads(RSAAlgorithm.to_jwk(self.keys["right"].public_key()))
        return {"keys": [{"kid": "1", "use": "sig", "alg": "RS256", "kty": "RSA", "n": public["n"], "e": public["e"]}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Log somebody in at once, and say where the browser goes."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        said = _changed({"code": code, "state": asked["state"], "iss": self.issuer}, self.orders.callback)
        return f"{asked['redirect_uri']}?{urlencode(said, doseq=True)}"

    def exchange(self, asked: dict[str, str]) -> dict[str, Any] | None:
        """Give tokens for a code, once, to the client that it was given to."""
        begun = self.codes.pop(asked.get("code", ""), None)
        if begun is None or asked.get("client_secret") != CLIENT["secret"]:
            return None
        if asked.get("redirect_uri") != begun["redirect_uri"] or not _is_verifier(asked, begun):
            return None
        found = {"access_token": "an access token", "token_type": "Bearer", "expires_in": 300}
        # As GitHub, where a flow has no nonce: OAuth 2 and no OpenID Connect.
        tokens = {**found, "id_token": self.id_token(begun)} if "nonce" in begun else found
        return _changed(tokens, self.orders.token)

    def id_token(self, begun: dict[str, str]) -> str:
        """Make an ID token, or something like one."""
        now_s = int(time.time())
        times = {"iat": now_s, "exp": now_s + 300, "jti": secrets.token_hex(8)}
        claims = {"iss": self.issuer, "aud": begun["client_id"], **times, **self.orders.person}
        claims = _changed(claims | ({"nonce": begun["nonce"]} if "nonce" in begun else {}), self.orders.claims)
        header = _changed({"kid": "1", "typ": "JWT"}, self.orders.header)
        if self.orders.signing == "none":
            return jwt.encode(claims, "", algorithm="none", headers=header)
        if self.orders.signing == "public":  # as a secret of HS256, which PyJWT itself would not do
            return self._by_public_key(claims, header)
        return jwt.encode(claims, self.keys[self.orders.signing], algorithm="RS256", headers=header)

    def _by_public_key(self, claims: dict[str, Any], header: dict[str, Any]) -> str:
        pem = self.keys["right"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        signed = ".".join(_encode(json.dumps(part).encode()) for part in ({**header, "alg": "HS256"}, claims))
        key = hashlib.sha256(pem).digest() if len(pem) > 64 else pem
        inner, outer = (bytes(byte ^ pad for byte in key.ljust(64, b"\0")) for pad in (0x36, 0x5C))
        digest = hashlib.sha256(outer + hashlib.sha256(inner + signed.encode()).digest()).digest()
        return f"{signed}.{_encode(digest)}"


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        self._delay(parts.path)
        match parts.path:
            case "/.well-known/openid-configuration":
                self._say(self.provider.metadata())
            case "/jwks":
                self._say(self.provider.jwks())
            case "/authorize":
                self._say({}, 302, self.provider.authorize(asked))
            case "/userinfo":
                self._say(_changed(dict(self.provider.orders.person), self.provider.orders.userinfo))
            case "/-/seen":
                self._say(self.provider.seen)
            case "/-/id_token":
                self._say({"id_token": self.provider.id_token(asked)})
            case _:
                self._say({}, 404)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._delay(self.path)
        orders = self.provider.orders
        if self.path == "/-/tell":
            told = json.loads(raw)
            self.provider.orders = Orders(
                **{each.name: told[each.name] for each in fields(Orders) if each.name in told}
            )
            self.provider.seen.clear()
            self._say({})
            return
        asked = {name: values[-1] for name, values in parse_qs(raw.decode()).items()}
        self.provider.seen.append({"path": self.path, **asked})
        answer = self.provider.exchange(asked) if self.path == "/token" else {"access_token": "taken elsewhere"}
        status = orders.token_status if answer is not None else 400
        self._say(answer if answer is not None else {"error": "invalid_grant"}, status, orders.token_location)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _delay(self, path: str) -> None:
        time.sleep(self.provider.orders.delays_s.get(path, 0))

    def _say(self, document: Any, status: int = 200, location: str = "") -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)


def _changed(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**document, **changes}.items() if value is not None}


def _is_verifier(asked: dict[str, str], begun: dict[str, str]) -> bool:
    """PKCE is demanded: RFC 7636 section 4.6."""
    digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
    return begun.get("code_challenge_method") == "S256" and begun.get("code_challenge") == _encode(digest)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def main(port: int) -> None:
    """Serve until standard input ends: whoever started this process is gone then."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    _Handler.provider = Provider(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)  # noqa: T201  # who started this process waits for it
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""An authenticator in software, with the browser around it: makes passkeys and signs with them. No test lives here.

Source: Web Authentication Level 3, sections 5.8.1 (client data), 6.1 (authenticator data) and 6.5 (attestation).
"""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.utils import websafe_decode, websafe_encode

from nuages import API
from tests.http.asking import send

ORIGIN, RP_ID = "https://testserver", "testserver"
PASSKEYS = {"rp_id": RP_ID, "name": "The tests", "origins": [ORIGIN]}
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Key:
    """A passkey as its authenticator keeps it."""

    private: ec.EllipticCurvePrivateKey
    id: bytes
    handle: bytes
    count: int = 0


@dataclass
class SoftKey:
    """An authenticator and the page that uses it; what a test changes is what a thief or a broken one would."""

    origin: str = ORIGIN
    rp_id: str = RP_ID
    flags: int = PRESENT | VERIFIED
    algorithm: int = -7
    more: dict[str, Any] = field(default_factory=dict)  # members of the client data
    keys: list[Key] = field(default_factory=list)

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create()` gives."""
        key = Key(
            ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(32), websafe_decode(options["user"]["id"])
        )
        self.keys.append(key)
        point = key.private.public_key().public_numbers()
        public = {1: 2, 3: self.algorithm, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        attested = bytes(16) + struct.pack(">H", len(key.id)) + key.id + cbor.encode(public)
        made = {"fmt": "none", "attStmt": {}, "authData": self._data(key, ATTESTED) + attested}
        response = {
            "clientDataJSON": websafe_encode(self._client_data("webauthn.create", options["challenge"])),
            "attestationObject": websafe_encode(cbor.encode(made)),
            "transports": ["internal"],
        }
        return self._credential(key, response, {"credProps": {"rk": True}})

    def get(self, options: dict[str, Any], key: Key | None = None, *, with_handle: bool = True) -> dict[str, Any]:
        """What `navigator.credentials.get()` gives; the last passkey, unless another one is named."""
        key = key or self.keys[-1]
        key.count += 1
        client_data, data = self._client_data("webauthn.get", options["challenge"]), self._data(key)
        signature = key.private.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            **({"userHandle": websafe_encode(key.handle)} if with_handle else {}),
        }
        return self._credential(key, response, {})

    def _data(self, key: Key, more: int = 0) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(">BI", self.flags | more, key.count)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False, **self.more}
        return json.dumps(said).encode()

    @staticmethod
    def _credential(key: Key, response: dict[str, Any], results: dict[str, Any]) -> dict[str, Any]:
        name = websafe_encode(key.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response,
                "clientExtensionResults": results, "authenticatorAttachment": "platform"}  # fmt: skip


def ask(api: API, token: str, path: str, document: Any = None, method: str = "POST") -> Any:
    """Send a document below `/auth/`, with a token or without."""
    body = b"" if document is None else json.dumps(document).encode()
    headers = {"content_type": "application/json", "content_length": str(len(body))} if body else {}
    if token:
        headers["authorization"] = f"Bearer {token}"
    return send(api, f"/auth/{path}", method, body=body, **headers)


def read(response: Any, status: int = 200) -> dict[str, Any]:
    """The document of an answer that has this status."""
    assert response.status == status, response.body
    document: dict[str, Any] = json.loads(response.body)
    return document


def enrol(api: API, token: str, key: SoftKey, **begin: Any) -> dict[str, Any]:
    """Let the user of a token have a passkey."""
    offered = read(ask(api, token, "factors/passkeys", begin or None))
    document = {"enrolment": offered["enrolment"], "passkey": key.create(offered["options"]), "name": "Phone"}
    return read(ask(api, token, "factors/passkeys", document), 201)

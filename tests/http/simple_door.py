"""An API for those who move in from simplejwt, and tokens like its own, made by hand."""

import json
import uuid
from typing import Any

from django.conf import settings

from nuages import API, Bearer, OAuth, Principal, Resource, SimpleJWT, anyone, authenticated
from nuages.http.response import Response
from shop.models import Book, Tag
from tests.http.asking import send
from tests.http.entering import post
from tests.http.forging import NOW, Sign, by_secret, encode, token

UNTIL = "2090-12-31"
CHALLENGE = 'Bearer error="invalid_token"'


class Moved:
    """An API behind Nuages' own tokens, simplejwt's and those of apps; its tags are for users, its books for anyone."""

    def __init__(self, *ways: Any) -> None:
        self.seen: list[Principal] = []
        self.bearer = Bearer(audience="moved")
        self.api = API(title="Moved", authenticate=ways or [self.bearer, SimpleJWT(until=UNTIL), OAuth()])

        def noted(principal: Principal) -> bool:
            self.seen.append(principal)
            return True

        self.api.resource(Tag)(type("Tags", (Resource,), {"fields": ["id"], "rules": {"read": authenticated & noted}}))
        self.api.resource(Book)(type("Books", (Resource,), {"fields": ["id"], "rules": {"read": anyone}}))

    def ask(self, text: str, url: str = "/tags") -> Response:
        """Send a request with this token."""
        return send(self.api, url, authorization=f"Bearer {text}")

    def status(self, text: str) -> int:
        """What a bearer of this token gets."""
        return self.ask(text).status

    def assert_refused(self, text: str, code: str = "invalid-token") -> None:
        """The one answer to every bad token, on what is open to anyone too."""
        for url in ("/tags", "/books"):
            response = self.ask(text, url)
            assert (response.status, response.header("WWW-Authenticate")) == (401, CHALLENGE), text[:100]
            assert json.loads(response.body)["type"] == f"urn:nuages:problem:{code}", text[:100]

    def refresh(self, text: Any, **headers: str) -> Response:
        """Come with a refresh token."""
        return post(self.api, "refresh", {"refresh_token": text}, **headers)


def old_claims(user: Any = 1, **changed: Any) -> dict[str, Any]:
    """What simplejwt writes into an access token; a change to `...` leaves a name out."""
    right = {"token_type": "access", "exp": NOW + 3_600, "iat": NOW, "jti": uuid.uuid4().hex, "user_id": str(user)}
    return {name: value for name, value in {**right, **changed}.items() if value is not ...}


def old_token(body: Any, head: Any = None, sign: Sign | None = None) -> str:
    """A token as simplejwt signs it."""
    return token(head or {"alg": "HS256", "typ": "JWT"}, body, sign or by_secret(settings.SECRET_KEY))


def unsigned(text: str) -> str:
    """The same token with another signature."""
    return f"{text.rpartition('.')[0]}.{encode(b'0' * 32)}"


def is_called_ann(user: Any) -> bool:
    """A rule of a project's own about its users."""
    return bool(user.username == "ann")

"""An API behind a Bearer, built for one test."""

import datetime as dt
from typing import Any

from django.utils import timezone

from nuages import API, Bearer, Resource, anyone, authenticated
from nuages.http.response import Response
from nuages.identify.logins import password_mark
from nuages.models.logins import Login
from shop.models import Book, Tag
from tests.http.asking import SAME, send

CHALLENGE = 'Bearer error="invalid_token"'


class Door:
    """An API whose books are for users, and whose tags are for anyone."""

    def __init__(self, bearer: Bearer) -> None:
        self.bearer = bearer
        self.api = API(title="Shop", authenticate=[bearer])
        self.api.resource(Book)(type("Books", (Resource,), {"fields": ["id"], "rules": {"read": authenticated}}))
        self.api.resource(Tag)(type("Tags", (Resource,), {"fields": ["id"], "rules": {"read": anyone}}))
        self.api.build()

    def ask(self, authorization: str | None, url: str = "/books") -> Response:
        """Send a request with this header."""
        return send(self.api, url, **({} if authorization is None else {"authorization": authorization}))

    def status(self, token: str) -> int:
        """What a bearer of this token gets."""
        return self.ask(f"Bearer {token}").status

    def assert_refused(self, authorization: str, code: str = "invalid-token") -> None:
        """The one answer to every bad token, on what is open to anyone too."""
        for url in ("/books", "/tags"):
            response = self.ask(authorization, url)
            assert (response.status, response.header("WWW-Authenticate")) == (401, CHALLENGE), authorization[:100]
            assert response.body == _body(url, code)


def _body(url: str, code: str) -> bytes:
    said = {"invalid-token": "The token is not valid here.", "token-expired": "The token has expired; get another."}
    problem = f'"type":"urn:nuages:problem:{code}","title":"Not identified","status":401,"detail":"{said[code]}"'
    return f'{{{problem},"instance":"{url}","request_id":"{SAME}"}}'.encode()


def make_login(user: Any, **changed: Any) -> Login:
    """A login of today, for an hour."""
    now = timezone.now()
    right = {"password_mark": password_mark(user), "created_at": now, "last_used_at": now}
    return Login.objects.create(user=user, **{**right, "expires_at": now + dt.timedelta(hours=1), **changed})

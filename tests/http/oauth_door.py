"""An API behind OAuth(), and tokens of django-oauth-toolkit for it."""

import datetime as dt
import secrets
import string
from typing import Any

from django.utils import timezone
from oauth2_provider.models import AccessToken, Application, set_token_value

from nuages import API, Authenticator, OAuth, Principal, Resource, anyone, scope
from nuages.http.response import Response
from shop.models import Book, Tag
from tests.http.asking import send

CHALLENGE = 'Bearer error="invalid_token"'
SCOPES = {"OAUTH2_PROVIDER": {"SCOPES": {"tags:read": "Read tags", "tags:write": "Write tags"}}}
_LETTERS = string.ascii_letters + string.digits


class Door:
    """An API whose tags want a scope, and whose books are for anyone."""

    def __init__(self, *ways: Authenticator, title: str = "Apps") -> None:
        self.seen: list[Principal] = []
        self.api = API(title=title, authenticate=ways or [OAuth()])

        def noted(principal: Principal) -> bool:
            self.seen.append(principal)
            return True

        rules = {"read": scope("tags:read") & noted, "write": scope("tags:write")}
        attributes = {"fields": ["id", "name"], "writable": ["name"], "rules": rules}
        self.api.resource(Tag)(type("Tags", (Resource,), attributes))
        self.api.resource(Book)(type("Books", (Resource,), {"fields": ["id"], "rules": {"read": anyone}}))

    def ask(self, token: str | None, url: str = "/tags", method: str = "GET") -> Response:
        """Send a request with this token."""
        return send(self.api, url, method, **({} if token is None else {"authorization": f"Bearer {token}"}))

    def status(self, token: str | None) -> int:
        """What a bearer of this token gets."""
        return self.ask(token).status

    def assert_refused(self, token: str) -> None:
        """The one answer to every bad token, on what is open to anyone too."""
        for url in ("/tags", "/books"):
            response = self.ask(token, url)
            assert (response.status, response.header("WWW-Authenticate")) == (401, CHALLENGE), token[:100]
            assert b"urn:nuages:problem:invalid-token" in response.body


def make_app(**changed: Any) -> Any:
    """A program of somebody else's."""
    right = {"name": "app", "client_type": "confidential", "authorization_grant_type": "client-credentials"}
    return Application.objects.create(**{**right, **changed})


def make_token(app: Any, user: Any = None, scope: str = "tags:read", **changed: Any) -> tuple[Any, str]:
    """A token as django-oauth-toolkit gives it out, stored as its settings say."""
    text = "".join(secrets.choice(_LETTERS) for _ in range(30))
    right = {"expires": timezone.now() + dt.timedelta(hours=1), "application": app, "user": user, "scope": scope}
    stored = AccessToken(**{**right, **changed})
    set_token_value(stored, text)
    stored.save()
    return stored, text

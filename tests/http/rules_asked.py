"""Serve one resource under a rule, to whoever a test says is asking."""

from typing import Any

from django.contrib.auth import get_user_model

from nuages import API, Authenticator, Principal, Resource
from nuages.http.request import Request
from shop.models import Author


class As(Authenticator):
    """Whoever a test says."""

    challenge = 'Bearer realm="api"'

    def __init__(self) -> None:
        self.principal: Principal | None = None

    def identify(self, request: Request) -> Principal | None:
        return self.principal


def guarded(rules: dict[str, Any], **attributes: Any) -> tuple[API, As]:
    """An API of authors at /authors, and who asks it."""
    who = As()
    api = API(title="Guarded", authenticate=[who])
    declared = {"fields": ["id", "name"], "writable": ["name"], "rules": rules, **attributes}
    api.resource(Author)(type("Authors", (Resource,), declared))
    return api, who


def user(name: str, **attributes: Any) -> Any:
    """A user, made anew."""
    users: Any = get_user_model()
    return users._default_manager.create_user(name, **attributes)

"""Log in, refresh and log out over an API's core, as the tests of logins do. No test lives here."""

import json
from typing import Any

from django.contrib.auth import get_user_model

from nuages import API, Resource, Session, authenticated
from nuages.http.request import Request
from nuages.http.response import Response
from shop.models import Tag
from tests.http.asking import SAME
from tests.support.plain_bearer import PlainBearer

PASSWORD = "correct horse battery staple"
JSON = "application/json"


def make_api(*more: Any, bearer: PlainBearer | None = None) -> API:
    """An API with logins, and a resource for those who are somebody; reads the settings when it is first asked."""
    api = API(title="Logins", authenticate=[bearer or PlainBearer(), *more])

    @api.resource(Tag)
    class Tags(Resource):
        fields = ["id", "name"]
        writable = ["name"]
        rules = {"read": authenticated, "write": authenticated}

    return api


def session_api() -> API:
    """The same for browsers with Django's session as well."""
    return make_api(Session())


def make_user(name: str = "ann", **more: Any) -> Any:
    """A user with the password."""
    return get_user_model().objects.create_user(name, password=PASSWORD, **more)


def post(
    api: API, path: str, document: Any = None, *, method: str = "POST", peer: str = "192.0.2.1", **headers: str
) -> Response:
    """Send a document, or no body; bytes are sent as they are."""
    body = b"" if document is None else document if isinstance(document, bytes) else json.dumps(document).encode()
    named = {"x-request-id": SAME} | {name.replace("_", "-"): text for name, text in headers.items()}
    if document is not None:
        named = {"content-type": JSON, "content-length": str(len(body)), **named}
    path, _, query = path.partition("?")
    return api.handle(
        Request(method, f"/auth/{path}", query, named, host="testserver", peer=peer, read=lambda size: body[:size])
    )


def log_in(api: API, name: str = "ann", **headers: str) -> dict[str, Any]:
    """The tokens of a new login."""
    response = post(api, "token", {"username": name, "password": PASSWORD}, **headers)
    assert response.status == 200, response.body
    document: dict[str, Any] = json.loads(response.body)
    return document


def refresh(api: API, token: Any, **headers: str) -> Response:
    """Ask for a token's successor."""
    return post(api, "refresh", {"refresh_token": token}, **headers)


def refreshed(api: API, token: str) -> dict[str, Any]:
    """The tokens that follow."""
    response = refresh(api, token)
    assert response.status == 200, response.body
    document: dict[str, Any] = json.loads(response.body)
    return document


def assert_refused(response: Response, code: str = "invalid-grant", status: int = 401) -> dict[str, Any]:
    """The problem that a refusal is; stored nowhere, and with a challenge where it is a 401."""
    document: dict[str, Any] = json.loads(response.body)
    assert (response.status, document["type"]) == (status, f"urn:nuages:problem:{code}"), document
    assert response.header("cache-control") == "no-store"
    assert response.header("www-authenticate") or status != 401
    return document


def may_enter(api: API, access: str) -> bool:
    """Whether an access token lets in, to what asks for somebody."""
    headers = {"authorization": f"Bearer {access}"}
    return api.handle(Request("GET", "/tags", "", headers, host="testserver")).status == 200

"""Ask an API's core, without a server and without Django's handlers."""

import json
from typing import Any

from nuages import API, Resource, anyone
from nuages.http.request import Request
from nuages.http.response import Response

SAME = "one-for-all"


def send(api: API, url: str, method: str = "GET", *, body: bytes = b"", host: str = "", **headers: str) -> Response:
    """Send one request; `if_none_match` is the header of that name. Answers that are alike are so to the byte."""
    path, _, query = url.partition("?")
    named = {"x-request-id": SAME} | {name.replace("_", "-"): text for name, text in headers.items()}
    return api.handle(Request(method, path, query, named, host=host, read=lambda size: body[:size]))


def ask(api: API, url: str, method: str = "GET", **rest: Any) -> Any:
    """The document that answers a request."""
    response = send(api, url, method, **rest)
    assert response.status == 200, (response.body, url)
    return json.loads(response.body)


def refusal(api: API, url: str, method: str = "GET", **rest: Any) -> tuple[int, str, str]:
    """Status, code and first sentence of a problem."""
    response = send(api, url, method, **rest)
    document = json.loads(response.body)
    first = document.get("errors", [{"detail": document["detail"]}])[0]
    return response.status, str(document["type"]).rpartition(":")[2], str(first["detail"])


def serve(**resources: tuple[Any, dict[str, Any]]) -> API:
    """An API of resources made on the fly: `books=(Book, {"fields": [...]})`; open to anyone unless said otherwise."""
    api = API(title="On the fly")
    for name, (model, attributes) in resources.items():
        declared = {"rules": {"read": anyone}, "path": name, **attributes}
        api.resource(model)(type(name.capitalize(), (Resource,), declared))
    return api

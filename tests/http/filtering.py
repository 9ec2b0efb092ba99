"""Ask an API's core which rows some parameters leave: as a query string, or as the JSON of a QUERY."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from nuages import API
from nuages.http.request import Request
from nuages.http.response import Response


def get(api: API, path: str, *pairs: tuple[str, str]) -> Response:
    """Send a GET."""
    return api.handle(Request("GET", path, urlencode(pairs, quote_via=quote), {}))


def query(api: API, path: str, question: dict[str, Any]) -> Response:
    """Send a QUERY with a JSON body."""
    body = json.dumps(question).encode()
    return api.handle(Request("QUERY", path, "", {"content-type": "application/json"}, read=lambda size: body[:size]))


def keys(api: API, path: str, *pairs: tuple[str, str]) -> set[Any]:
    """The keys of the members that some parameters leave."""
    return _keys(get(api, path, *pairs, ("limit", "200")), pairs)


def keys_by_body(api: API, path: str, question: dict[str, Any]) -> set[Any]:
    """The keys of the members that a QUERY leaves."""
    return _keys(query(api, path, {**question, "limit": 200}), question)


def _keys(response: Response, question: Any) -> set[Any]:
    assert response.status == 200, (question, bytes(response.body))
    page = json.loads(response.body)
    assert page["next"] is None
    return {item["id"] for item in page["items"]}


def problem(response: Response) -> dict[str, Any]:
    """The problem document of a request that was refused as malformed."""
    assert response.status == 400, bytes(response.body)
    document: dict[str, Any] = json.loads(response.body)
    del document["request_id"]
    return document

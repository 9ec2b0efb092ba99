"""Change things over the bookshop's models: an API that may be written throughout, and how the tests ask it."""

import json
from typing import Any

from nuages import API, Resource, anyone, nested
from nuages.http.response import Response
from shop.models import Author, Book, Publisher, Review, Tag
from tests.http.asking import send

JSON = "application/json"
MERGE = "application/merge-patch+json"
PATCH = "application/json-patch+json"


class Books(Resource):
    fields = ["id", "title", "isbn", "price", "published", "in_print", "author", nested("tags", "id", "name")]
    writable = ["title", "isbn", "price", "published", "in_print", "author", "tags"]
    rules = {"read": anyone, "write": anyone}


class Authors(Resource):
    fields = ["id", "name", "country", "born"]
    writable = ["name", "country", "born"]
    rules = {"read": anyone, "write": anyone}


class Publishers(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    rules = {"read": anyone, "write": anyone}


class Tags(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    rules = {"read": anyone, "write": anyone}


class Reviews(Resource):
    fields = ["id", "book", "user_name", "stars", "body", "created_at"]
    writable = ["book", "user_name", "stars", "body"]
    rules = {"read": anyone, "write": anyone}


def make_api(**rules: dict[str, Any]) -> API:
    """The shop's API, open to everybody but for the rules given by a resource's class name."""
    api = API(title="Writing")
    for model, declared in ((Book, Books), (Author, Authors), (Publisher, Publishers), (Tag, Tags), (Review, Reviews)):
        own = rules.get(declared.__name__)
        api.resource(model)(type(declared.__name__, (declared,), {"rules": own}) if own else declared)
    return api


def change(
    api: API, method: str, url: str, document: Any = None, *, media_type: str = JSON, **headers: str
) -> Response:
    """Send a document; bytes are sent as they are."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    given = (
        {"content_type": media_type, "content_length": str(len(body)), **headers} if document is not None else headers
    )
    return send(api, url, method, body=body if document is not None else b"", **given)


def shown(response: Response) -> Any:
    """The document of an answer."""
    return json.loads(response.body)


def faults(response: Response) -> list[tuple[str, str]]:
    """Where an answer blames the request, and for what."""
    return [(error["pointer"], error["code"]) for error in shown(response).get("errors", [])]

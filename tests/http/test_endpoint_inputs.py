"""An endpoint's function takes what its signature says from a whole request, over Django's view and the core alike."""

import asyncio
import datetime as dt
import types
from dataclasses import dataclass
from typing import Annotated, Any

import attrs
import msgspec
import pydantic
import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, OperationalError
from django.test import Client
from django.urls import path

from nuages import API, Body, Cookie, File, Form, Header, Principal, Query, Request, Upload, anyone
from shop.models import Author
from tests.http.asking import send
from tests.http.forms import part, send_form
from tests.http.writing import change, faults, shown

api = API(title="Taking")
PNG = "image/png"
kept: list[Upload] = []
attempts: list[bytes] = []


class Item(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(min_length=1)]
    copies: int = 1


class Model(pydantic.BaseModel):
    name: Annotated[str, pydantic.Field(min_length=1)]
    copies: int = 1


@attrs.define
class Attributes:
    name: str
    copies: int = 1


@dataclass
class Filters:
    since: dt.date | None = None
    tag: tuple[str, ...] = ()


@api.post("/shops/{shop}/items/{day}", rule=anyone)
def everything(
    shop: int,
    day: dt.date,
    item: Item,
    filters: Annotated[Filters, Query()],
    x_token: Annotated[str, Header()],
    sid: Annotated[int, Cookie()],
    who: Principal,
    request: Request,
    most: Annotated[int, msgspec.Meta(le=9)] = 5,
) -> dict[str, Any]:
    """Something from everywhere."""
    injected = [type(who).__name__, request.method]
    return {
        "shop": shop, "day": day, "item": item, "filters": filters, "token": x_token, "sid": sid, "most": most,
        "injected": injected,
    }  # fmt: skip


@api.post("/model", rule=anyone)
def model(data: Model) -> dict[str, Any]:
    """A body of pydantic's."""
    return data.model_dump()


@api.post("/attributes", rule=anyone)
def attributes(data: Attributes, wanted: Annotated[int, Body()] = 3) -> dict[str, Any]:
    """A body of attrs', as a member."""
    return {"name": data.name, "wanted": wanted}


@api.post("/covers", rule=anyone)
def cover(cover: Annotated[Upload, File(max_bytes=100, types=[PNG])], title: Annotated[str, Form()]) -> dict[str, Any]:
    """A file, and a text beside it; read again where the call is repeated."""
    kept.append(cover)
    attempts.append(cover.file.read())
    Author.objects.create(name=title)
    if len(attempts) == 1 and title == "twice":
        error = OperationalError("could not serialize access")
        error.__cause__ = DatabaseError()
        error.__cause__.sqlstate = "40001"  # type: ignore[attr-defined]
        raise error
    return {"of": cover.filename, "bytes": cover.size_bytes, "type": cover.content_type, "title": title}


@api.post("/async-covers", rule=anyone)
async def cover_later(cover: Upload) -> int:
    """A file for a coroutine."""
    kept.append(cover)
    return len(cover.file.read())


urls = types.ModuleType("urls_of_taking")
urls.urlpatterns = [path("api/", api.urls)]  # type: ignore[attr-defined]


@pytest.fixture
def client(settings: Any) -> Client:
    """Django's client, of this API."""
    settings.ROOT_URLCONF = urls
    return Client()


def test_a_whole_request_is_taken_apart(database: Any, client: Client) -> None:
    """As a browser or a program sends it."""
    client.cookies["sid"] = "4"
    response = client.post(
        "/api/shops/3/items/2024-05-31?since=2024-01-01&tag=a&tag=b", {"name": "x"}, "application/json",
        headers={"X-Token": "t"},
    )  # fmt: skip
    assert response.json() == {
        "shop": 3, "day": "2024-05-31", "item": {"name": "x", "copies": 1}, "token": "t", "sid": 4, "most": 5,
        "filters": {"since": "2024-01-01", "tag": ["a", "b"]}, "injected": ["Principal", "POST"],
    }  # fmt: skip


def test_everything_wrong_with_a_request_is_one_problem(database: Any, client: Client) -> None:
    """Each place in its own spelling."""
    response = client.post(
        "/api/shops/x/items/2024-05-32?since=May&most=10&mots=1", {"name": "", "copy": 2}, "application/json",
        headers={"Cookie": "sid=four"},
    )  # fmt: skip
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")
    assert [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]] == [
        ("{shop}", "invalid-value"), ("{day}", "invalid-value"), ("?since", "invalid-value"),
        ("?most", "invalid-value"), ("?mots", "unknown-parameter"), ("x-token:", "missing-header"),
        ("cookie: sid", "invalid-value"), ("/name", "min-length"), ("/copy", "unknown-member"),
    ]  # fmt: skip


def test_models_and_attributes_are_bodies(database: Any) -> None:
    """Of pydantic and attrs."""
    assert shown(change(api, "POST", "/model", {"name": "x"})) == {"name": "x", "copies": 1}
    wrong = change(api, "POST", "/model", {"name": "", "copies": "many", "copy": 1})
    assert (wrong.status, faults(wrong)) == (
        422, [("/name", "min-length"), ("/copies", "invalid-value"), ("/copy", "unknown-member")],
    )  # fmt: skip
    assert shown(change(api, "POST", "/attributes", {"data": {"name": "x"}})) == {"name": "x", "wanted": 3}
    assert faults(change(api, "POST", "/attributes", {"data": {}})) == [("/data/name", "required")]


def test_a_file_is_taken_and_closed(database: Any, client: Client) -> None:
    """Also after a coroutine; a refusal names the part."""
    kept.clear()
    file = ContentFile(b"\x89PNG", name="a b.png")
    response = client.post("/api/covers", {"cover": file, "title": "x"})
    assert response.json() == {"of": "a b.png", "bytes": 4, "type": PNG, "title": "x"}
    later = send_form(api, "POST", "/async-covers", part("cover", b"12", "a.txt", "text/plain"))
    assert later.coming is not None
    assert (shown(asyncio.run(later.coming())), [each.file.closed for each in kept]) == (2, [True, True])
    refused = client.post("/api/covers", {"cover": ContentFile(b"x" * 101, name="a.png"), "title": "x"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (413, "/cover")


def test_a_call_that_is_repeated_reads_its_file_again(transactional_db: None, database: Any) -> None:
    """A transaction that the database ends for another's sake is run again, with the file from its beginning."""
    attempts.clear()
    response = send_form(api, "POST", "/covers", part("cover", b"\x89PNG", "a.png", PNG), part("title", "twice"))
    assert (response.status, attempts) == (200, [b"\x89PNG", b"\x89PNG"])
    assert Author.objects.filter(name="twice").count() == 1


def test_a_body_that_cannot_be_read_names_the_rest_too(database: Any) -> None:
    """415, 411 and 413 beside faults of other places."""
    url = "/shops/3/items/2024-05-31?most=10"
    typed = send(api, url, "POST", body=b"x", content_type="text/plain", content_length="1")
    assert (typed.status, typed.header("Accept")) == (415, "application/json")
    assert [pointer for pointer, _ in faults(typed)] == ["?most", "x-token:", "cookie: sid", ""]
    assert send(api, url, "POST", body=b"{}", content_type="application/json").status == 411
    long = b'{"name": "%s"}' % (b"x" * (1 << 20))
    assert change(api, "POST", url, long).status == 413

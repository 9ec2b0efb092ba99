"""An endpoint that is a coroutine is answered like any other by Django's own handlers; see tests/live for servers."""

import asyncio
import json
from typing import Any

import msgspec
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import router, transaction
from django.test import AsyncClient, Client
from django.urls import path

from nuages import API, anyone
from nuages.errors import Conflict
from nuages.http.request_id import under_way
from shop.models import Tag
from tests.unit.servers.calls import Answer

pytestmark = pytest.mark.urls(__name__)
WAYS = ("wsgi", "asgi")
api = API(title="Waiting")
urlpatterns = [path("waiting/", api.urls)]


class Shown(msgspec.Struct):
    id: int
    name: str


@api.get("/tags/{key}", rule=anyone)
async def show(key: int) -> Shown:
    await asyncio.sleep(0)
    tag = await Tag.objects.aget(pk=key)
    return Shown(tag.pk, tag.name)


@api.post("/tags/{name}", rule=anyone, status=201)
async def make(name: str) -> list[str]:
    await Tag.objects.acreate(name=name)
    return [tag.name async for tag in Tag.objects.filter(name=name)]


@api.post("/both/{name}", rule=anyone, status=201)
async def make_both(name: str) -> None:
    @sync_to_async
    def store() -> None:
        with transaction.atomic(using=router.db_for_write(Tag)):
            Tag.objects.create(name=name)
            if name == "half":
                raise RuntimeError("a secret of the server")

    await store()


@api.get("/refused", rule=anyone)
async def refuse() -> None:
    raise Conflict("Somebody was faster.")


@api.get("/named", rule=anyone)
async def name_it() -> str:
    return f"{under_way.get()} {await sync_to_async(under_way.get)()}"


def _ask(way: str, path: str, method: str = "GET", **headers: str) -> Answer:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    if way == "wsgi":
        found = Client(raise_request_exception=False).generic(method, path, headers=named)
    else:

        async def ask() -> Any:
            return await AsyncClient(raise_request_exception=False).generic(method, path, headers=named)

        found = async_to_sync(ask)()
    return Answer(found.status_code, list(found.items()), found.content)


@pytest.mark.parametrize("way", WAYS)
def test_a_coroutine_is_answered_like_any_other(database: Any, way: str) -> None:
    """With validators, without a body for HEAD, with problems, and with the id of its request."""
    Tag.objects.create(id=7, name="seen")
    shown = _ask(way, "/waiting/tags/7")
    assert (shown.status, json.loads(shown.body)) == (200, {"id": 7, "name": "seen"})
    head = _ask(way, "/waiting/tags/7", "HEAD")
    assert (head.status, head.body, head.header("content-length")) == (200, b"", str(len(shown.body)))
    assert _ask(way, "/waiting/tags/7", if_none_match=shown.header("etag") or "").status == 304
    assert _ask(way, "/waiting/tags/8").status == 404
    refused = _ask(way, "/waiting/refused", x_request_id="mine-1")
    assert (refused.status, json.loads(refused.body)["request_id"]) == (409, "mine-1")
    assert refused.header("server-timing")
    assert json.loads(_ask(way, "/waiting/named", x_request_id="mine-2").body) == "mine-2 mine-2"
    assert under_way.get() == ""


@pytest.mark.parametrize("way", WAYS)
def test_the_database_is_the_requests_own(database: Any, way: str) -> None:
    """Rows are stored in the transaction around the request, where there is one; an exception in a block undoes it."""
    made = _ask(way, "/waiting/tags/made", "POST")
    assert (made.status, json.loads(made.body)) == (201, ["made"])
    assert Tag.objects.filter(name="made").exists()
    failed = _ask(way, "/waiting/both/half", "POST")
    assert (failed.status, b"secret" in failed.body) == (500, False)
    assert not Tag.objects.filter(name="half").exists()
    assert _ask(way, "/waiting/both/whole", "POST").status == 201
    assert Tag.objects.filter(name="whole").exists()

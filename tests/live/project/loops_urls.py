"""An API whose functions are coroutines: some wait, some use the database, one waits until it is cancelled."""

import asyncio
import os
import threading
from pathlib import Path

import msgspec
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from nuages import API, anyone
from nuages.http.request_id import under_way
from shop.models import Tag
from tests.live.project.waiting import LIMIT_S

api = API(title="Loops")


class Seen(msgspec.Struct):
    """Where a coroutine ran."""

    loop: int
    threads: int
    request_id: str
    id_in_thread: str
    resident_kib: int


class Name(msgspec.Struct):
    """The name of a tag."""

    name: str


@api.get("/sleep", rule=anyone)
async def sleep(seconds: float = 1.0) -> float:
    """Wait without a thread."""
    await asyncio.sleep(seconds)
    return seconds


@api.get("/seen", rule=anyone)
async def see() -> Seen:
    """Tell where this runs."""
    in_thread = await sync_to_async(under_way.get)()
    loop, threads = id(asyncio.get_running_loop()), threading.active_count()
    resident_kib = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 10
    return Seen(loop, threads, under_way.get(), in_thread, resident_kib)


@api.get("/held", rule=anyone)
async def hold() -> str:
    """Wait until the test lets it end, and note that it has ended, however it did."""
    directory = Path(os.environ["TEST_DIRECTORY"])
    try:
        async with asyncio.timeout(LIMIT_S):
            (directory / "begun").touch()
            while not (directory / "released").exists():
                await asyncio.sleep(0.01)
        return "released"
    except asyncio.CancelledError:
        (directory / "cancelled").touch()
        raise
    finally:
        await asyncio.sleep(0)
        (directory / "ended").touch()


@api.post("/tags", rule=anyone)
async def create(tag: Name) -> list[str]:
    """Store a tag, and read it back in each way that Django has."""
    made = await Tag.objects.acreate(name=tag.name)
    found = await Tag.objects.aget(pk=made.pk)
    several = [each.name async for each in Tag.objects.filter(pk=made.pk)]
    pieces = [each.name async for each in Tag.objects.filter(pk=made.pk).aiterator(chunk_size=1)]
    return [found.name, *several, *pieces]


@api.post("/pairs", rule=anyone)
async def create_pair(tag: Name) -> None:
    """Store two tags in one transaction, unless the second has a name that none may have."""

    @sync_to_async
    def store() -> None:
        with transaction.atomic():
            Tag.objects.create(name=tag.name)
            if tag.name.startswith("bad"):
                raise RuntimeError("a secret of the server")
            Tag.objects.create(name=f"{tag.name} too")

    await store()


@api.post("/open", rule=anyone)
async def leave_open(tag: Name) -> None:
    """Begin a transaction that nobody ends."""

    @sync_to_async
    def leave() -> None:
        transaction.atomic().__enter__()
        Tag.objects.create(name=tag.name)

    await leave()


@api.get("/tags", rule=anyone)
async def count(name: str) -> int:
    """Count the tags whose names begin so."""
    found = await Tag.objects.filter(name__startswith=name).acount()
    await asyncio.sleep(0.05)
    return found + await Tag.objects.filter(name__startswith=name).acount()


def view(request: HttpRequest) -> HttpResponse:
    """Use the database in Django's own way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("viewed")


urlpatterns = [path("loops/", api.urls), path("view/", view)]

"""Coroutines share a few threads for their synchronous code, and none finds what another has left open there."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import connections, transaction

from nuages.servers.lanes import Lanes
from shop.models import Tag

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "postgres"])
mine: ContextVar[int] = ContextVar("mine", default=0)


@pytest.fixture(params=["default", "postgres"])
def alias(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    return str(request.param)


@pytest.fixture
def lanes() -> Iterator[Lanes]:
    """Three lanes; their threads have ended when the test has."""
    lanes = Lanes(3, "test-lane")
    yield lanes
    lanes.end()
    for thread in _threads():
        thread.join(20)


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("test-lane")]


def _run(lanes: Lanes, *requests: Callable[[], Awaitable[Any]]) -> list[Any]:
    """Run each as a request of its own, all at once."""

    async def seated(request: Callable[[], Awaitable[Any]]) -> Any:
        async with lanes.seat():
            return await request()

    async def run() -> list[Any]:
        return await asyncio.gather(*(seated(request) for request in requests))

    return asyncio.run(run())


def _state(alias: str) -> tuple[bool, bool, bool]:
    """Whether this thread's connection is open, in an atomic block, in a transaction."""
    connection: Any = connections[alias]
    driver = connection.connection
    if driver is None:
        return False, connection.in_atomic_block, False
    is_busy = driver.in_transaction if connection.vendor == "sqlite" else driver.info.transaction_status != 0
    return True, connection.in_atomic_block, is_busy


def test_requests_that_need_none_make_none(lanes: Lanes) -> None:
    """A coroutine that only waits takes no thread."""
    _run(lanes, *[lambda: asyncio.sleep(0)] * 50)
    assert _threads() == []


def test_many_requests_share_a_few_threads(lanes: Lanes, alias: str) -> None:
    """Three hundred requests at once open no more connections than there are lanes, and each gets its own answer."""
    seen: set[int] = set()

    def note() -> None:
        seen.add(id(connections[alias].connection))

    async def request(number: int) -> Any:
        mine.set(number)
        tag = await Tag.objects.using(alias).acreate(name=f"tag {number}")
        await sync_to_async(note)()
        found = await Tag.objects.using(alias).aget(pk=tag.pk)
        return found.name, mine.get()

    answers = _run(lanes, *[lambda number=number: request(number) for number in range(300)])  # type: ignore[misc]
    assert answers == [(f"tag {number}", number) for number in range(300)]
    assert len(_threads()) == 3


def test_request_stays_on_its_lane(lanes: Lanes) -> None:
    """All that it sends runs in one thread: its tasks, and coroutines that its synchronous code waits for."""
    name = sync_to_async(lambda: threading.current_thread().name)

    async def request() -> Any:
        names = [await name(), *await asyncio.gather(name(), name())]
        names.append(await sync_to_async(async_to_sync(name.__call__))())
        return set(names)

    assert sorted(map(len, _run(lanes, *[request] * 6))) == [1] * 6


def test_transaction_left_open_is_rolled_back(lanes: Lanes, alias: str) -> None:
    """Whichever way a call leaves one open, it fails, the next finds none, and nothing of it is stored."""

    def leave_atomic() -> None:
        transaction.atomic(using=alias).__enter__()
        Tag.objects.using(alias).create(name="left")

    def leave_by_hand() -> None:
        transaction.set_autocommit(False, using=alias)
        Tag.objects.using(alias).create(name="left")

    def leave_raw() -> None:
        with connections[alias].cursor() as cursor:
            cursor.execute("BEGIN")
        Tag.objects.using(alias).create(name="left")

    def leave_closed() -> None:
        transaction.atomic(using=alias).__enter__()
        Tag.objects.using(alias).create(name="left")
        connections[alias].close()

    def leave_failed() -> None:
        transaction.atomic(using=alias).__enter__()
        raise ZeroDivisionError

    async def request() -> None:
        for leave in (leave_atomic, leave_by_hand, leave_raw, leave_closed, leave_failed):
            error = ZeroDivisionError if leave is leave_failed else transaction.TransactionManagementError
            with pytest.raises(error):
                await sync_to_async(leave)()
            assert (await sync_to_async(_state)(alias))[1:] == (False, False), leave
            assert await Tag.objects.using(alias).filter(name="left").acount() == 0, leave
        await Tag.objects.using(alias).acreate(name="stored")

    _run(lanes, request)
    assert Tag.objects.using(alias).filter(name="stored").count() == 1


def test_atomic_block_in_one_call_is_whole(lanes: Lanes, alias: str) -> None:
    """It is stored at its end, and rolled back by an exception, while others use the same lane."""

    @sync_to_async
    def store(name: str, error: Exception | None) -> None:
        with transaction.atomic(using=alias):
            Tag.objects.using(alias).create(name=name)
            if error:
                raise error

    async def request(number: int) -> None:
        await store(f"kept {number}", None)
        with pytest.raises(RuntimeError):
            await store(f"lost {number}", RuntimeError("on purpose"))

    _run(lanes, *[lambda number=number: request(number) for number in range(20)])  # type: ignore[misc]
    assert Tag.objects.using(alias).filter(name__startswith="kept").count() == 20
    assert Tag.objects.using(alias).filter(name__startswith="lost").count() == 0


@pytest.mark.parametrize("age_s", [0, 60], ids=["no age", "a minute"])
def test_rows_are_read_in_several_calls(lanes: Lanes, alias: str, age_s: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An iterator keeps its connection until its end, while others use it; then one that is too old is closed."""
    monkeypatch.setitem(connections.settings[alias], "CONN_MAX_AGE", age_s)
    Tag.objects.using(alias).bulk_create(Tag(name=f"tag {number}") for number in range(50))

    async def read() -> int:
        names = set()
        async for tag in Tag.objects.using(alias).filter(name__startswith="tag").aiterator(chunk_size=7):
            names.add(tag.name)
            await asyncio.sleep(0)
        return len(names)

    async def stop_early() -> int:
        async for _ in Tag.objects.using(alias).aiterator(chunk_size=7):
            break
        return await Tag.objects.using(alias).acount()

    assert _run(lanes, *[read, stop_early] * 5) == [50, 50] * 5
    states = [lane._thread.submit(_state, alias).result(20) for lane in lanes._lanes]
    assert states == [(age_s > 0, False, False)] * 3


def test_pool_has_its_connections_back_after_each_call(lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that rest between two calls hold none of a pool that has fewer than there are lanes."""
    Tag.objects.using("postgres").bulk_create([Tag(name="a"), Tag(name="b")])
    connections["postgres"].close()
    options = {"pool": {"min_size": 1, "max_size": 1, "timeout": 20}}
    monkeypatch.setitem(connections.settings["postgres"], "OPTIONS", options)
    monkeypatch.setitem(connections.settings["postgres"], "CONN_MAX_AGE", 0)
    rest = asyncio.Event()

    async def request() -> int:
        count = await Tag.objects.using("postgres").acount()
        seen.append(count)
        if len(seen) == 12:
            rest.set()
        await asyncio.wait_for(rest.wait(), 20)
        return await Tag.objects.using("postgres").acount()

    async def read() -> int:
        is_kept = sync_to_async(lambda: connections["postgres"].connection is not None)
        return [await is_kept() async for _ in Tag.objects.using("postgres").aiterator(chunk_size=1)].count(True)

    seen: list[int] = []
    try:
        assert _run(lanes, *[request] * 12, *[read] * 3) == [*[2] * 12, *[2] * 3]
    finally:
        lanes._lanes[0]._thread.submit(connections["postgres"].close_pool).result(20)


@pytest.mark.parametrize(
    "statement",
    ["SET application_name = 'one tenant'", "SELECT set_config('application_name', 'one tenant', false)"],
    ids=["SET", "set_config"],
)
@pytest.mark.parametrize("pool", [None, {"min_size": 1, "max_size": 2, "timeout": 20}], ids=["kept", "pooled"])
def test_what_a_call_sets_is_not_the_next_ones(
    lanes: Lanes, statement: str, pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role or a tenant set on a connection holds to the end of the call, and no longer."""
    connections["postgres"].close()
    monkeypatch.setitem(connections.settings["postgres"], "OPTIONS", {"pool": pool} if pool else {})
    monkeypatch.setitem(connections.settings["postgres"], "CONN_MAX_AGE", 0 if pool else 60)

    def ask(*statements: str) -> str:
        with connections["postgres"].cursor() as cursor:
            for each in (*statements, "SHOW application_name"):
                cursor.execute(each)
            return str(cursor.fetchone()[0])

    async def request() -> tuple[str, str]:
        return await sync_to_async(ask)(statement), await sync_to_async(ask)()

    try:
        assert _run(lanes, request, request) == [("one tenant", "")] * 2
    finally:
        if pool:
            lanes._lanes[0]._thread.submit(connections["postgres"].close_pool).result(20)


def test_call_that_is_cancelled_leaves_nothing_open(lanes: Lanes, alias: str) -> None:
    """A request that is cancelled while its call runs lets it end, and those after it on the lane find nothing."""
    begun, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(using=alias):
            Tag.objects.using(alias).create(name="held")
            begun.set()
            release.wait(20)

    async def run() -> None:
        async def cancelled() -> None:
            async with lanes.seat():
                await sync_to_async(hold)()

        task = asyncio.ensure_future(cancelled())
        await asyncio.to_thread(begun.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        release.set()

    asyncio.run(run())
    assert [lane._thread.submit(_state, alias).result(20)[1:] for lane in lanes._lanes] == [(False, False)]
    assert [lane.load for lane in lanes._lanes] == [(0, 0)]


def test_task_that_outlives_its_request_is_refused(lanes: Lanes) -> None:
    """It has no place any more, and no thread is made for it."""
    left: list[Any] = []

    async def leave() -> None:
        async def later() -> None:
            await asyncio.sleep(0.02)
            await sync_to_async(lambda: None)()

        left.append(asyncio.ensure_future(later()))

    async def run() -> None:
        async with lanes.seat():
            await leave()
        with pytest.raises(RuntimeError, match="exited"):
            await left[0]

    asyncio.run(run())
    assert _threads() == []

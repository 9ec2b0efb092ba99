"""Under WSGI coroutines of all threads share one loop, and what they send to a thread runs in the one that waits."""

import asyncio
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, sync_to_async
from django.db import connections, transaction

from nuages.http.request import Request
from nuages.http.response import Response
from nuages.servers.background import background_loop, wait_in_background
from shop.models import Tag

mine: ContextVar[str] = ContextVar("mine", default="")


def _wait(coming: Any) -> Response:
    return wait_in_background(coming, Request("GET", "/", "", {}))


def _said(text: object) -> Response:
    return Response(200, str(text).encode())


def test_all_threads_share_one_loop() -> None:
    """Requests of two threads wait for each other on it, which they could not on loops of their own."""
    loops: list[asyncio.AbstractEventLoop] = []

    async def meet() -> Response:
        loops.append(asyncio.get_running_loop())
        while len(loops) < 2:
            await asyncio.sleep(0.001)
        return _said("met")

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: _wait(meet), range(2)))
        left = list(threads.map(lambda _: hasattr(SyncToAsync.threadlocal, "main_event_loop"), range(2)))
    assert [answer.body for answer in answers] == [b"met", b"met"]
    assert loops == [background_loop()] * 2
    assert left == [False, False]


@pytest.mark.django_db(databases=["default", "postgres"])
@pytest.mark.parametrize("alias", ["default", "postgres"])
def test_orm_uses_the_connection_and_transaction_of_the_thread(alias: str) -> None:
    """What a test's transaction holds is seen, and rolled back with it; atomic blocks nest in it."""
    own = connections[alias]
    Tag.objects.using(alias).create(id=9001, name="before")

    @sync_to_async
    def fail_inside() -> None:
        assert connections[alias] is own
        with transaction.atomic(using=alias):
            Tag.objects.using(alias).create(name="undone")
            raise RuntimeError("on purpose")

    async def work() -> Response:
        found = await Tag.objects.using(alias).aget(pk=9001)
        await Tag.objects.using(alias).acreate(name="during")
        with pytest.raises(RuntimeError):
            await fail_inside()
        return _said([found.name, *[tag.name async for tag in Tag.objects.using(alias).filter(name="during")]])

    assert _wait(work).body == b"['before', 'during']"
    assert Tag.objects.using(alias).filter(name__in=["during", "undone"]).count() == 1


def test_what_a_coroutine_sets_is_gone_after_it() -> None:
    """The context of the thread is seen in the coroutine, and not changed by it."""

    async def work() -> Response:
        seen = mine.get()
        mine.set("the coroutine's")
        return _said(seen)

    token = mine.set("the thread's")
    try:
        assert _wait(work).body == b"the thread's"
        assert mine.get() == "the thread's"
    finally:
        mine.reset(token)


def test_interrupted_wait_cancels_the_coroutine() -> None:
    """Ctrl-C while a thread waits ends the waiting, and the coroutine with it."""
    ended = threading.Event()

    async def work() -> Response:
        try:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)  # which wakes it, as Ctrl-C does
            await asyncio.Event().wait()
        finally:
            ended.set()
        return Response(200)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            _wait(work)
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.wait(20)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # what may lock up in a child is what is tried
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
def test_loop_is_made_anew_after_a_fork() -> None:
    """A child whose parent had a loop has one that runs."""

    async def work() -> Response:
        await asyncio.sleep(0)
        return _said("well")

    assert _wait(work).body == b"well"
    before = background_loop()
    child = os.fork()
    if child == 0:
        os._exit(0 if _wait(work).body == b"well" and background_loop() is not before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

"""A response that is still coming is the same on every way, and is completed when it has come."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.test import RequestFactory, override_settings

from nuages.errors import Conflict
from nuages.http.request import Request
from nuages.http.request_id import under_way
from nuages.http.response import Response
from nuages.servers.asgi_app import AsgiApplication
from nuages.servers.cors import view_cors
from nuages.servers.django_view import make_view
from nuages.servers.front import Front
from nuages.servers.guards import Guards
from nuages.servers.mounts import Mount
from nuages.servers.wsgi_app import WsgiApplication
from tests.unit.servers.calls import Answer, answer_of, call_asgi, call_wsgi, environ_of, scope_of

Coming = Callable[[Request], Awaitable[Response]]
WAYS = ("wsgi", "asgi", "view")


def _ask(way: str, core: Coming, **headers: str) -> Answer:
    """Ask a core whose response comes later, with a client that stays."""

    def handle(request: Request) -> Response:
        return Response(0, coming=lambda: core(request))

    mounts, named = [Mount("/api/", handle)], {name.replace("_", "-"): text for name, text in headers.items()}
    if way == "wsgi":
        more = {f"HTTP_{name.upper()}": text for name, text in headers.items()}
        return call_wsgi(WsgiApplication(Front(mounts, Guards()), _unasked), environ_of("/api/a", **more))
    if way == "asgi":
        application = AsgiApplication(Front(mounts, Guards()), _unasked, threads=1)
        pairs = [(name.encode(), text.encode()) for name, text in {"host": "testserver", **named}.items()]
        try:
            return answer_of(asyncio.run(_stay(application, scope_of("/api/a", headers=pairs))))
        finally:
            call_asgi(application, {"type": "lifespan"}, [{"type": "lifespan.shutdown"}])
    found = make_view(handle)(RequestFactory().get("/api/a", headers=named))
    return Answer(found.status_code, list(found.items()), found.content)


def _unasked(*_: Any) -> Any:
    raise AssertionError("nothing is Django's here")


async def _stay(application: Any, scope: dict[str, Any]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    await asyncio.sleep(0)
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
    return sent


@pytest.mark.parametrize("way", WAYS)
def test_response_that_comes_later_is_completed_then(way: str) -> None:
    """Its own headers stay, other origins are told what they may see, and the request's id is known inside."""

    async def core(request: Request) -> Response:
        await asyncio.sleep(0.01)
        said = f"{under_way.get()} {threading.current_thread() is threading.main_thread()}"
        return Response(201, said.encode(), [("Content-Type", "text/plain"), ("X-Own", "1")])

    with override_settings(CORS_ALLOWED_ORIGINS=["https://app.example"], SECURE_CONTENT_TYPE_NOSNIFF=True):
        answer = _ask(way, core, x_request_id="mine-1", origin="https://app.example")
    view_cors.cache_clear()
    assert (answer.status, answer.body) == (201, f"mine-1 {way == 'asgi'}".encode())
    assert answer.header("x-own") == "1"
    assert answer.header("access-control-allow-origin") == "https://app.example"
    if way != "view":  # there it is Django's middleware that adds it
        assert answer.header("x-content-type-options") == "nosniff"
    assert under_way.get() == ""


@pytest.mark.parametrize("way", ["wsgi", "asgi"])
def test_failure_on_the_way_is_a_problem(way: str, caplog: pytest.LogCaptureFixture) -> None:
    """A problem is answered as it is; anything else is logged with the request's id and shows nothing."""

    async def refuse(request: Request) -> Response:
        raise Conflict("Somebody was faster.")

    async def fail(request: Request) -> Response:
        raise RuntimeError("a secret of the server")

    refused = _ask(way, refuse, x_request_id="mine-2")
    assert (refused.status, b"Somebody was faster." in refused.body) == (409, True)
    with caplog.at_level(logging.ERROR, "nuages.request"):
        failed = _ask(way, fail, x_request_id="mine-3")
    assert (failed.status, b"secret" in failed.body, b"mine-3" in failed.body) == (500, False, True)
    assert failed.header("x-frame-options") == refused.header("x-frame-options")
    (record,) = caplog.records
    assert "mine-3" in record.getMessage()


def test_client_that_goes_away_cancels() -> None:
    """The coroutine is cancelled where it waits, its `finally` runs to the end, and nothing is sent."""
    seen: list[str] = []

    async def core(request: Request) -> Response:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("cancelled")
            await asyncio.sleep(0)
            seen.append("ended")
        return Response(200)

    def handle(request: Request) -> Response:
        return Response(0, coming=lambda: core(request))

    async def run() -> list[Any]:
        sent: list[Any] = []

        async def receive() -> Any:
            await begun.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        application = AsgiApplication(Front([Mount("/api/", handle)], Guards()), _unasked, threads=1)
        await application(scope_of("/api/a"), receive, send)
        await application({"type": "lifespan"}, _shutdown, _forget)
        return sent

    begun = asyncio.Event()
    assert asyncio.run(run()) == []
    assert seen == ["cancelled", "ended"]


async def _shutdown() -> Any:
    return {"type": "lifespan.shutdown"}


async def _forget(message: Any) -> None:
    """Send nowhere."""


def test_server_that_cancels_is_obeyed() -> None:
    """A request that the server itself cancels, as at its end, is not taken for one whose client has gone."""

    async def core(request: Request) -> Response:
        begun.set()
        await asyncio.Event().wait()
        return Response(200)

    def handle(request: Request) -> Response:
        return Response(0, coming=lambda: core(request))

    async def run() -> None:
        application = AsgiApplication(Front([Mount("/api/", handle)], Guards()), _unasked, threads=1)
        task = asyncio.ensure_future(_stay(application, scope_of("/api/a")))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await application({"type": "lifespan"}, _shutdown, _forget)

    begun = asyncio.Event()
    asyncio.run(run())

"""Workers that end at one time are each replaced: no end is forgotten while a successor is started."""

import multiprocessing
from collections.abc import Iterator
from typing import Any

import pytest

from nuages.servers.listening import listen_at
from nuages.servers.supervisor import Supervisor


def _rest(*_: Any, **__: Any) -> None:
    """Be a worker that ends by itself."""


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    """One with two workers."""
    method, listening = multiprocessing.get_start_method(), listen_at("127.0.0.1", 0)
    multiprocessing.set_start_method("spawn", force=True)
    options: dict[str, Any] = {"drain_s": 1, "drain_delay_s": 0, "announce": list, "workers": 2, "log_enabled": False}
    made = Supervisor("no:where", listening=listening, **options)
    try:
        made._init_shared_socket()
        made._spawn_workers(_rest, _rest)
        yield made
    finally:
        for worker in made.wrks:
            _end(worker)
        listening.socket.close()
        multiprocessing.set_start_method(method, force=True)


def _end(worker: Any) -> None:
    worker.interrupt_by_parent = True
    worker.kill()
    worker.join()


def test_a_worker_that_ends_while_another_is_started(supervisor: Supervisor) -> None:
    """Its end is noted next, and it is replaced too; once the server died of it, with every worker it had."""
    first, second = supervisor.wrks
    _end(first)
    supervisor._note_ended()
    _end(second)
    supervisor._start_due()
    assert supervisor.wrks[0] is not first
    supervisor._note_ended()
    assert 1 in supervisor._due_s

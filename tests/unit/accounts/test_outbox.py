"""Work is done after the answer, one after the other; too much of it is dropped, and a process waits for it to end."""

import subprocess
import sys
import threading
import time
from typing import Any

from django.utils import translation

from nuages.accounts.outbox import Outbox
from nuages.http.request_id import under_way

LIMIT_S = 60
# The main thread ends at once; what is left says which jobs were done all the same.
PROGRAM = """
import sys, time
import django
from django.conf import settings
settings.configure()
django.setup()
from nuages.accounts.outbox import Outbox
outbox = Outbox(drain_s=float(sys.argv[1]))
def job(number):
    time.sleep(0.3)
    print(number, flush=True)
for number in range(5):
    outbox.put(lambda number=number: job(number))
"""


def test_jobs_are_done_in_order_and_the_thread_ends() -> None:
    """None of them by the thread that asked for it."""
    outbox, done = Outbox(), []
    for number in range(100):
        outbox.put(lambda number=number: done.append((number, threading.current_thread().name)))
    assert outbox.wait(LIMIT_S)
    assert done == [(number, "nuages-outbox") for number in range(100)]
    assert not any(thread.name == "nuages-outbox" and thread.is_alive() for thread in threading.enumerate())
    outbox.put(lambda: done.append((100, "")))
    assert outbox.wait(LIMIT_S)
    assert done[-1] == (100, "")


def test_many_may_ask_at_once() -> None:
    """Nothing is lost, and one thread at a time works."""
    outbox, done, working = Outbox(most=10_000), [], threading.Lock()

    def job(number: int) -> None:
        assert working.acquire(blocking=False)
        done.append(number)
        working.release()

    def ask(start: int) -> None:
        for number in range(start, start + 100):
            outbox.put(lambda number=number: job(number))

    threads = [threading.Thread(target=ask, args=(start,)) for start in range(0, 1_000, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deadline_s = time.monotonic() + LIMIT_S
    while len(done) < 1_000 and time.monotonic() < deadline_s:
        outbox.wait(1)
    assert sorted(done) == list(range(1_000))


def test_a_job_that_fails_is_logged_and_the_next_is_done(caplog: Any) -> None:
    """With the id of the request that asked for it."""
    outbox, done = Outbox(), []
    token = under_way.set("the-id")
    outbox.put(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    under_way.reset(token)
    outbox.put(lambda: done.append(1))
    assert outbox.wait(LIMIT_S)
    assert done == [1]
    [record] = caplog.records
    assert (record.name, record.getMessage()) == ("nuages.accounts", "A mail could not be sent (request the-id)")


def test_the_language_is_that_of_the_request() -> None:
    """Not the thread's."""
    outbox, seen = Outbox(), []
    with translation.override("fr"):
        outbox.put(lambda: seen.append(translation.get_language()))
    assert outbox.wait(LIMIT_S)
    assert seen == ["fr"]


def test_what_finds_no_room_is_logged_and_dropped(caplog: Any) -> None:
    """Whoever asks does not wait."""
    outbox, done, go_on = Outbox(most=2), [], threading.Event()
    begun = threading.Event()
    outbox.put(lambda: (begun.set(), go_on.wait(LIMIT_S)))  # type: ignore[arg-type, return-value]
    assert begun.wait(LIMIT_S)
    for number in range(3):
        outbox.put(lambda number=number: done.append(number))
    go_on.set()
    assert outbox.wait(LIMIT_S)
    assert done == [0, 1]
    assert [record.getMessage() for record in caplog.records] == ["More than 2 mails wait: one is not sent."]


def _run(drain_s: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", PROGRAM, drain_s], capture_output=True, text=True, check=False)


def test_a_process_that_ends_does_what_waits() -> None:
    """All of it, in time."""
    done = _run("60")
    assert (done.returncode, done.stdout.split()) == (0, ["0", "1", "2", "3", "4"]), done.stderr


def test_a_process_does_not_wait_for_ever() -> None:
    """What is left after the deadline is told."""
    done = _run("0")
    assert done.returncode == 0
    words = done.stdout.split()
    assert words == ["0", "1", "2", "3"][: len(words)]
    assert f"The process ends: {5 - len(words)} mails are not sent." in done.stderr

"""A job may be watched: its state at once, each change of it, and an end after the last; by its owner alone."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from nuages.job_answers import watching as watching_jobs
from nuages.models import StoredJob
from nuages.streams import slots
from nuages.testing import run_jobs
from tests.http.acting import as_user
from tests.http.asking_jobs import api, asked, look
from tests.http.watching import EVENTS, LIMIT_S, Heard, Watcher

URL = "/files?size=1"


@pytest.fixture
def jobs(database: Any, transactional_db: None) -> Iterator[Any]:
    """Jobs that other threads see; in the end nobody watches any more."""
    yield database
    deadline_s = time.monotonic() + LIMIT_S
    while any(thread.name.startswith("nuages-jobs-") for thread in threading.enumerate()):
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    connections[database.alias].close()


def watch(place: str, user: str = "ann") -> Watcher:
    """Watch a job as the browser of a user."""
    return Watcher(api, place, **as_user(user))


def told(events: list[Heard]) -> list[tuple[str, Any]]:
    """The states, and how far it was."""
    assert {event.kind for event in events} == {"status"}
    return [(event.data["status"], event.data["progress"]) for event in events]


def test_each_change_is_told_until_the_end(jobs: Any) -> None:
    """The whole representation each time; nothing is asked for while nobody watches."""
    place = asked(URL)
    row = StoredJob.objects.filter(pk=place[6:])
    with watch(place) as first, watch(place) as second:
        first.wait(1)
        second.wait(1)
        row.update(progress_done=1, progress_total=2, progress_note="half")
        half = {"done": 1, "total": 2, "note": "half"}
        assert told(first.wait(2)) == told(second.wait(2)) == [("queued", None), ("queued", half)]
        run_jobs()
        assert told(first.wait_until_ended())[-1][0] == "succeeded"
        assert second.wait_until_ended()[-1].data["result"]["url"] == f"{place}/result"
        assert [event.id for event in first.events] == [""] * (len(first.events) - 1) + ["last"]


def test_one_look_is_for_all(jobs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many watch, a process sends one statement each time."""
    looks: list[int] = []
    rows = watching_jobs._rows

    def counted(keys: list[Any], alias: str) -> Any:
        looks.append(len(keys))
        return rows(keys, alias)

    monkeypatch.setattr(watching_jobs, "_rows", counted)
    places = [asked(URL), asked(URL)]
    with watch(places[0]) as first, watch(places[0]) as second, watch(places[1]) as third:
        for watcher in (first, second, third):
            watcher.wait(1)
        deadline_s = time.monotonic() + LIMIT_S
        while looks[-2:] != [2, 2]:
            assert time.monotonic() < deadline_s, looks
            time.sleep(0.05)
        StoredJob.objects.update(status="canceled")
        for watcher in (first, second, third):
            assert told(watcher.wait_until_ended())[-1] == ("canceled", None)
    assert max(looks) == 2


def test_one_that_has_ended_says_so_and_no_more(jobs: Any) -> None:
    """A client that comes again with the last event's id is told to stop."""
    place = asked(URL)
    run_jobs()
    with watch(place) as watcher:
        (event,) = watcher.wait_until_ended()
    assert (event.id, event.data["status"]) == ("last", "succeeded")
    again = look(place, accept=EVENTS, last_event_id=event.id)
    assert (again.status, again.flow) == (204, None)


def test_one_that_is_deleted_ends(jobs: Any) -> None:
    """Its client comes again, and learns that it is not there."""
    place = asked(URL)
    with watch(place) as watcher:
        watcher.wait(1)
        StoredJob.objects.all().delete()
        assert len(watcher.wait_until_ended()) == 1
    assert look(place, accept=EVENTS).status == 404


def test_only_its_owner_watches(jobs: Any, settings: Any) -> None:
    """As one looks; and streams have their bound."""
    place = asked(URL)
    assert look(place, user="sam", accept=EVENTS).status == 404
    assert look(place, user="", accept=EVENTS).status == 401
    head = look(place, method="HEAD", accept=EVENTS)
    assert (head.status, head.flow, head.header("Content-Type")) == (200, None, EVENTS)
    assert head.header("Cache-Control") == "private, no-store"
    settings.NUAGES_MAX_STREAMS = 1
    with watch(place) as watcher:
        watcher.wait(1)
        assert look(place, accept=EVENTS).status == 503
    assert len(slots.open_streams) == 0


def test_a_failure_ends_what_is_watched(jobs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for what will not come."""

    def fail(keys: list[Any], alias: str) -> Any:
        raise RuntimeError("away")

    place = asked(URL)
    monkeypatch.setattr(watching_jobs, "_rows", fail)
    with watch(place) as watcher:
        assert told(watcher.wait_until_ended()) == [("queued", None)]


def test_a_watch_has_an_end(jobs: Any, settings: Any) -> None:
    """As that of a live list; its client comes again."""
    settings.NUAGES_LIVE_MAX_S = 0.2
    place = asked(URL)
    with watch(place) as watcher:
        assert told(watcher.wait_until_ended()) == [("queued", None)]

"""What a feed gives is what was committed: each change once, those of a row in order, from any position on.

NUAGES_CHANGES says how many changes are raced: `make test` takes few, `make soak` as many as are promised.
"""

import os
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections, transaction

from nuages.live import migrating, purging
from nuages.live.changes import Change, Expired
from nuages.live.feed import Feed
from nuages.live.positions import Position, read_position
from nuages.live.purging import purge
from nuages.live.sqlite_triggers import PLACE
from nuages.live.sweeping import begin_sweeping, sweep
from nuages.models import LoggedChange
from tests.unit.live.following import Follower, logged
from tests.zoo.models import Food, Meal

CHANGES = int(os.environ.get("NUAGES_CHANGES", "2000"))
WRITERS = 8
ROWS = 12
LIMIT_S = 300


@pytest.fixture(autouse=True)
def purged_when_told(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Nothing is purged by whoever follows, whose turn may come at any moment."""
    due_s = dict.fromkeys(("default", "postgres"), float("inf"))
    monkeypatch.setattr(purging, "_due_s", due_s)
    return due_s


class Undo(Exception):
    """Ends a transaction."""


@contextmanager
def another(alias: str) -> Iterator[Any]:
    """A connection of its own to the same database, as another process would have it."""
    connection = connections[alias].copy()
    try:
        yield connection
    finally:
        connection.close()


def write(alias: str, number: int, done: list[str]) -> None:
    """Change rows of the common ones, and rows of its own, in transactions of many sizes; some are undone."""
    chance, left = random.Random(number), CHANGES // WRITERS
    try:
        while left > 0:
            names = [f"{number}:{left}:{step}" for step in range(min(left, chance.randint(1, 4)))]
            left -= len(names)
            keys = sorted(chance.sample(range(1, ROWS + 1), len(names)))
            try:
                with transaction.atomic(alias):
                    for key, name in zip(keys, names, strict=True):
                        if chance.random() < 0.2:
                            Food.objects.create(name=name).delete()
                        else:
                            Food.objects.filter(pk=key).update(name=name)
                    if chance.random() < 0.1:
                        raise Undo
            except Undo:
                continue
            done += names
    finally:
        connections[alias].close()


def names_of(alias: str, changes: list[Change]) -> list[tuple[Any, Any]]:
    """The names before and after each change, as the log has them."""
    text = "SELECT seq, old ->> 'name', new ->> 'name' FROM nuages_change"
    if alias == "default":
        text = f"""
            SELECT c.seq, o.name, n.name FROM nuages_change c
            LEFT JOIN nuages_live_zoo_food o ON o."{PLACE}" = 2 * c.seq
            LEFT JOIN nuages_live_zoo_food n ON n."{PLACE}" = 2 * c.seq + 1
        """
    with connections[alias].cursor() as cursor:
        cursor.execute(text)
        found = {seq: (old, new) for seq, old, new in cursor.fetchall()}
    return [found[change.seq] for change in changes]


def test_raced_changes_come_once_and_in_order(database: Any, transactional_db: None) -> None:
    """Of each row, every change begins where the one before it has ended: none is lost, doubled or out of order."""
    with logged(database.alias, Food) as feed:
        Food.objects.bulk_create(Food(pk=key, name="") for key in range(1, ROWS + 1))
        with database.cursor() as cursor:
            for text in database.ops.sequence_reset_sql(_no_style(), [Food]):
                cursor.execute(text)
        follower, done, changes = Follower(feed, Food), list[str](), list[Change]()
        with ThreadPoolExecutor(WRITERS) as pool:
            writers = [pool.submit(write, database.alias, number, done) for number in range(WRITERS)]
            while not all(writer.done() for writer in writers):
                feed.wait(1.0)
                changes += follower.read(most=50)
            for writer in writers:
                writer.result()
        changes += follower.read()
        assert sorted(name for _, name in names_of(database.alias, changes) if name) == sorted(done)
        assert len({change.seq for change in changes}) == len(changes)
        last: dict[Any, Any] = defaultdict(lambda: None, dict.fromkeys(range(1, ROWS + 1), ""))
        for change, (old, new) in zip(changes, names_of(database.alias, changes), strict=True):
            image = change.old or change.new
            assert image is not None
            assert last[image.key[0]] == old
            last[image.key[0]] = new
        assert {key: name for key, name in last.items() if name is not None} == dict(
            Food.objects.values_list("pk", "name")
        )


def _no_style() -> Any:
    from django.core.management.color import no_style  # noqa: PLC0415

    return no_style()


def test_late_commits_are_neither_lost_nor_doubled(database: Any, transactional_db: None) -> None:
    """A transaction that began first and commits last is seen when it commits, by whichever position one has."""
    if database.vendor == "sqlite":
        pytest.skip("One writes at a time.")
    with logged(database.alias, Food) as feed, another("postgres") as slow, another("postgres") as slower:
        before = Follower(feed, Food)
        for connection, name in ((slow, "slow"), (slower, "slower")):
            connection.set_autocommit(False)
            connection.cursor().execute("INSERT INTO zoo_food (name) VALUES (%s)", [name])
        between = Follower(feed, Food)
        Food.objects.create(name="quick")
        after = Follower(feed, Food)
        assert named(before) == named(between) == ["quick"]
        assert named(after) == []
        slower.commit()
        assert named(before) == named(between) == named(after) == ["slower"]
        assert named(before) == []
        Food.objects.create(name="late")
        slow.commit()
        assert named(before) == named(between) == named(after) == ["slow", "late"]
        assert named(before) == named(between) == named(after) == []


def named(follower: Follower) -> list[str]:
    """The names after all changes that came since."""
    return [new for _, new in names_of(follower.feed.alias, follower.read(most=1))]


@pytest.mark.parametrize("most", [1, 3, 100])
def test_any_change_can_be_resumed_after(database: Any, transactional_db: None, most: int) -> None:
    """The position after each change, as text and read again, gives exactly the rest, and rows in their order."""
    with logged(database.alias, Food, Meal) as feed:
        first = position = feed.now()
        given: list[tuple[str, int]] = []
        for number in range(6):
            with _under_way(database, f"slow {number}"):
                Food.objects.create(name=f"{number}")
                position = read_some(feed, position, most, given)
            Food.objects.update(name=f"{number}!")
        while (found := read_some(feed, position, most, given)) != position:
            position = found
        every = [seq for _, seq in given]
        assert len(set(every)) == len(every) == (27 if database.vendor == "sqlite" else 6 + 6 + 42)
        assert sorted(rest(feed, first)) == sorted(every)
        for number, (text, _) in enumerate(given):
            assert sorted(rest(feed, read_position(text))) == sorted(every[number + 1 :])


@contextmanager
def _under_way(database: Any, name: str) -> Iterator[None]:
    """Let a change be under way meanwhile, on PostgreSQL, and then be committed."""
    if database.vendor == "sqlite":
        yield
        return
    with another(database.alias) as slow:
        slow.set_autocommit(False)
        slow.cursor().execute("INSERT INTO zoo_food (name) VALUES (%s)", [name])
        yield
        slow.commit()


def read_some(feed: Feed, position: Position, most: int, given: list[tuple[str, int]]) -> Position:
    """Read once, and note each change with the text of the position after it."""
    changes, found = feed.since(position, ["zoo_food"], most)
    given += [(str(found.at(change.seq)), change.seq) for change in changes]
    return found if changes else position


def rest(feed: Feed, position: Position) -> list[int]:
    """The numbers of all changes after a position."""
    found: list[Change] = []
    while True:
        changes, position = feed.since(read_position(str(position)), ["zoo_food"], 4)
        if not changes:
            break
        found += changes
    of_rows = defaultdict(list)
    for change in found:
        image = change.old or change.new
        of_rows[image and image.key].append(change.seq)
    assert all(numbers == sorted(numbers) for numbers in of_rows.values())
    return [change.seq for change in found]


def _count(alias: str) -> int:
    """How much is in the log: where triggers are made, everybody begins again, and other tests have made some."""
    return LoggedChange.objects.using(alias).count()


def test_what_was_deleted_is_no_silent_gap(database: Any, transactional_db: None) -> None:
    """A position before the last that was deleted is refused; a later one goes on, also where it saw less."""
    with logged(database.alias, Food) as feed:
        start, begun = feed.now(), _count(database.alias)
        Food.objects.create(name="0")
        purge(database, now_s=1_000.0)
        marked = feed.now()
        Food.objects.create(name="1")
        assert purge(database, now_s=1_500.0) == 0
        assert len(rest(feed, start)) == 2
        assert purge(database, now_s=1_700.0) == 1 + begun
        with pytest.raises(Expired):
            rest(feed, start)
        assert len(rest(feed, marked)) == 1
        assert purge(database, now_s=2_101.0) == 1
        with pytest.raises(Expired):
            rest(feed, marked)
        assert rest(feed, feed.now()) == []


def test_a_server_sweeps_while_nobody_follows(
    database: Any, transactional_db: None, purged_when_told: dict[str, float]
) -> None:
    """What is older than it is kept for is deleted, once a minute, and no connection is held for it."""
    with logged(database.alias, Food):
        Food.objects.create(name="0")
        purge(database, now_s=time.time() - 10_000.0)
        purged_when_told.clear()
        sweep([database.alias])
        if database.vendor == "postgresql":  # a database in memory would be gone
            assert connections[database.alias].connection is None
        assert not LoggedChange.objects.using(database.alias).exists()


def test_nothing_is_swept_where_no_list_is_live(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread is begun for it."""
    monkeypatch.setattr(migrating, "_live_models", tuple)
    begin_sweeping()
    assert "nuages-live-sweep" not in [thread.name for thread in threading.enumerate()]


def test_what_commits_late_is_kept(database: Any, transactional_db: None) -> None:
    """A change that was made long ago and is committed now is not deleted, and no position lacks it."""
    if database.vendor == "sqlite":
        pytest.skip("One writes at a time.")
    with logged(database.alias, Food) as feed, another("postgres") as slow:
        begun = _count("postgres")
        slow.set_autocommit(False)
        slow.cursor().execute("INSERT INTO zoo_food (name) VALUES ('slow')")
        purge(database, now_s=1_000.0)
        follower = Follower(feed, Food)
        Food.objects.create(name="quick")
        purge(database, now_s=1_050.0)
        assert purge(database, now_s=1_651.0) == 1 + begun
        late = Follower(feed, Food)
        slow.commit()
        assert purge(database, now_s=1_660.0) == 0
        assert named(late) == ["slow"]
        with pytest.raises(Expired):
            follower.read()


def test_positions_of_elsewhere_are_refused(database: Any, transactional_db: None) -> None:
    """Those of another kind of database, and those that are yet to come."""
    with logged(database.alias, Food) as feed:
        for text in ("9" * 18, "1:9223372036854775807:", "5:900000000000000000:7,8", "5:5:~5:900000000000000000:~0"):
            with pytest.raises(Expired):
                feed.since(read_position(text), ["zoo_food"])


@pytest.mark.parametrize("is_pooled", [False, True])
def test_one_waits_until_something_changes(
    database: Any, transactional_db: None, monkeypatch: pytest.MonkeyPatch, is_pooled: bool
) -> None:
    """Changes of this process, and of another program, wake whoever waits; without any, the time runs out."""
    monkeypatch.setattr("nuages.execute.postgresql.may_prepare_statements", lambda: not is_pooled)
    with logged(database.alias, Food) as feed, another(database.alias) as other:
        follower = Follower(feed, Food)
        _insert(other)
        follower.read()
        _insert(other)  # before anybody listens, as likely as not
        assert feed.wait(LIMIT_S)
        for change in (lambda: Food.objects.create(name="own"), lambda: _insert(other)):
            follower.read()
            while feed.wait(0.3):  # what is heard for nothing, as when listening begins
                follower.read()
            timer = threading.Timer(0.2, _closing(change, database.alias))
            timer.start()
            assert feed.wait(LIMIT_S)
            timer.join()
            assert [change.op for change in follower.read()] == ["insert"]


def test_listening_outlives_its_connection(database: Any, transactional_db: None) -> None:
    """Where PostgreSQL ends it, what changes meanwhile is heard of late, and the next change at once again."""
    if database.vendor == "sqlite":
        pytest.skip("SQLite needs no connection to listen on.")
    with logged(database.alias, Food) as feed, another(database.alias) as other:
        follower = Follower(feed, Food)
        for _ in range(2):
            follower.read()
            while feed.wait(0.3):
                follower.read()
            end_listener(database)
            _insert(other)
            assert feed.wait(LIMIT_S)
            while not (found := follower.read()):
                assert feed.wait(LIMIT_S)
            assert [change.op for change in found] == ["insert"]


def test_listening_begins_with_a_look(database: Any, transactional_db: None) -> None:
    """What was told before anybody listened is not lost: that listening begins counts as a change."""
    if database.vendor == "sqlite":
        pytest.skip("SQLite needs no connection to listen on.")
    with logged(database.alias, Food) as feed:
        Follower(feed, Food).read()
        assert feed.wait(LIMIT_S / 10)


def test_rows_that_are_gone_are_no_error(database: Any, transactional_db: None) -> None:
    """Whoever would have been told of them begins again."""
    if database.vendor == "postgresql":
        pytest.skip("PostgreSQL has them in the log.")
    with logged(database.alias, Food) as feed, database.cursor() as cursor:
        follower = Follower(feed, Food)
        Food.objects.create(name="x")
        cursor.execute("DROP TABLE nuages_live_zoo_food")
        with pytest.raises(Expired):
            follower.read()


def end_listener(database: Any) -> None:
    """End the connection that listens, once it does."""
    deadline_s = time.monotonic() + LIMIT_S
    with database.cursor() as cursor:
        while True:
            cursor.execute(END_LISTENER)
            if cursor.fetchall():
                return
            assert time.monotonic() < deadline_s, "nobody listens"
            time.sleep(0.05)


END_LISTENER = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE query IN ('LISTEN nuages_live', 'SELECT 1') AND pid <> pg_backend_pid() AND datname = current_database()
"""


def test_changes_of_another_cluster_are_not_there(database: Any, transactional_db: None) -> None:
    """A backup that is restored brings transactions that are yet to come: nobody is told of those again and again."""
    if database.vendor == "sqlite":
        pytest.skip("SQLite's log has no transactions.")
    with logged(database.alias, Food) as feed, database.cursor() as cursor:
        follower = Follower(feed, Food)
        cursor.execute("INSERT INTO nuages_change (xid, changed_table, op) VALUES ('99999999', 'zoo_food', 'truncate')")
        food = Food.objects.create(name="x")
        assert follower.seen() == [("insert", "zoo_food", None, (food.pk,))]
        assert follower.seen() == []


def _insert(connection: Any) -> None:
    """Write past Django: neither its wrappers nor its signals see it."""
    connection.ensure_connection()
    connection.connection.execute("INSERT INTO zoo_food (name) VALUES ('other')")


def _closing(change: Any, alias: str) -> Any:
    def run() -> None:
        try:
            change()
        finally:
            connections[alias].close()

    return run

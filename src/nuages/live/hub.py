"""Let everybody who watches a database hear what is committed there: one thread and one connection for all of them.

It begins with the first who watches and ends with the last. Whatever goes wrong ends what is watched, never silently
leaves something out: each client comes again with the place up to where it has had all.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Hashable
from itertools import chain
from typing import Any

from django.db import connections

from nuages.errors import Unavailable
from nuages.execute.run import execute
from nuages.execute.snapshot import one_snapshot
from nuages.live.bounds import max_interests
from nuages.live.changes import Expired
from nuages.live.feed import Feed, feed_of
from nuages.live.group import Delivery, Group, NotJudged
from nuages.live.positions import Position
from nuages.live.purging import purge_in_turn
from nuages.live.subscription import Subscription
from nuages.logs import log_entry
from nuages.per_process import PerProcess

_WAIT_S, _BUSY_S = 1.0, 0.02
_MOST_GROUPS = 8  # that are looked at in one transaction
_RETRY_S = 10


class Hub:
    """What is watched in one database; `hub_of` gives it."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._feed: Feed = feed_of(alias)
        self._lock = threading.Lock()
        self._coming: list[Group] = []
        self._groups: list[Group] = []
        self._thread: threading.Thread | None = None

    def demand_room(self, interest: Hashable) -> None:
        """Refuse a further interest where there are as many as there may be.

        Raises: Unavailable `too-many-interests`.
        """
        with self._lock:
            known = {each.interest.key for group in (*self._groups, *self._coming) for each in group.subscriptions}
        if interest not in known and len(known) >= max_interests():
            detail = f"{len(known)} different lists are watched on this server already. Try again."
            raise Unavailable(detail, code="too-many-interests", headers=[("Retry-After", str(_RETRY_S))])

    def join(self, subscription: Subscription, position: Position) -> None:
        """Let somebody hear of everything after a place."""
        with self._lock:
            self._coming.append(Group(position, [subscription]))
            if self._thread is None:
                self._thread = threading.Thread(target=self._go_on, name=f"nuages-live-{self._alias}", daemon=True)
                self._thread.start()
        self._feed.ring()

    def leave(self, subscription: Subscription) -> None:
        """Let somebody hear of nothing any more."""
        subscription.close()
        self._feed.ring()  # the last one takes the thread and its connection along

    def _go_on(self) -> None:
        """Look for changes until nobody watches any more."""
        connection = own_connection(self._alias)
        try:
            execute(connection, "SELECT 1", [])  # outside of a transaction, so that its limit of time is set for good
            while self._take_in():
                is_busy = self._look(connection)
                self._feed.wait(_BUSY_S if is_busy else _WAIT_S)
        except Exception as error:  # noqa: BLE001  # whatever it is, nobody may wait for what will not come
            self._give_up(error)
        finally:
            connection.close()
            self._feed.close()

    def _take_in(self) -> bool:
        """Take in who has come, and leave out who has gone; whether anybody is left, else the thread ends."""
        with self._lock:
            self._groups += self._coming
            self._coming = []
            for group in self._groups:
                group.forget_closed()
            self._groups = [group for group in self._groups if group.subscriptions]
            if not self._groups:
                self._thread = None
            return bool(self._groups)

    def _look(self, connection: Any) -> bool:
        """Read, judge and tell what there is; whether there is more at once."""
        purge_in_turn(connection)
        due = [group for group in self._groups if group.is_due][:_MOST_GROUPS]
        if not due:
            return True
        try:
            deliveries = self._read(due, connection)
        except NotJudged as failure:
            self._leave_out(failure)
            return True
        for delivery in deliveries:
            delivery.hand_out()
        late = [group for group in self._groups if group not in due]
        self._groups = [*late, *_merged(due)]
        return any(group.is_behind for group in self._groups)

    def _read(self, due: list[Group], connection: Any) -> list[Delivery]:
        """Read for several groups in one snapshot, so that all that come to its end are at one place then.

        Raises: NotJudged; django.db.Error.
        """
        deliveries = []
        with one_snapshot(connection):
            for group in due:
                try:
                    deliveries.append(group.read(self._feed, connection))
                except Expired:
                    _end(group.subscriptions, begins_again=True)
        return deliveries

    def _leave_out(self, failure: NotJudged) -> None:
        """End an interest whose statement fails, such as a filter that no row can be compared with."""
        message = "What is watched of %s could not be judged; those who watch begin again."
        log_entry(logging.ERROR, message, failure.interest.spec.name, error=failure.__cause__)
        watching = chain.from_iterable(group.subscriptions for group in self._groups)
        _end([each for each in watching if each.interest.key == failure.interest.key], begins_again=True)

    def _give_up(self, error: Exception) -> None:
        """End all that is watched: the clients come again, with the places up to where they have had everything."""
        log_entry(logging.ERROR, "What is watched in %s has ended; the clients come again.", self._alias, error=error)
        with self._lock:
            groups, self._groups, self._coming, self._thread = [*self._groups, *self._coming], [], [], None
        for group in groups:
            _end(group.subscriptions)


_hubs = PerProcess(Hub)


def hub_of(alias: str) -> Hub:
    """The hub of a database: one in each process."""
    return _hubs.of(alias)


def own_connection(alias: str) -> Any:
    """Give this thread a connection that is none of a pool's, which others wait for."""
    own = connections[alias].copy()
    own.settings_dict["OPTIONS"] = {**own.settings_dict["OPTIONS"]}
    own.settings_dict["OPTIONS"].pop("pool", None)
    connections[alias] = own
    return own


def _merged(groups: list[Group]) -> list[Group]:
    """Make one of those that have come to the same place."""
    found: dict[str, Group] = {}
    late = []
    for group in groups:
        if group.is_behind:
            late.append(group)
        elif (same := found.setdefault(str(group.position), group)) is not group:
            same.subscriptions += group.subscriptions
    return [*late, *found.values()]


def _end(subscriptions: list[Subscription], *, begins_again: bool = False) -> None:
    for each in subscriptions:
        each.close(begins_again=begins_again)

"""Those who watch from one place in the log, and what has been committed since, judged for each of their interests."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from nuages.live.changes import Change
from nuages.live.feed import Feed
from nuages.live.interests import Interest
from nuages.live.judging import Event, Round, judge, rounds_of
from nuages.live.positions import Position
from nuages.live.subscription import Subscription
from nuages.live.wire import write_events

BATCH = 500  # changes that are judged at once


class Group:
    """Subscriptions that have had all up to one place in the log.

    Shapes: `is_behind` where there may be more at once.
    """

    def __init__(self, position: Position, subscriptions: Iterable[Subscription]) -> None:
        self.position = position
        self.subscriptions = list(subscriptions)
        self.is_behind = True

    @property
    def is_due(self) -> bool:
        """Whether to look for more: what has come late is read no faster than its clients take it."""
        return not self.is_behind or all(each.has_room for each in self.subscriptions)

    def forget_closed(self) -> None:
        """Leave out who watches no more."""
        self.subscriptions = [each for each in self.subscriptions if each.is_open]

    def interests(self) -> dict[Interest, list[Subscription]]:
        """Who watches for each interest; those that are alike are one."""
        found: dict[Any, tuple[Interest, list[Subscription]]] = {}
        for each in self.subscriptions:
            found.setdefault(each.interest.key, (each.interest, []))[1].append(each)
        return dict(found.values())

    def read(self, feed: Feed, connection: Any) -> Delivery:
        """Read what has been committed, and judge it.

        Raises: Expired; NotJudged; django.db.Error.
        """
        watched = self.interests()
        changes, position = feed.since(self.position, {each.table for each in watched}, BATCH)
        delivery = Delivery(self, position, is_last=not changes)
        for table, listed in _by_table(changes).items():
            delivery.judge(connection, [each for each in watched if each.table == table], listed, watched)
        return delivery


class NotJudged(Exception):
    """Changes could not be judged for an interest; the cause says why."""

    def __init__(self, interest: Interest) -> None:
        super().__init__(interest.spec.name)
        self.interest = interest


class Delivery:
    """What one group is told next; nothing of it is told before the transaction that read it has ended well."""

    def __init__(self, group: Group, position: Position, *, is_last: bool) -> None:
        self._group, self._position, self._is_last = group, position, is_last
        self._events: dict[Subscription, list[bytes]] = {}
        self._again: list[Subscription] = []

    def judge(
        self,
        connection: Any,
        interests: list[Interest],
        changes: list[Change],
        watched: dict[Interest, list[Subscription]],
    ) -> None:
        """Judge the changes of one table; behind a TRUNCATE, which has no images, all begin again.

        Raises: NotJudged; django.db.Error where the connection is lost.
        """
        if any(change.op == "truncate" for change in changes):
            self._again += [each for interest in interests for each in watched[interest]]
            return
        rounds = rounds_of(connection, interests[0].spec.model, changes)
        for interest in interests:
            events = _judged(rounds, interest, connection)
            written = [write_events(each, str(self._position.at(changes[number].seq))) for number, each in events]
            self._events.update(dict.fromkeys(watched[interest], written))

    def hand_out(self) -> None:
        """Tell everybody, and let the group be where it has come to."""
        place = str(self._position)
        for each in self._group.subscriptions:
            each.put(self._events.get(each, []), place)
        for each in self._again:
            each.close(begins_again=True)
        self._group.position = self._position
        self._group.is_behind = not self._is_last


def _judged(rounds: list[Round], interest: Interest, connection: Any) -> list[tuple[int, list[Event]]]:
    try:
        return judge(rounds, interest)
    except Exception as error:
        if getattr(connection.connection, "closed", False):  # looked at before Django opens another one
            raise
        raise NotJudged(interest) from error


def _by_table(changes: list[Change]) -> dict[str, list[Change]]:
    ordered = sorted(changes, key=lambda change: (change.table, change.seq))
    return {table: list(listed) for table, listed in groupby(ordered, key=lambda change: change.table)}

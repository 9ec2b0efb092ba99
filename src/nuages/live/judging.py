"""Turn changes of one table into what they are to an interest: inserted, changed, removed, or nothing.

Each change is judged by the row as it was before and after it, both read by the list's own plan. What depends on other
rows and tables is read as it is now. Where changes come from, and who hears of them, is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from nuages.execute.result import Result
from nuages.execute.run import execute
from nuages.live.changes import Change, Image, Which
from nuages.live.images import number_of
from nuages.live.interests import Interest, images_in, spelled_key
from nuages.plan.images import compile_image_keys

Kind: TypeAlias = Literal["inserted", "changed", "removed"]
Key: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """What a change is to an interest.

    Shapes: `data` is the JSON of the member as the list shows it; of a removed one its key members alone.
    """

    kind: Kind
    data: bytes


@dataclass(frozen=True, slots=True)
class _Seen:
    """An image that an interest shows: its key as the list shows it, and the member."""

    key: bytes
    data: bytes


class Round:
    """Some changes of one table, no two of them of one row, so that all their images can stand in it at once."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._olds: dict[Key, int] = {}
        self._news: dict[Key, int] = {}
        self._images: dict[Which, list[Image]] = {"old": [], "new": []}

    def take(self, number: int, change: Change, old: Key | None, new: Key | None) -> None:
        """Add a change by its number."""
        if old is not None and change.old is not None:
            self._olds[old] = number
            self._images["old"].append(change.old)
        if new is not None and change.new is not None:
            self._news[new] = number
            self._images["new"].append(change.new)

    def judge(self, interest: Interest) -> Iterator[tuple[int, list[Event]]]:
        """Say of each change what it is; of those that are something."""
        olds, news = self._look(interest, "old", self._olds), self._look(interest, "new", self._news)
        for number in sorted({*olds, *news}):
            events = _events(olds.get(number), news.get(number))
            if events:
                yield number, events

    def _look(self, interest: Interest, which: Which, numbers: dict[Key, int]) -> dict[int, _Seen]:
        """Find which images the interest shows, by the numbers of their changes."""
        if not numbers:
            return {}
        bound = interest.bind(_array(self._images[which]))
        result = execute(self._connection, interest.plan.statement.text, bound)
        size, seen = len(interest.spec.pk), {}
        for index, document in enumerate(result.documents):
            place = result.place(index)
            number = numbers.get(place[:size])
            if number is not None:
                seen[number] = _Seen(spelled_key(interest.spec.key, place[size:]), interest.show(document))
        return seen


def rounds_of(connection: Any, model: Any, changes: Sequence[Change]) -> list[Round]:
    """Part changes of one table, in their order, into rounds: as many as the row has changes that has most.

    Raises: django.db.Error.
    """
    olds = _keys(connection, model, [change.old for change in changes])
    news = _keys(connection, model, [change.new for change in changes])
    rounds: list[Round] = []
    latest: dict[Key, int] = {}
    for number, (change, old, new) in enumerate(zip(changes, olds, news, strict=True)):
        keys = [key for key in (old, new) if key is not None]
        at = max((latest.get(key, -1) for key in keys), default=-1) + 1
        if at == len(rounds):
            rounds.append(Round(connection))
        rounds[at].take(number, change, old, new)
        latest.update(dict.fromkeys(keys, at))
    return rounds


def judge(rounds: Iterable[Round], interest: Interest) -> list[tuple[int, list[Event]]]:
    """Judge all changes of some rounds.

    Shapes: pairs of the number of a change and its events, by number, of those that are something; two events where
        its key became another.
    Raises: django.db.Error; whatever makes a row's JSON incomplete.
    """
    return sorted((pair for each in rounds for pair in each.judge(interest)), key=lambda pair: pair[0])


def _events(old: _Seen | None, new: _Seen | None) -> list[Event]:
    """Nothing is said of what changes nothing that is shown: it would tell that something hidden had changed."""
    if old is not None and new is not None and old.key == new.key:
        return [Event("changed", new.data)] if old.data != new.data else []
    removed = [Event("removed", old.key)] if old is not None else []
    return [*removed, Event("inserted", new.data)] if new is not None else removed


def _keys(connection: Any, model: Any, images: Sequence[Image | None]) -> list[Key | None]:
    """Read the primary keys of images, spelled as a plan's lines spell them."""
    present = [image for image in images if image is not None]
    if not present:
        return [None] * len(images)
    statement = compile_image_keys(model, images_in(connection, model), connection)
    result = execute(connection, statement.text, statement.bind((_array(present),)))
    numbered = dict(_numbered(result))
    return [None if image is None else numbered[str(number_of(image))] for image in images]


def _numbered(result: Result) -> Iterator[tuple[str, Key]]:
    for index in range(len(result.documents)):
        number, *key = result.place(index)
        yield str(number), tuple(key)


def _array(images: Sequence[Image]) -> str:
    """Name images as a plan takes them: by a JSON array of their numbers."""
    return f"[{','.join([str(number_of(image)) for image in images])}]"

"""Say up to where the log of changes has been read, as text for `Last-Event-ID` and back. No database is asked here.

PostgreSQL numbers changes when they are made, and shows them when their transaction commits: a number alone would lose
those that commit late. So a position there is a snapshot, and inside a batch the snapshots before and after it with the
number of the last change that was handed out.
Source: postgresql.org/docs/current/functions-info.html, "Snapshot Components".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_CHARACTERS = 4_096
"""How long the text of a position may be: some hundred transactions that write at once."""
_MOST_NUMBER = (1 << 63) - 1
_NUMBER = r"[0-9]{1,19}"
_SNAPSHOT = rf"{_NUMBER}:{_NUMBER}:(?:{_NUMBER}(?:,{_NUMBER})*)?"
_TEXT = re.compile(rf"(?:({_NUMBER})|({_SNAPSHOT})(?:~({_SNAPSHOT})~({_NUMBER}))?)")


class Unreadable(ValueError):
    """A text that is no position."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which transactions of PostgreSQL's are seen: those below `beyond` that are not under way.

    Shapes: `Snapshot.read("10:20:10,14")`.
    """

    first: int
    beyond: int
    under_way: tuple[int, ...]

    @classmethod
    def read(cls, text: str) -> Snapshot:
        """Read a snapshot as PostgreSQL writes it.

        Raises: Unreadable for what it would not read itself.
        """
        first, beyond, rest = text.split(":")
        found = cls(int(first), int(beyond), tuple(map(int, rest.split(","))) if rest else ())
        if not found._is_sound():
            raise Unreadable("It is no snapshot.")
        return found

    def __str__(self) -> str:
        return f"{self.first}:{self.beyond}:{','.join(map(str, self.under_way))}"

    def sees(self, transaction: int) -> bool:
        """Whether what a transaction did is seen."""
        return transaction < self.beyond and transaction not in self.under_way

    def sees_all_of(self, other: Snapshot) -> bool:
        """Whether all is seen that another one sees."""
        hidden = [transaction for transaction in self.under_way if other.sees(transaction)]
        between = other.beyond - self.beyond
        waiting = sum(self.beyond <= transaction < other.beyond for transaction in other.under_way)
        return not hidden and between <= waiting

    def without(self, transaction: int) -> Snapshot:
        """The snapshot as others have it while a transaction is under way: to itself it seems to be over."""
        if not self.sees(transaction):
            return self
        return Snapshot(min(self.first, transaction), self.beyond, tuple(sorted((*self.under_way, transaction))))

    def _is_sound(self) -> bool:
        numbers = (self.first, *self.under_way)
        is_rising = all(one < next_one for one, next_one in zip(self.under_way, self.under_way[1:], strict=False))
        is_bounded = 0 < self.first <= self.beyond <= _MOST_NUMBER and min(numbers) == self.first
        return is_rising and is_bounded and max(self.under_way, default=0) < self.beyond


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the log. On PostgreSQL it has a snapshot, `after`; on SQLite `seq` alone.

    Shapes: `before` and `seq` say of a batch that came between two snapshots how far it was handed out.
    """

    after: Snapshot | None = None
    before: Snapshot | None = None
    seq: int | None = None

    def __str__(self) -> str:
        """The text for `Last-Event-ID`: digits and `:,~`."""
        if self.after is None:
            return str(self.seq)
        return str(self.after) if self.seq is None else f"{self.before}~{self.after}~{self.seq}"

    def at(self, seq: int) -> Position:
        """The position right after one change of the batch that `Feed.since` gave this position with."""
        if self.after is None:
            return Position(seq=seq)
        return Position(after=self.after, before=self.before or self.after, seq=seq)


def read_position(text: str) -> Position:
    """Read the text of a position, as a client sends it.

    Raises: Unreadable.
    """
    match = _TEXT.fullmatch(text) if len(text) <= MOST_CHARACTERS else None
    if match is None:
        raise Unreadable("It is no position.")
    number, after, end, seq = match.groups()
    if number is not None:
        return Position(seq=_bounded(number))
    if end is None:
        return Position(after=Snapshot.read(after))
    before, found = Snapshot.read(after), Snapshot.read(end)
    if not found.sees_all_of(before):
        raise Unreadable("Its snapshots are not in order.")
    return Position(after=found, before=before, seq=_bounded(seq))


def _bounded(number: str) -> int:
    if int(number) > _MOST_NUMBER:
        raise Unreadable("Its number is too large.")
    return int(number)

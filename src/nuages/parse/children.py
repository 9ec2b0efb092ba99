"""Read what a document says of the rows that it owns: objects in a list, by their key where they are there already.

How one of them is read, its parent's reader says; what is to be done with them, `change.children`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from nuages.errors import Fault, Problem
from nuages.parse.json_body import join_pointer

MAX_CHILDREN = 1_000  # owned rows of a document

How: TypeAlias = Literal["new", "whole", "patch", "edit"]
"""How a document is meant: a new row; all of one; what changes of one; or the one that is shown, with changes made."""

Shown: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Child:
    """One owned row.

    Shapes: `key` is None for a new one; `pointer` its place in the document; `named` are the names that it has there,
        of which `values` leaves out those that only repeat what is shown.
    """

    key: Any
    values: dict[str, Any]
    pointer: str
    named: Collection[str] = ()


@dataclass(slots=True)
class Children:
    """The owned rows of a document.

    Shapes: `replaces` when rows that are not named are to go. What the rules of their resource let through is filled in
        by who knows the principal: `visible` is a queryset of those that may be read, `verdicts` say by "create",
        "update" and "delete" which may be written, and `remedy` what would change a no.
    """

    rows: list[Child]
    replaces: bool
    visible: Any = None
    verdicts: Mapping[str, Any] = field(default_factory=dict)
    remedy: Callable[[str, Callable[[Any], bool]], Problem | None] = lambda *_: None


class Reader(Protocol):
    """Reads one document."""

    def read(self, document: Any, current: Shown, how: How) -> tuple[dict[str, Any], list[Fault]]:
        """Give its values, and everything that is wrong in it."""


class ChildReader:
    """Reads the owned rows under one name; built once, at start-up."""

    def __init__(self, name: str, key: str, read_key: Callable[[Any], Any], reader: Reader) -> None:
        self._pointer = join_pointer("", name)
        self._key = key
        self._read_key = read_key
        self._reader = reader

    def read(self, given: Any, current: Iterable[Shown], faults: list[Fault], how: How) -> Children:
        """Read a list; what is wrong in it is added to the faults, each at its place.

        Shapes: `current` are the rows as they are shown now.
        """
        if not isinstance(given, list) or len(given) > MAX_CHILDREN:
            detail = f"{self._pointer[1:]} must be a list of at most {MAX_CHILDREN} objects."
            faults.append(Fault(self._pointer, "invalid-value", detail))
            return Children([], replaces=False)
        known = {str(shown[self._key]): shown for shown in current}
        placed = [(join_pointer(self._pointer, index), item) for index, item in enumerate(given)]
        keys = self._keys(placed, faults, is_new=how == "new")
        rows = [
            self._one(item, keys[pointer], pointer, known=known, faults=faults, how=how)
            for pointer, item in placed
            if pointer in keys
        ]
        return Children(rows, replaces=how != "patch")

    def _one(
        self, item: Any, key: Any, pointer: str, *, known: Mapping[str, Shown], faults: list[Fault], how: How
    ) -> Child:
        current = self._without_key(known.get(str(key), {})) if key is not None else {}
        rest = self._without_key(item)
        values, own = self._reader.read(rest, current, "new" if key is None else how)
        faults += [Fault(pointer + fault.pointer, fault.code, fault.detail) for fault in own]
        return Child(key, values, pointer, rest.keys())

    def _without_key(self, item: Shown) -> dict[str, Any]:
        return {name: value for name, value in item.items() if name != self._key}

    def _keys(self, placed: list[tuple[str, Any]], faults: list[Fault], *, is_new: bool) -> dict[str, Any]:
        """The keys of the objects by their places; None for new rows."""
        keys: dict[str, Any] = {}
        for pointer, item in placed:
            place = join_pointer(pointer, self._key)
            if not isinstance(item, dict):
                faults.append(Fault(pointer, "invalid-value", "This must be an object."))
            elif item.get(self._key) is None:
                keys[pointer] = None
            elif is_new:
                faults.append(Fault(place, "read-only", f"{self._key} cannot be written."))
            else:
                self._take_key(item[self._key], pointer, place, keys, faults)
        return keys

    def _take_key(self, given: Any, pointer: str, place: str, keys: dict[str, Any], faults: list[Fault]) -> None:
        try:
            key = self._read_key(given)
        except ValueError as error:
            faults.append(Fault(place, "invalid-value", f"{self._key} {error}."))
            return
        if key in keys.values():
            faults.append(Fault(place, "repeated", f"{self._key} stands twice."))
        keys[pointer] = key

"""Turn the texts of one place of a request (query, headers, cookies, a form's fields) into values of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nuages.errors import Fault
from nuages.parse.arguments import Argument, Given, Place, TextReader
from nuages.parse.inputs.groups import Group


@dataclass(frozen=True, slots=True)
class Taken:
    """What a function takes from one place.

    Shapes: `arguments` by the function's names for them; `groups` are several of them in one parameter.
    """

    place: Place
    arguments: Mapping[str, Argument]
    groups: Sequence[Group] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, as a request spells it; one that stands there twice is a mistake."""
        own = [argument.name for argument in self.arguments.values()]
        return (*own, *(name for group in self.groups for name in group.names))

    @property
    def is_required(self) -> bool:
        """Whether something of it must be there."""
        return any(each.is_required for each in self.arguments.values()) or any(
            group.is_required for group in self.groups
        )

    @property
    def optional(self) -> tuple[Argument, ...]:
        """Those that may be absent, members of groups included."""
        own = [argument for argument in self.arguments.values() if not argument.is_required]
        return (*own, *(member for group in self.groups for member in group.optional))


class PlaceReader:
    """Reads one place; built once, at start-up."""

    def __init__(self, taken: Taken, others: Sequence[str] = ()) -> None:
        members = [member for group in taken.groups for member in group.members]
        self._reader = TextReader(taken.place, [*taken.arguments.values(), *members], others)
        self._keys = [(argument.name, key) for key, argument in taken.arguments.items()]
        self._is_plain = not taken.groups and all(name == key for name, key in self._keys)
        self._groups = taken.groups
        self._place = taken.place

    def read(self, given: Given, values: dict[str, Any], faults: list[Fault], *, refuses: bool) -> None:
        """Read what is given into values; what is absent and has a default is left out."""
        told = len(faults)
        found = self._reader.read(given, faults, refuses=refuses)
        if self._is_plain:
            values.update(found)
            return
        for name, key in self._keys:
            if name in found:
                values[key] = found[name]
        for group in self._groups:
            if group.is_needed(given):
                faults += group.missing(given, self._place)
                if len(faults) == told:
                    group.fill(found, values, faults, self._place)

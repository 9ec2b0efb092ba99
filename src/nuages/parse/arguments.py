"""Turn named texts of a request into the arguments of a function: simple values, each as its annotation says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nuages.errors import BadRequest, Fault, suggest
from nuages.parse.json_body import join_pointer
from nuages.parse.pairs import read_pairs, refuse_parameters
from nuages.parse.quoting import cut, short
from nuages.parse.simple import Simple, simple_of
from nuages.parse.structure import MAX_TOLD

Given = Mapping[str, list[str] | None]


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a request that holds texts by names.

    Shapes: `point` makes the pointer of a name, spelled as it stands in a request; `missing`, `repeated` and `unknown`
        are the codes of faults, "" where there is no such fault; `shows` where a text may be repeated to whoever sent
        it: none that may be a secret.
    """

    noun: str
    point: Callable[[str], str]
    missing: str
    repeated: str = ""
    unknown: str = ""
    shows: bool = False

    def miss(self, name: str) -> Fault:
        """The fault of a name that is not there and must be."""
        return Fault(self.point(name), self.missing, f"The {self.noun} {name!r} is missing.")


QUERY = Place("parameter", "?{}".format, "missing-parameter", "repeated-parameter", "unknown-parameter", shows=True)
HEADER = Place("header", "{}:".format, "missing-header")
COOKIE = Place("cookie", "cookie: {}".format, "missing-cookie")
FORM = Place("field", lambda name: join_pointer("", name) if name else "", "required", "repeated", "unknown-member")


@dataclass(frozen=True, slots=True)
class Argument:
    """One value.

    Shapes: `name` as a request spells it; `annotation` is what the author says of it.
    """

    name: str
    simple: Simple
    is_required: bool
    annotation: Any = None


def argument_of(name: str, annotation: Any, *, is_required: bool) -> Argument | None:
    """Read what an annotation says; None where no text can be such a value."""
    simple = simple_of(annotation)
    return None if simple is None else Argument(name, simple, is_required, annotation)


class TextReader:
    """Reads the texts of one place; built once, at start-up."""

    def __init__(self, place: Place, arguments: Sequence[Argument], others: Sequence[str] = ()) -> None:
        self._place = place
        self._names = [*(argument.name for argument in arguments), *others]  # of values that are no texts, too
        self._arguments = {argument.name: argument for argument in arguments}
        self._single = {each.name: each.simple.read for each in arguments if each.simple.gather is None}
        self._required = [argument.name for argument in arguments if argument.is_required]

    def read(self, given: Given, faults: list[Fault], *, refuses: bool = True) -> dict[str, Any]:
        """Read what is given, by its names; what is absent is left out.

        Shapes: names that there are not are refused, or else passed over; None for texts of which a fault is told.
        """
        values: dict[str, Any] = {}
        for name, texts in given.items():
            read = self._single.get(name)
            if read is not None and texts is not None and len(texts) == 1:
                try:
                    values[name] = read(texts[0])
                    continue
                except ValueError:
                    pass  # told below
            argument = self._arguments.get(name)
            if argument is not None:
                values[name] = self._value(argument, texts, faults)
            elif refuses and len(faults) < MAX_TOLD:  # each costs a search for the nearest name
                faults.append(self._unknown(name))
        faults += [self._place.miss(name) for name in self._required if name not in given]
        return values

    def _value(self, argument: Argument, texts: list[str] | None, faults: list[Fault]) -> Any:
        if texts is None:
            return None
        simple, place = argument.simple, self._place
        if simple.gather is None and len(texts) != 1:
            detail = f"{argument.name!r} is given {len(texts)} times."
            faults.append(Fault(place.point(argument.name), place.repeated, detail))
            return None
        try:
            if simple.gather is None:
                return simple.read(texts[0])
        except ValueError as error:
            faults.append(self._invalid(argument.name, error, texts[0]))
            return None
        return self._several(argument, simple.gather, texts, faults)

    def _several(
        self, argument: Argument, gather: Callable[[list[Any]], Any], texts: list[str], faults: list[Fault]
    ) -> Any:
        values = []
        for text in texts:
            try:
                values.append(argument.simple.read(text))
            except ValueError as error:
                faults.append(self._invalid(argument.name, error, text))
        try:
            return gather(values) if len(values) == len(texts) else None
        except ValueError as error:
            faults.append(self._invalid(argument.name, error))
            return None

    def _invalid(self, name: str, error: ValueError, text: str | None = None) -> Fault:
        shown = f": {short(text)}" if self._place.shows and text is not None else ""
        return Fault(self._place.point(name), "invalid-value", f"{name}{shown} {error}.")

    def _unknown(self, name: str) -> Fault:
        place = self._place
        detail = f"There is no {place.noun} {short(name)}. {suggest(name, self._names)}".strip()
        return Fault(place.point(cut(name)), place.unknown, detail)


class ArgumentReader:
    """Reads the query of one function's requests; built once, at start-up."""

    def __init__(self, arguments: Sequence[Argument]) -> None:
        self._reader = TextReader(QUERY, arguments) if arguments else None

    def read(self, query: str) -> dict[str, Any]:
        """Read a query string; what is absent and has a default is left out.

        Raises: BadRequest with every fault.
        """
        if self._reader is None:
            refuse_parameters(query)
            return {}
        faults: list[Fault] = []
        values = self._reader.read(grouped(query), faults)
        if faults:
            detail = faults[0].detail if len(faults) == 1 else f"{len(faults)} parameters are wrong."
            raise BadRequest(detail, faults=faults, code=faults[0].code)
        return values


def grouped(query: str) -> dict[str, list[str]]:
    """Gather the texts of a query by their names.

    Raises: BadRequest as read_pairs.
    """
    given: dict[str, list[str]] = {}
    for name, text in read_pairs(query):
        given.setdefault(name, []).append(text)
    return given

"""Keep what a function was asked with as JSON, and read it back to exactly what its signature says. Runs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

import msgspec

from nuages.errors import Unprocessable
from nuages.parse.inputs.models import ModelReader, is_model, models_in
from nuages.parse.types import unknown_types

_SECRETS = ("Secret", "SecretStr", "SecretBytes")
Turn = Callable[[Any], Any]


class Kept:
    """The arguments of one function; built once, at start-up.

    Shapes: `complaints` name the parameters whose values could not be kept, each with why.
    """

    def __init__(self, annotations: Mapping[str, Any]) -> None:
        self.complaints: list[tuple[str, str]] = []
        self._turns: dict[str, tuple[Turn, Turn]] = {}
        for name, annotation in annotations.items():
            try:
                self._turns[name] = _turns(annotation)
            except (TypeError, NameError) as error:
                self.complaints.append((name, str(error).rstrip(".")))

    def write(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What JSON can hold of some values, by name."""
        return {name: self._turns[name][0](value) for name, value in values.items()}

    def read(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """The values again.

        Raises: Unprocessable where they were kept by a function that took something else.
        """
        try:
            return {name: self._turns[name][1](value) for name, value in stored.items()}
        except (KeyError, ValueError) as error:  # pydantic's ValidationError and msgspec's are ValueErrors
            detail = "What this job was asked with does not fit the function as it is now."
            raise Unprocessable(detail, code="wrong-arguments") from error


def _turns(annotation: Any) -> tuple[Turn, Turn]:
    """How values of an annotation are written, and read.

    Raises: TypeError, NameError, with a sentence.
    """
    if any(models_in(annotation)):
        return _of_pydantic(annotation)
    msgspec.json.Decoder(annotation)
    if unknown := unknown_types(annotation):
        raise TypeError(f"{', '.join(unknown)} cannot be written as JSON")
    return (
        lambda value: msgspec.to_builtins(value, str_keys=True),
        lambda stored: msgspec.convert(stored, annotation, str_keys=True),
    )


def _of_pydantic(annotation: Any) -> tuple[Turn, Turn]:
    from pydantic import TypeAdapter  # noqa: PLC0415  # an author brought it

    ModelReader(annotation)  # which says in a sentence where there is no schema
    for model in models_in(annotation):
        if lost := next(_lost(model, set()), ""):
            raise TypeError(f"{lost} of {model.__name__} is left out, or hidden, when pydantic writes it")
    adapter: Any = TypeAdapter(annotation)

    def read(stored: Any) -> Any:
        return adapter.validate_json(json.dumps(stored), by_alias=False, by_name=True)

    return lambda value: adapter.dump_python(value, mode="json", by_alias=False, round_trip=True), read


def _lost(model: Any, seen: set[Any]) -> Iterator[str]:
    """The members that do not come back."""
    seen.add(model)
    for name, part in model.model_fields.items():
        if part.exclude or any(_is_secret(each) for each in _inside(part.annotation)):
            yield name
        for below in _inside(part.annotation):
            if is_model(below) and below not in seen:
                yield from _lost(below, seen)


def _is_secret(kind: Any) -> bool:
    return isinstance(kind, type) and any(each.__name__ in _SECRETS for each in kind.__mro__)


def _inside(annotation: Any) -> Iterator[Any]:
    yield annotation
    for each in get_args(annotation):
        yield from _inside(each)

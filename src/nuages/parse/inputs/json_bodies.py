"""Turn a JSON body into the values of parameters: one that is the whole body, or several that are its members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import msgspec

from nuages.http.request import Request
from nuages.parse.inputs.models import ModelReader, first_sentence, models_in
from nuages.parse.received import JSON, receive_json
from nuages.parse.typed import TypedReader
from nuages.parse.types import unknown_types

_ABSENT = object()


class Reader(Protocol):
    """Reads bodies of one type."""

    def read(self, raw: bytes) -> Any:
        """Read a body; raises a Problem with every fault."""


@dataclass(frozen=True, slots=True)
class Member:
    """One parameter.

    Shapes: `name` as JSON has it, `key` as the function has it.
    """

    name: str
    key: str
    wanted: Any
    is_required: bool
    is_embedded: bool = False


def reader_of(wanted: Any) -> Reader:
    """The reader of a type: pydantic's where it speaks of a model, else msgspec's.

    Raises: TypeError with a sentence for a type that neither reads.
    """
    if any(models_in(wanted)):
        return ModelReader(wanted)
    reader = TypedReader(wanted)
    if unknown := unknown_types(wanted):
        raise TypeError(f"{', '.join(unknown)} cannot be read from JSON")
    return reader


class JsonBody:
    """Reads the body of requests for one function; built once, at start-up.

    Shapes: it `is_optional` where there may be none.
    """

    types = (JSON,)

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = tuple(members)
        self._whole = members[0].key if len(members) == 1 and not members[0].is_embedded else ""
        self.is_optional = not any(each.is_required for each in members)
        self._reader = reader_of(members[0].wanted) if self._whole else _members_reader(members)

    @property
    def is_whole(self) -> bool:
        """Whether the body is one parameter, rather than an object of several."""
        return bool(self._whole)

    def read(self, request: Request, values: dict[str, Any]) -> None:
        """Read the body into values; where all of it has defaults, there may be none.

        Raises: the Problem of whatever is wrong, with every fault of the document.
        """
        if self.is_optional and is_absent(request):
            return
        found = self._reader.read(receive_json(request))
        if self._whole:
            values[self._whole] = found
        else:
            values.update(found)


def is_absent(request: Request) -> bool:
    """Whether a request says that it has no body.

    Source: RFC 9112 section 6.3.
    """
    length = request.header("content-length") or "0"
    return length == "0" and request.header("transfer-encoding") is None


def _members_reader(members: Sequence[Member]) -> Reader:
    has_models = any(True for each in members for _ in models_in(each.wanted))
    return _ModelMembers(members) if has_models else _Members(members)


class _Members:
    """Several parameters as members of one object, by msgspec."""

    def __init__(self, members: Sequence[Member]) -> None:
        fields = [(each.key, each.wanted, *([] if each.is_required else [_ABSENT])) for each in members]
        names = {each.key: each.name for each in members}
        self._reader = reader_of(msgspec.defstruct("Body", fields, kw_only=True, rename=names))
        self._keys = tuple(names)

    def read(self, raw: bytes) -> dict[str, Any]:
        found = self._reader.read(raw)
        return {key: value for key in self._keys if (value := getattr(found, key)) is not _ABSENT}


class _ModelMembers:
    """The same by pydantic."""

    def __init__(self, members: Sequence[Member]) -> None:
        from pydantic import Field, PydanticSchemaGenerationError, create_model  # noqa: PLC0415  # optional

        # Under names of their own: pydantic reserves some that a function's parameters may have.
        self._keys = {f"member_{index}": each.key for index, each in enumerate(members)}
        fields: dict[str, Any] = {
            own: (each.wanted, Field(cast(Any, ...) if each.is_required else _ABSENT, alias=each.name))
            for own, each in zip(self._keys, members, strict=True)
        }
        try:
            self._reader = ModelReader(create_model("Body", **fields))
        except PydanticSchemaGenerationError as error:  # a msgspec.Struct beside a model, for one
            raise TypeError(first_sentence(error)) from None

    def read(self, raw: bytes) -> dict[str, Any]:
        found = self._reader.read(raw)
        return {key: getattr(found, own) for own, key in self._keys.items() if own in found.model_fields_set}

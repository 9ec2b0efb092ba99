"""Turn a function's return annotation into what makes responses of its values: status, headers, bytes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from operator import getitem
from types import NoneType, UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

import msgspec

from nuages.declare.chosen import Chosen, OneMember, Page
from nuages.functions.encoding import Encode, encoder_of
from nuages.http.response import Response
from nuages.streams.event import Event
from nuages.streams.framing import to_json
from nuages.streams.kinds import stream_kind

Value = TypeVar("Value")
_OK, _NO_CONTENT = 200, 204
_HINT = "-> None, Response, or a Struct, dataclass, TypedDict, dict, list or simple value; several with |."


@dataclass(frozen=True, slots=True)
class Status:
    """The status of one of several answers: `-> Receipt | Annotated[Queued, Status(202)]`."""

    code: int


@dataclass(frozen=True, slots=True)
class Reply(Generic[Value]):
    """An answer with a status or headers of its own: `-> Reply[Book]`, `return Reply(book, status=201)`.

    Shapes: `headers` are pairs of name and value.
    """

    value: Value
    status: int = 0
    headers: Iterable[tuple[str, str]] = field(default=())


@dataclass(frozen=True, slots=True)
class Output:
    """One of the answers that an annotation names; `encode` is None for no content."""

    annotation: Any
    status: int
    encode: Encode | None

    def fits(self, value: Any) -> bool:
        """Whether a value's class alone says that it is this one."""
        return isinstance(self.annotation, type) and type(value) is self.annotation


class Outputs:
    """What a function answers.

    Shapes: `complaints` are what is wrong with its annotation, each a sentence and a hint; `is_raw` where it may make a
        Response itself, `is_choosing` where it may choose rows of a resource; `stream` is what it yields, None where it
        answers at once, and `encode_item` writes each value of that.
    """

    def __init__(self, annotation: Any, status: int | None) -> None:
        self.complaints: list[tuple[str, str]] = []
        self.is_raw = self.is_choosing = False
        self._given = status
        self.encode_item: Encode = to_json
        self.stream = stream_kind(annotation)
        self.outputs = () if self.stream else tuple(self._read(annotation))
        if self.stream is not None and not _has_events(self.stream.item):
            self.encode_item = self._encoder(self.stream.item) or to_json

    def respond(self, value: Any, show: Callable[[Chosen], Response]) -> Response:
        """Make the response of a value; `show` makes that of chosen rows.

        Raises: TypeError for what the annotation does not name.
        """
        if isinstance(value, Response) and self.is_raw:
            return value
        status, headers = 0, list[tuple[str, str]]()
        if isinstance(value, Reply):
            status, headers, value = value.status, list(value.headers), value.value
        response = self._show(value, show) if self.is_choosing else self._respond(value)
        response.status = status or response.status
        response.headers.extend(headers)
        return response

    def _show(self, value: Any, show: Callable[[Chosen], Response]) -> Response:
        if not isinstance(value, Page | OneMember):
            return self._respond(value)
        response = show(value)
        if self._given and response.status == _OK:
            response.status = self._given
        return response

    def _respond(self, value: Any) -> Response:
        known = [output for output in self.outputs if output.fits(value)]
        wrong = "its annotation names nothing like it"
        for output in known or self.outputs:
            if output.encode is None:
                if value is None:
                    return Response(output.status)
                continue
            try:
                return Response.json(output.encode(value), status=output.status)
            except (msgspec.ValidationError, TypeError) as error:
                wrong = str(error)
        raise TypeError(f"answered {type(value).__name__}: {wrong}")

    def _read(self, annotation: Any) -> Iterator[Output]:
        if annotation is inspect.Parameter.empty:
            self.complaints.append(("does not say what it answers.", _HINT))
            return
        for each in _alternatives(annotation):
            bare, status = _status_of(each)
            if bare is NoneType:
                yield Output(None, status or self._given or _NO_CONTENT, None)
            elif bare is Response:
                self.is_raw = True
            elif bare in (Page, OneMember):
                self.is_choosing = True
            else:
                yield Output(bare, status or self._given or _OK, self._encoder(bare))

    def _encoder(self, annotation: Any) -> Encode | None:
        try:
            return encoder_of(annotation)
        except (TypeError, NameError) as error:
            self.complaints.append((f"answers with what has no JSON here: {error}.", _HINT))
            return None


def _has_events(item: Any) -> bool:
    return Event in (item, *get_args(item))


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Reply:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return tuple([each for part in get_args(annotation) for each in _alternatives(part)])
    return (NoneType if annotation is None else annotation,)


def _status_of(annotation: Any) -> tuple[Any, int]:
    """Take the status off an annotation; what else is annotated (a msgspec.Meta) stays."""
    if get_origin(annotation) is not Annotated:
        return annotation, 0
    bare, *notes = get_args(annotation)
    kept = [note for note in notes if not isinstance(note, Status)]
    said = [note.code for note in notes if isinstance(note, Status)]
    return (getitem(Annotated, (bare, *kept)) if kept else NoneType if bare is None else bare), (said[0] if said else 0)

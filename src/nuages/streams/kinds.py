"""Tell from what a function says that it returns whether that is a stream, and of what. Calls no function."""

from __future__ import annotations

import collections.abc as abc
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin

_ASYNC = (abc.AsyncIterator, abc.AsyncGenerator, abc.AsyncIterable)
_PLAIN = (abc.Iterator, abc.Generator, abc.Iterable)


@dataclass(frozen=True, slots=True)
class StreamKind:
    """What a stream is of.

    Shapes: `item` is the type of each value, Any where nothing is said of it; `is_async` where they come on a loop.
    """

    item: Any
    is_async: bool


def stream_kind(annotation: Any) -> StreamKind | None:
    """Read a return annotation, whose names have been looked up; None where it is no stream.

    Shapes: `AsyncIterator[T]`, `AsyncGenerator[T, ...]`, `AsyncIterable[T]` and the same without `Async`, of `typing`
        or `collections.abc`, also without a `[T]`.
    """
    if get_origin(annotation) is Annotated:
        return stream_kind(get_args(annotation)[0])
    origin = get_origin(annotation) or annotation
    if origin not in (*_ASYNC, *_PLAIN):
        return None
    of = get_args(annotation)
    return StreamKind(of[0] if of and not isinstance(of[0], TypeVar) else Any, origin in _ASYNC)

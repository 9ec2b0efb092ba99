"""A return annotation says whether a function streams, and what."""

import collections.abc
import typing
from typing import Annotated, Any, TypeVar

import pytest

from nuages.streams.kinds import StreamKind, stream_kind

T = TypeVar("T")
KINDS: list[tuple[Any, StreamKind | None]] = [
    (collections.abc.AsyncIterator[int], StreamKind(int, is_async=True)),
    (typing.AsyncIterator[int], StreamKind(int, is_async=True)),
    (collections.abc.AsyncGenerator[int, None], StreamKind(int, is_async=True)),
    (collections.abc.AsyncIterable[int], StreamKind(int, is_async=True)),
    (collections.abc.Iterator[int], StreamKind(int, is_async=False)),
    (collections.abc.Generator[list[int], None, str], StreamKind(list[int], is_async=False)),
    (typing.Iterable[int], StreamKind(int, is_async=False)),
    (typing.Iterator, StreamKind(Any, is_async=False)),
    (collections.abc.AsyncIterator, StreamKind(Any, is_async=True)),
    (collections.abc.Iterator[T], StreamKind(Any, is_async=False)),  # type: ignore[valid-type]  # as an author may write
    (Annotated[collections.abc.Iterator[int], "said"], StreamKind(int, is_async=False)),
    *(
        (other, None)
        for other in (list[int], str, dict[str, int], None, int | None, Any, collections.abc.Sequence[int])
    ),
]


@pytest.mark.parametrize(("annotation", "kind"), KINDS, ids=lambda each: str(each)[:60])
def test_kind_of_a_stream(annotation: Any, kind: StreamKind | None) -> None:
    """A list is none, although it can be gone through."""
    assert stream_kind(annotation) == kind

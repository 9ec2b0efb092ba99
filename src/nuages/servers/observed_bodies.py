"""Count a body that is sent in pieces on its way, and tell how long it was when it is closed."""

from __future__ import annotations

from collections.abc import Callable

from nuages.http.response import Flow, Pieces


class ObservedPieces:
    """Pieces that are counted on their way, and told of when they are closed."""

    def __init__(self, pieces: Pieces, end: Callable[[int], None]) -> None:
        self._pieces, self._end = pieces, end
        self._size_bytes, self._is_over = 0, False

    def __iter__(self) -> ObservedPieces:
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        self._size_bytes += len(piece)
        return piece

    def close(self) -> None:
        """Give back what is held, and tell of it, once."""
        try:
            self._pieces.close()
        finally:
            if not self._is_over:
                self._is_over = True
                self._end(self._size_bytes)


class ObservedFlow:
    """A flow that is counted on its way, and told of when it is closed."""

    def __init__(self, flow: Flow, end: Callable[[int], None]) -> None:
        self._flow, self._end = flow, end
        self._size_bytes, self._is_over = 0, False

    def __aiter__(self) -> ObservedFlow:
        return self

    async def __anext__(self) -> bytes:
        piece = await self._flow.__anext__()
        self._size_bytes += len(piece)
        return piece

    async def aclose(self) -> None:
        """Give back what is held, and tell of it, once."""
        try:
            await self._flow.aclose()
        finally:
            if not self._is_over:
                self._is_over = True
                self._end(self._size_bytes)

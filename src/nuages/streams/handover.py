"""What one task makes and another sends: the maker goes on when the sender asks, and not before. Knows no framing.

Both are on one loop. What is ready at once, before the maker waits for anything, is handed over together.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TypeAlias

_News: TypeAlias = "asyncio.Future[bool]"
# So much together: then others have their turn on the loop.
_MOST_BYTES = 16 << 10
_MOST_PIECES = 50


class Handover:
    """Pieces on their way from a maker to a sender.

    Shapes: `is_over` where the maker puts no more.
    """

    __slots__ = ("_asked", "_come", "_is_wanted", "_pieces", "_size_bytes", "is_over")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size_bytes = 0
        self._is_wanted = self.is_over = False
        self._asked: _News | None = None
        self._come: _News | None = None

    # --- The maker

    def put(self, piece: bytes) -> None:
        """Hand a piece over."""
        self._pieces.append(piece)
        self._size_bytes += len(piece)
        _settle(self._come, is_news=True)

    async def wait_until_wanted(self) -> None:
        """Wait until what was put is sent, or go on where the sender still waits and there is room."""
        while not self._is_wanted or self._size_bytes >= _MOST_BYTES or len(self._pieces) >= _MOST_PIECES:
            self._asked = asyncio.get_running_loop().create_future()
            await self._asked

    def end(self) -> None:
        """Put no more."""
        self.is_over = True
        _settle(self._come, is_news=True)

    # --- The sender

    def ask(self) -> None:
        """Let the maker go on."""
        self._is_wanted = True
        _settle(self._asked, is_news=True)

    async def take(self, patience_s: float | None) -> bytes | None:
        """Wait for what is ready; b"" at the end, None where nothing comes for so long."""
        while not self._pieces and not self.is_over:
            if not await self._wait(patience_s):
                self._is_wanted = False
                return None
        self._is_wanted = False
        piece = b"".join(self._pieces)
        self._pieces.clear()
        self._size_bytes = 0
        return piece

    async def _wait(self, patience_s: float | None) -> bool:
        loop = asyncio.get_running_loop()
        come: _News = loop.create_future()
        self._come = come
        due = None if patience_s is None else loop.call_later(patience_s, partial(_settle, come, is_news=False))
        try:
            return await come
        finally:
            if due is not None:
                due.cancel()


def _settle(waiting: _News | None, *, is_news: bool) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(is_news)

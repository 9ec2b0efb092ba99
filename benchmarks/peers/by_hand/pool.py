"""A pool of asyncpg connections with nothing around it: no checks, no resets, a semaphore and a list."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from common.environment import DATABASE, POOL, SOCKET, USER


class Pool:
    """Connections that are opened once and lent one at a time."""

    def __init__(self) -> None:
        self._free: list[asyncpg.Connection] = []
        self._turns = asyncio.Semaphore(POOL)

    async def open(self, prepare: Callable[[asyncpg.Connection], Awaitable[None]] | None = None) -> None:
        """Open every connection; `prepare` sees each once."""
        for _ in range(POOL):
            connection = await asyncpg.connect(host=SOCKET, user=USER, database=DATABASE)
            if prepare is not None:
                await prepare(connection)
            self._free.append(connection)

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[asyncpg.Connection]:
        """Lend a connection for the length of the block."""
        async with self._turns:
            connection = self._free.pop()
            try:
                yield connection
            finally:
                self._free.append(connection)

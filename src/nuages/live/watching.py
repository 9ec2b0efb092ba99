"""Send one client what it watches: the first page, what waits for it, and up to where that is all. Runs on a loop.

Every so often it is asked anew who watches and what they may see; whoever may see something else has to come again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, time
from typing import Any

from nuages.identify.principal import Principal
from nuages.live.bounds import live_max_s
from nuages.live.hub import Hub
from nuages.live.positions import Position
from nuages.live.subscription import Subscription
from nuages.live.wire import BEGIN_AGAIN, write_place
from nuages.streams.bounds import heartbeat_s
from nuages.streams.steps import threads_here

_SPREAD = 0.2  # of those who came at once, not all come again at once


@dataclass(frozen=True, slots=True)
class Watch:
    """One client's watch.

    Shapes: `first` is what is sent before anything, such as a page; all after `position` follows. `see` asks anew for
        the key of what the client may see.
    """

    hub: Hub
    subscription: Subscription
    position: Position
    first: bytes
    see: Callable[[], Hashable]

    async def send(self) -> AsyncIterator[bytes]:
        """Make what is sent, until the time is up, or something else is to be seen."""
        if self.first:
            yield self.first
        mine = self.subscription
        mine.begin()
        self.hub.join(mine, self.position)
        try:
            async for piece in self._follow(mine):
                yield piece
        finally:
            self.hub.leave(mine)

    async def _follow(self, mine: Subscription) -> AsyncIterator[bytes]:
        told, look_s = "", monotonic() + heartbeat_s()
        while (now_s := monotonic()) < mine.until_s:
            if now_s >= look_s:
                if not await self._sees_the_same():
                    return
                look_s = monotonic() + heartbeat_s()
                place = mine.reached()
                if place and place != told:
                    told = place
                    yield write_place(place)
            taken = await mine.take(min(look_s, mine.until_s) - now_s)
            if taken is None:
                if mine.begins_again:
                    yield BEGIN_AGAIN
                return
            if taken:
                yield taken

    async def _sees_the_same(self) -> bool:
        """Ask in a thread of the server's, as a request would be."""
        loop = asyncio.get_running_loop()
        with suppress(Exception):  # who may not watch any more, or cannot be asked, is told when they come again
            return await loop.run_in_executor(threads_here(), self.see) == self.subscription.interest.key
        return False


def until_s(principal: Principal) -> float:
    """Until when somebody may watch: for so long at most, and not longer than a token holds.

    Units: seconds of the monotonic clock.
    """
    longest_s = live_max_s() * random.uniform(1 - _SPREAD, 1)
    ends_s: Any = principal.claims.get("exp")
    if isinstance(ends_s, int | float):
        longest_s = min(longest_s, ends_s - time())
    return monotonic() + longest_s

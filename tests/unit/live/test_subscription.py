"""What waits for a client, and up to where it has had all."""

import asyncio
from typing import Any

from nuages.live.subscription import Subscription


async def _taken(mine: Subscription) -> bytes | None:
    mine.begin()
    return await mine.take(0.0)


def test_a_client_that_falls_behind_is_told_no_place() -> None:
    """What is left out has no place: one of before, told behind the events that came after it, would repeat those."""
    interest: Any = None
    mine = Subscription(interest, most=2, until_s=float("inf"))
    mine.put([b"1"], "one")
    assert mine.reached() == ""
    assert asyncio.run(_taken(mine)) == b"1"
    assert mine.reached() == "one"
    mine.put([b"2", b"3", b"4"], "four")
    assert asyncio.run(_taken(mine)) == b"23"
    assert (mine.reached(), mine.is_open) == ("", False)

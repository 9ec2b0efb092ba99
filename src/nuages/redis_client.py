"""Where Redis or Valkey is, and how it is asked: in time or not at all. What is kept there is others' to say."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings

TIMEOUT_S = 0.045  # with the little that is left to do, whoever asks knows in 50 ms
PAUSE_S = 1.0
"""How long a server that has failed is not asked again."""
_AT_ONCE_S = 0.005

Answer = TypeVar("Answer")


class Unanswered(Exception):
    """The server could not be asked."""


def redis_url() -> str:
    """Where Redis is: the setting NUAGES_REDIS_URL; empty where there is none."""
    return str(getattr(settings, "NUAGES_REDIS_URL", "") or "")


def make_client(url: str, greet: Callable[[Any], None] | None = None) -> Any:
    """Make a client that answers or fails within TIMEOUT_S and never tries again by itself.

    Shapes: `url` is "redis://host:6379/0", "rediss://..." or "unix:///path"; `greet` prepares each new connection.
    Raises: ImportError without the extra `redis`; ValueError for what is no such address.
    """
    from redis import Redis  # noqa: PLC0415  # an extra
    from redis.backoff import NoBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    return Redis.from_url(
        url,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        retry_on_timeout=False,
        redis_connect_func=greet,
    )


class Patience:
    """Asks one server, and leaves one that has failed alone for a while; `failed` counts how often it did."""

    def __init__(self) -> None:
        from redis.exceptions import RedisError  # noqa: PLC0415  # an extra

        self.failed = 0
        self._failures = (Unanswered, RedisError, OSError)
        self._ask_again_s = 0.0

    def ask(self, question: Callable[[], Answer], *, is_due: bool = False) -> Answer:
        """Put a question; once more where it failed at once, as on a connection that was kept over a restart.

        Raises: Unanswered, at once for PAUSE_S after a failure unless it `is_due`.
        """
        if not is_due and time.monotonic() < self._ask_again_s:
            raise Unanswered("It has just failed.")
        started_s = time.monotonic()
        try:
            try:
                return question()
            except self._failures:
                if time.monotonic() > started_s + _AT_ONCE_S:
                    raise
                return question()
        except self._failures as error:
            self._ask_again_s = time.monotonic() + PAUSE_S
            self.failed += 1
            raise Unanswered(f"{type(error).__name__}: {error}") from error

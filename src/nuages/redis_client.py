"""Where Redis or Valkey is, and one client a process for each use of it. What is kept there is others' to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings

TIMEOUT_S = 0.045  # with the little that is left to do, whoever asks knows in 50 ms
PAUSE_S = 1.0
"""How long a server that has failed is not asked again."""


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

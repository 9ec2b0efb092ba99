"""Remember in Redis how far the database had written when somebody's change was answered, for all instances.

Who that is comes as keys, of which nothing can be read.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from redis.exceptions import RedisError

from nuages.redis_client import make_client

LIFETIME_S = 3600
"""How long a mark is kept, and so the most that a replica may be behind for it to hold."""
CAUTION_S = 60.0
"""How long after a failure of Redis nothing is read from replicas: somebody's mark may not have been kept."""

_PREFIX = b"nuages:written:"
# The greatest stays, of two changes that are answered at once.
_SCRIPT = """
for _, key in ipairs(KEYS) do
  local kept = tonumber(redis.call('GET', key) or '0')
  if tonumber(ARGV[1]) > kept then
    redis.call('SET', key, ARGV[1], 'EX', ARGV[2])
  else
    redis.call('EXPIRE', key, ARGV[2])
  end
end
"""


class Marks:
    """The marks of all instances; `url` is "redis://host:6379/0", "rediss://..." or "unix:///path".

    Raises: ValueError for what is no such address.
    """

    def __init__(self, url: str) -> None:
        self._client = make_client(url)
        self._script = self._client.register_script(_SCRIPT)
        self._careful_until_s = 0.0

    def find(self, keys: Sequence[bytes]) -> int | None:
        """How far a replica must have come for whoever has these keys: 0 for anything; None where nobody can tell."""
        if time.monotonic() < self._careful_until_s:
            return None
        try:
            found = self._client.mget([_PREFIX + key for key in keys])
        except (RedisError, OSError):
            self._take_care()
            return None
        return max(int(mark or 0) for mark in found)

    def keep(self, keys: Sequence[bytes], position: int) -> None:
        """Remember a position; where that fails, this process reads from no replica for CAUTION_S."""
        try:
            self._script(keys=[_PREFIX + key for key in keys], args=[position, LIFETIME_S])
        except (RedisError, OSError):
            self._take_care()

    def lose(self) -> None:
        """Take care as after a failure: there is a change whose position nobody could tell."""
        self._take_care()

    def _take_care(self) -> None:
        self._careful_until_s = time.monotonic() + CAUTION_S

"""Keep counts in Redis or Valkey, for all instances: one script, one round trip, by the server's clock.

A store that does not answer in time is asked again only after a pause; what holds meanwhile is the caller's business.
Only a project with the extra `redis` can import this.
Source: redis.io/docs/latest/develop/programmability/eval-intro; the window is that of `charges`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nuages.limit.charges import COUNTS, PARTS, Charge, Left, StoreFailed
from nuages.redis_client import Patience, Unanswered, make_client

_PREFIX = b"nuages:limit:"
_SCRIPT = f"""
local parts, counts = {PARTS}, {COUNTS}
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local found, passes = {{}}, true
for i, key in ipairs(KEYS) do
  local quota, window, cost = tonumber(ARGV[i*3-2]), tonumber(ARGV[i*3-1]), tonumber(ARGV[i*3])
  local length = window / parts
  local part = math.floor(now / length)
  local by_part, sum, old = {{}}, 0, {{}}
  local stored = redis.call('HGETALL', key)
  for j = 1, #stored, 2 do
    local n = tonumber(stored[j])
    if n < part - parts or n > part then
      old[#old + 1] = stored[j]
    else
      by_part[n] = tonumber(stored[j + 1])
      sum = sum + by_part[n]
    end
  end
  local remaining, free, wait, reset = quota - sum, 0, 0, window
  local lacking = cost - remaining
  if lacking > 0 then wait = window end
  for n = part - parts, part do
    if by_part[n] then
      local leaves = (n + counts) * length - now
      if leaves < reset then reset = leaves end
      free = free + by_part[n]
      if lacking > 0 and free >= lacking then
        wait = leaves
        break
      end
    end
  end
  if wait > 0 then passes = false end
  found[i] = {{part, math.max(remaining, 0), reset, wait, old, cost, window}}
end
local answer = {{}}
for i, key in ipairs(KEYS) do
  local part, remaining, reset, wait, old, cost, window = unpack(found[i])
  if passes then
    if #old > 0 then redis.call('HDEL', key, unpack(old)) end
    redis.call('HINCRBY', key, string.format('%d', part), cost)
    redis.call('PEXPIRE', key, math.ceil(window * counts / parts * 1000))
    remaining = remaining - cost
  end
  answer[#answer + 1] = remaining
  answer[#answer + 1] = tostring(reset)
  answer[#answer + 1] = tostring(wait)
end
return answer
"""


class RedisStore:
    """The counts of all instances.

    Shapes: `url` is "redis://host:6379/0", "rediss://..." or "unix:///path".
    Raises: ValueError for what is no such address.
    """

    def __init__(self, url: str) -> None:
        self._client: Any = make_client(url)
        self._script = self._client.register_script(_SCRIPT)
        self._patience = Patience()

    def take(self, charges: Sequence[Charge]) -> list[Left]:
        """Take every charge, or none where one does not pass.

        Raises: StoreFailed at once for PAUSE_S after a failure, else in TIMEOUT_S.
        """
        keys = [_PREFIX + charge.key.hex().encode() for charge in charges]
        numbers = [number for charge in charges for number in (charge.quota, charge.window_s, charge.cost)]
        try:
            answer: list[Any] = self._patience.ask(lambda: self._script(keys=keys, args=numbers))
        except Unanswered as error:
            raise StoreFailed(str(error)) from error
        return [_read(answer[start : start + 3]) for start in range(0, len(answer), 3)]


def _read(found: Sequence[Any]) -> Left:
    remaining, reset, wait = found
    return Left(int(remaining), float(reset), float(wait))

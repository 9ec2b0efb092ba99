"""Share answers between instances: find one of the same versions, or compute it once for all of them.

What is found is used only in the form written here; anything else that stands in its place is as good as nothing.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from nuages.cache.entries import Answer
from nuages.cache.server import Server
from nuages.cache.versions import Version
from nuages.redis_client import Unanswered

_FORM = 1
_POLL_S = 0.01
_LEAD_MS = 2_000  # who computes and has not come back by then is taken for dead
_FIND = f"""
local kept = redis.call('GET', KEYS[1])
if kept then return {{kept, redis.call('PTTL', KEYS[1])}} end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', {_LEAD_MS}) then return 1 end
return 0
"""
_KEEP = """
if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1
"""


class _Shared(msgspec.Struct, frozen=True, array_like=True):
    form: int
    answer: Answer


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Shared)


class SharedAnswers:
    """The answers of all instances."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._find_script = server.client.register_script(_FIND)
        self._keep_script = server.client.register_script(_KEEP)

    def obtain(
        self, digest: str, versions: Version, lifetime_s: float, patience_s: float, compute: Callable[[], Answer]
    ) -> tuple[Answer, float, bool]:
        """Find an answer of these versions, or compute it; the seconds that are left to it; and whether it was found.

        Raises: whatever `compute` raises.
        """
        token, name = secrets.token_hex(8), _name(digest, versions)
        found = self._wait(name, token, patience_s)
        if found is not None:
            return *found, True
        packed = b""
        try:
            answer = compute()
            packed = _encoder.encode(_Shared(_FORM, answer))
            return answer, lifetime_s, False
        finally:
            self._keep(name, token, packed, lifetime_s)

    def _wait(self, name: str, token: str, patience_s: float) -> tuple[Answer, float] | None:
        """What is kept, after waiting for who computes it; None for the one who is to compute it now."""
        until_s = time.monotonic() + patience_s
        while time.monotonic() < until_s:
            try:
                found = self._find(name, token)
            except Unanswered:
                return None
            if isinstance(found, list):
                answer = _read(found[0])
                return None if answer is None else (answer, max(int(found[1]), 0) / 1000)
            if found:
                return None
            time.sleep(_POLL_S)
        return None

    def _find(self, name: str, token: str) -> list[Any] | int:
        """What is kept and for how many milliseconds more; else 1 for the one who is to compute it.

        Raises: Unanswered.
        """
        found: list[Any] | int = self._server.ask(
            lambda prefix: self._find_script(keys=[f"{prefix}e:{name}", f"{prefix}l:{name}"], args=[token])
        )
        return found

    def _keep(self, name: str, token: str, packed: bytes, lifetime_s: float) -> None:
        """Keep an answer (empty: none), and let others compute it again; a server that is away keeps none."""
        arguments = [token, packed, max(int(lifetime_s * 1000), 1)]
        with suppress(Unanswered):
            self._server.ask(
                lambda prefix: self._keep_script(keys=[f"{prefix}e:{name}", f"{prefix}l:{name}"], args=arguments)
            )


def _name(digest: str, versions: Version) -> str:
    """What an answer is found by: where a version is another, so is the name."""
    return hashlib.blake2b(digest.encode() + b"".join(versions), digest_size=16).hexdigest()


def _read(packed: bytes) -> Answer | None:
    try:
        shared = _decoder.decode(packed)
    except (msgspec.DecodeError, ValueError):
        return None
    return shared.answer if shared.form == _FORM else None

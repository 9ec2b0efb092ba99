"""One issuer of tokens as Bearer asks it: what it demands, which keys it has, who is behind its tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nuages.identify.compact import Parts
from nuages.identify.demands import Demands, Refused
from nuages.identify.keys import Key

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """An issuer of tokens.

    Shapes: `find_key` gives the key of a `kid`, None where there is none; `algorithms` are those that its keys may
        have; `find_user` gives who is behind the claims of a token, None where nobody may be let in by it; `is_own`
        marks this project.
    """

    demands: Demands
    find_key: Callable[[str], Key | None]
    find_user: Callable[[Claims], Any]
    algorithms: tuple[str, ...]
    is_own: bool = False

    def check(self, parts: Parts, now_s: float) -> Key:
        """Check the signature, then the claims; gives the key that the token was signed with.

        Raises: Refused, Expired; Unavailable where the keys cannot be had.
        """
        kid, algorithm = parts.header.get("kid"), parts.header.get("alg")
        key = self.find_key(kid) if isinstance(kid, str) else None
        if key is None or key.algorithm != algorithm or algorithm not in self.algorithms:
            raise Refused
        if not key.is_signature(parts.signature, parts.signed):
            raise Refused
        self.demands.check(parts.header, parts.claims, now_s)
        return key

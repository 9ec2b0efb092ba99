"""A rule for what is sensitive: whether somebody proved who they are a short while ago. How one proves it again, and
what a refusal asks for, is not known here.

Source: RFC 9470; OpenID Connect Core 1.0 section 2.
"""

from __future__ import annotations

import re
import time

from nuages.identify.demands import CLOCK_S
from nuages.identify.principal import Principal, is_supposed
from nuages.permit.rules import Rule, Use, Verdict

_LENGTH = re.compile(r"([1-9][0-9]{0,6})(s|min|h)", re.ASCII)
_UNIT_S = {"s": 1, "min": 60, "h": 3600}


def verified(*, within: str) -> Rule:
    """Whether the user proved who they are (by password, second factor, passkey, or at another provider) within a time.

    Shapes: `verified(within="15min")`, `"30s"`, `"1h"`. The clock is looked at with each request. A refresh proves
        nothing; an API key, and a program in nobody's name, never has.
    """
    age_s = length_s(within)
    if age_s is None:
        return Rule(lambda _principal: False, name=f"verified(within={within!r})", uses=(("length", repr(within)),))
    use: Use = ("verified", str(age_s))

    def is_recent(principal: Principal) -> Verdict:
        return principal.is_authenticated and (is_supposed(principal, use) or _is_within(principal, age_s))

    return Rule(is_recent, name=f"verified(within={within!r})", uses=(use,))


def length_s(text: object) -> int | None:
    """Read a length of time, such as "15min", in seconds; None for what is none."""
    found = _LENGTH.fullmatch(text) if isinstance(text, str) else None
    return int(found[1]) * _UNIT_S[found[2]] if found else None


def _is_within(principal: Principal, age_s: int) -> bool:
    """What lies ahead by more than clocks may differ is no proof."""
    proof = principal.proof
    return proof is not None and -CLOCK_S <= time.time() - proof.at_s <= age_s

"""What a name in a declaration may be: those of the rules, and what can stand in a URL."""

from __future__ import annotations

import re

RULE_NAMES = ("read", "create", "update", "delete", "write")
SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.~-]*")
"""One segment of a path, which no server and no client spells in another way."""

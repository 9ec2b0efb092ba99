"""Turn the parameters of a path into values; what cannot be one leads to nothing, as a member's key does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from nuages.errors import Fault
from nuages.parse.quoting import short
from nuages.parse.simple import parted, simple_of


@dataclass(frozen=True, slots=True)
class PathArgument:
    """One parameter; `read` raises ValueError with a sentence, `annotation` is what the author says of it."""

    name: str
    read: Callable[[str], Any]
    annotation: Any = None

    def fault(self, text: str, error: ValueError) -> Fault:
        """Say what is wrong with a text."""
        return Fault(f"{{{self.name}}}", "invalid-value", f"{self.name}: {short(text)} {error}.")


def path_argument(name: str, annotation: Any) -> PathArgument | None:
    """Read what an annotation says; None where no path can give such a value."""
    simple = simple_of(annotation)
    if simple is None or simple.gather is not None:
        return None
    is_spelled_once = parted(annotation)[0] in (int, UUID)
    return PathArgument(name, _as_spelled(simple.read) if is_spelled_once else simple.read, annotation)


def _as_spelled(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def read_strictly(text: str) -> Any:
        value = read(text)
        if str(value) != text:
            raise ValueError("is not spelled as this server spells it")  # one thing, one URL: not /007 and /+7
        return value

    return read_strictly

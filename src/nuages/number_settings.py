"""Read the settings that are numbers above 0, and say which of them are not. What a number is for, its room knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from nuages.errors import Misdeclared


@dataclass(frozen=True, slots=True)
class NumberSetting:
    """A setting that is a number above 0.

    Shapes: `of` says in what it counts ("seconds"); `is_whole` where there is nothing between 1 and 2.
    """

    name: str
    default: float
    of: str
    is_whole: bool = False

    @property
    def given(self) -> Any:
        """What the project says, or the default."""
        return getattr(settings, self.name, self.default)

    @property
    def value(self) -> float:
        """The number."""
        return float(self.given)

    @property
    def count(self) -> int:
        """The whole number."""
        return int(self.given)

    def is_right(self) -> bool:
        """Whether it is a number that can be kept to."""
        given, kinds = self.given, int if self.is_whole else int | float
        return isinstance(given, kinds) and not isinstance(given, bool) and 0 < given < float("inf")


def number_mistakes(code: str, numbers: Iterable[NumberSetting]) -> Iterator[Misdeclared]:
    """What is wrong in settings, under the id of a check."""
    for each in numbers:
        if not each.is_right():
            hint = f"Leave it out for {each.default:,}."
            yield Misdeclared(
                code, f"settings.{each.name}", f"is no number of {each.of} above 0: {each.given!r}.", hint
            )

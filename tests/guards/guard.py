"""What a guard is: places in the source, and the tests that see whether it is there. No guard is named here."""

from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"


@dataclass(frozen=True, slots=True)
class Cut:
    """One place of a guard.

    Shapes: `module` is its dotted name; `there` stands in its source once, and is replaced by `without`.
    """

    module: str
    there: str
    without: str

    @property
    def path(self) -> Path:
        """The file of the module."""
        return SOURCE / (self.module.replace(".", "/") + ".py")

    def apply(self, source: str) -> str:
        """Give the source without the guard.

        Raises: ValueError where it has changed, so that the table must.
        """
        if source.count(self.there) != 1:
            raise ValueError(f"{self.module} has {self.there!r} {source.count(self.there)} times, not once.")
        return source.replace(self.there, self.without)


@dataclass(frozen=True, slots=True)
class Guard:
    """A guard: its name, with the threats that it stands against; where it is; and tests of which each must fail.

    Shapes: `tests` are pytest's node ids below tests/, of a function or of one of its cases.
    """

    name: str
    cuts: tuple[Cut, ...]
    tests: tuple[str, ...]

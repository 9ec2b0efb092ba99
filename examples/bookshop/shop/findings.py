"""Turn what a file's reader stumbled over into a short report: per reason a count and the first few examples."""

from collections.abc import Iterator
from dataclasses import dataclass, field

_EXAMPLES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One value or row that was not taken as it stands."""

    line: int
    value: str


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings by reason, in the order in which the reasons first came up."""

    by_reason: dict[str, list[Finding]] = field(default_factory=dict)

    def note(self, reason: str, line: int, value: str) -> None:
        """Remember one value; the reason is a sentence of its own and the key under which it is counted."""
        self.by_reason.setdefault(reason, []).append(Finding(line, value))

    def count(self, reason: str) -> int:
        """Say how often this reason came up."""
        return len(self.by_reason.get(reason, []))

    def lines(self) -> Iterator[str]:
        """Give one line a reason, as in "no title: 2 (e.g. line 7: '', line 9: ' ')"."""
        for reason, findings in self.by_reason.items():
            examples = ", ".join(f"line {one.line}: {one.value[:60]!r}" for one in findings[:_EXAMPLES_SHOWN])
            yield f"{reason}: {len(findings):,} (e.g. {examples})"

"""Compare what was measured with the baseline: what grew, what shrank, what cannot be compared. Data in, data out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Measured = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """A kind of figure: what of it is noise, and which conditions must be the same for it to mean the same.

    Units: tolerances are parts of the baseline. `across_builds` is that between two builds of one Python, whose
        figures are put in proportion to their reference; None where the build does not matter.
    """

    tolerance: float
    needs: tuple[str, ...] = ()
    across_builds: float | None = None


# How far a figure moves by itself stands in CONTRIBUTING.md.
_OWN = ("architecture", "python", "django")
FIGURES: Mapping[str, Figure] = {
    "SQLite: statements": Figure(0),
    "SQLite: own instructions": Figure(0.02, (*_OWN, "sqlite library"), across_builds=0.1),
    "SQLite: its instructions": Figure(0.02, ("architecture", "sqlite library", "sqlite build")),
    "SQLite: steps": Figure(0.01, ("sqlite",)),
    "PostgreSQL: statements": Figure(0),
    "PostgreSQL: own instructions": Figure(0.02, _OWN, across_builds=0.1),
    "PostgreSQL: blocks": Figure(0.02, ("postgresql",)),
    "PostgreSQL: rows": Figure(0.02, ("postgresql",)),
}
_REFERENCE = "reference instructions"
_SAME = 0.04  # where things lie in memory moves the reference by 0.015, another build of Python by 0.08 and more
_CALLS_NEED = ("python", "django")
_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one request; `before` or `now` is None where the baseline, or this run, has no such figure."""

    request: str
    figure: str
    before: float | None
    now: float | None
    tolerance: float

    @property
    def change(self) -> float:
        """The change, as a part of the baseline."""
        if self.before == self.now:
            return 0.0
        return self.now / self.before - 1 if self.before and self.now is not None else float("inf")

    @property
    def grew(self) -> bool:
        """Whether it grew beyond what is noise, or cannot be told to be as it was."""
        return self.change > self.tolerance

    @property
    def shrank(self) -> bool:
        """Whether it shrank beyond what is noise."""
        return self.change < -self.tolerance


@dataclass(frozen=True, slots=True)
class Skipped:
    """A kind of figure that cannot be compared, since a condition is another one."""

    figure: str
    condition: str
    before: Any
    now: Any


def find_skipped(baseline: Measured, measured: Measured) -> list[Skipped]:
    """Tell which figures mean something else than in the baseline, and why."""
    before, now = baseline["conditions"], measured["conditions"]
    return [
        Skipped(name, need, before.get(need), now.get(need))
        for name, figure in FIGURES.items()
        for need in figure.needs
        if before.get(need) != now.get(need)
    ]


def is_other_build(baseline: Measured, measured: Measured) -> bool:
    """Tell whether instructions were counted with two builds of Python, be it that only the reference shows it."""
    before, now = baseline["conditions"], measured["conditions"]
    return bool(before["python build"] != now["python build"]) or abs(now[_REFERENCE] / before[_REFERENCE] - 1) > _SAME


def compare(baseline: Measured, measured: Measured) -> list[Row]:
    """Compare every figure that can be compared, request by request."""
    skipped = {one.figure for one in find_skipped(baseline, measured)}
    figures = {name: figure for name, figure in FIGURES.items() if name not in skipped}
    scale = None
    if is_other_build(baseline, measured):
        scale = baseline["conditions"][_REFERENCE] / measured["conditions"][_REFERENCE]
    before, now = baseline["figures"], measured["figures"]
    return [
        _row(request, name, (before.get(request, {}).get(name), now.get(request, {}).get(name)), scale)
        for request in dict.fromkeys((*now, *before))
        for name in figures
    ]


def _row(request: str, name: str, numbers: tuple[float | None, float | None], scale: float | None) -> Row:
    figure, (before, now) = FIGURES[name], numbers
    if scale is None or figure.across_builds is None:
        return Row(request, name, before, now, figure.tolerance)
    return Row(request, name, before, None if now is None else now * scale, figure.across_builds)


def name_growth(request: str, baseline: Measured, measured: Measured) -> list[str]:
    """Name the functions that a request calls more often than before: ours first, the greatest difference first.

    Shapes: `["nuages.parse.pairs.read_pairs: 2 calls, 1 before", ...]`, calls on both databases together.
    """
    if any(baseline["conditions"].get(need) != measured["conditions"].get(need) for need in _CALLS_NEED):
        return []
    before, now = baseline["calls"].get(request, {}), measured["calls"].get(request, {})
    more = {name: calls - before.get(name, 0) for name, calls in now.items() if calls > before.get(name, 0)}
    first = sorted(more, key=lambda name: (not name.startswith("nuages."), -more[name], name))[:_MOST_NAMED]
    return [f"{name}: {now[name]:g} calls, {before.get(name, 0):g} before" for name in first]

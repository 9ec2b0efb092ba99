"""Turn a path into what answers it: fixed segments first, then one parameter a segment. Knows no resource."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

Target = TypeVar("Target")


@dataclass(slots=True)
class _Node(Generic[Target]):
    targets: dict[str, Target] = field(default_factory=dict)
    fixed: dict[str, _Node[Target]] = field(default_factory=dict)
    parameter: _Node[Target] | None = None
    pattern: str = ""


@dataclass(slots=True)  # not frozen: one is made per request, and freezing triples its cost
class Match(Generic[Target]):
    """What a path leads to: the target of each method, the values of the path's parameters, the pattern."""

    targets: dict[str, Target]
    arguments: tuple[str, ...]
    pattern: str = ""


class Router(Generic[Target]):
    """A table of paths, filled at start-up and then only read.

    Shapes: `add("GET", "/books/{id}", target)`; `match("/books/7")` has `targets["GET"]` and `arguments == ("7",)`.
    """

    def __init__(self) -> None:
        self._root: _Node[Target] = _Node()
        self._static: dict[str, Match[Target]] = {}
        self._entries: list[tuple[str, str, Target]] = []

    def add(self, method: str, pattern: str, target: Target) -> None:
        """Enter one target. A segment in braces is a parameter."""
        node = self._root
        for segment in _segments(pattern):
            node = self._enter(node, segment)
        node.targets[method], node.pattern = target, pattern
        self._entries.append((method, pattern, target))
        if "{" not in pattern:
            self._static[pattern] = Match(node.targets, (), pattern)

    @property
    def target_count(self) -> int:
        """How many targets were added."""
        return len(self._entries)

    @property
    def entries(self) -> tuple[tuple[str, str, Target], ...]:
        """Every target with its method and pattern, in the order in which they were added."""
        return tuple(self._entries)

    def match(self, path: str) -> Match[Target] | None:
        """Find what a path leads to; None when it leads nowhere."""
        found = self._static.get(path)
        if found is not None or not path.startswith("/"):
            return found
        arguments: list[str] = []
        node = self._root
        for segment in _segments(path):
            below = self._step(node, segment, arguments)
            if below is None:
                return None
            node = below
        return Match(node.targets, tuple(arguments), node.pattern) if node.targets else None

    @staticmethod
    def _enter(node: _Node[Target], segment: str) -> _Node[Target]:
        if not segment.startswith("{"):
            return node.fixed.setdefault(segment, _Node())
        if node.parameter is None:
            node.parameter = _Node()
        return node.parameter

    @staticmethod
    def _step(node: _Node[Target], segment: str, arguments: list[str]) -> _Node[Target] | None:
        below = node.fixed.get(segment)
        if below is None and segment and node.parameter is not None:
            arguments.append(segment)
            return node.parameter
        return below


def _segments(path: str) -> list[str]:
    return path[1:].split("/")

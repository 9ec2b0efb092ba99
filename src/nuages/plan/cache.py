"""Keep plans by shape, boundedly. Values never enter; what has no shape is not kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

Compiled = TypeVar("Compiled")
MAX_PLANS = 2_000  # a plan is a few kilobytes of text: some megabytes at most


class PlanCache:
    """Plans by shape; the oldest goes when it is full."""

    def __init__(self, size: int = MAX_PLANS) -> None:
        self._plans: dict[Hashable, Any] = {}
        self._size = size
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._plans)

    def get(self, shape: Hashable | None, compile_plan: Callable[[], Compiled]) -> Compiled:
        """Find the plan of a shape, or compile and keep it; without a shape it is compiled and not kept."""
        if shape is None:
            return compile_plan()
        found = self._plans.get(shape)
        return cast("Compiled", found) if found is not None else self._keep(shape, compile_plan())

    def _keep(self, shape: Hashable, plan: Compiled) -> Compiled:
        with self._lock:
            while len(self._plans) >= self._size:
                del self._plans[next(iter(self._plans))]
            return cast("Compiled", self._plans.setdefault(shape, plan))

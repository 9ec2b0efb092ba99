"""A plugin of pytest that takes one guard away: `NUAGES_GUARD_OFF=name pytest -p tests.guards.switch`.

It must be loaded before anything of Nuages is.
"""

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

from tests.guards.guard import Cut
from tests.guards.table import GUARDS


class _WithoutIt(SourceFileLoader):
    """Loads a module without some of its source, and keeps nothing of that on disk."""

    cuts: tuple[Cut, ...] = ()

    def get_code(self, fullname: str) -> CodeType:
        """Compile what is left."""
        source = self.get_data(self.path).decode()
        for cut in self.cuts:
            source = cut.apply(source)
        return compile(source, self.path, "exec")


class _Finder(MetaPathFinder):
    def __init__(self, cuts: Sequence[Cut]) -> None:
        self._cuts = cuts

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the modules that are cut."""
        cuts = tuple([cut for cut in self._cuts if cut.module == fullname])
        spec = PathFinder.find_spec(fullname, path, target) if cuts else None
        if spec is None or spec.origin is None:
            return None
        loader = _WithoutIt(fullname, spec.origin)
        loader.cuts = cuts
        spec.loader = loader
        return spec


def take_away(name: str) -> None:
    """Take a guard away from every module that is imported from now on.

    Raises: RuntimeError where one of them has been imported.
    """
    [guard] = [each for each in GUARDS if each.name == name]
    if known := [cut.module for cut in guard.cuts if cut.module in sys.modules]:
        raise RuntimeError(f"{', '.join(known)} came before the switch.")
    sys.meta_path.insert(0, _Finder(guard.cuts))


if chosen := os.environ.get("NUAGES_GUARD_OFF"):
    take_away(chosen)

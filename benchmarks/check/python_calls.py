"""Turn fixed requests into how often each Python function was called: the same each time, and so it names what grew."""

import cProfile
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

from benchmarks.check.asking import Environ, ask

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def count_calls(application: Any, environs: Sequence[Environ]) -> Mapping[str, int]:
    """Count calls by name.

    Shapes: `{"nuages.parse.pairs.read_pairs": 20, "<built-in method builtins.len>": 140}`.
    """
    profile = cProfile.Profile()
    profile.enable()
    ask(application, environs)
    profile.disable()
    calls: Counter[str] = Counter()
    for entry in profile.getstats():
        calls[_name(entry.code)] += entry.callcount
    return calls


def _name(code: CodeType | str) -> str:
    if isinstance(code, str):
        return _ADDRESS.sub("", code)
    return f"{_modules().get(code.co_filename, Path(code.co_filename).stem)}.{code.co_qualname}"


@cache
def _modules() -> Mapping[str, str]:
    """The modules by their files; all that answering needs are imported by the first call."""
    found = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    return {file: name for name, file in found.items() if file}

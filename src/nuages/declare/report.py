"""Collect what is wrong in declarations, each with its file, class and the nearest right name. Raises nothing."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable
from tokenize import TokenError
from typing import Any

from nuages.errors import Misdeclared, suggest


class Report:
    """The mistakes of one resource class.

    Shapes: `add("E002", "fields: ...", hint)`; `mistakes` lists what was added.
    """

    def __init__(self, declared: type[Any]) -> None:
        self._declared = declared
        self.mistakes: list[Misdeclared] = []

    def add(self, code: str, message: str, hint: str = "", place: str = "") -> None:
        """Note one mistake, of the class itself unless another place is named."""
        self.mistakes.append(Misdeclared(f"nuages.{code}", place or locate(self._declared), message, hint))

    def unknown(self, code: str, where: str, name: str, *, model: type[Any], choices: Iterable[str]) -> None:
        """Note a name that the model does not have."""
        self.add(code, f"{where}: {model._meta.label} has no field {name!r}.", suggest(name, choices))


def locate(declared: Any) -> str:
    """Say where a class or a function stands: `shop/api.py:12 Books`."""
    try:
        path = os.path.relpath(inspect.getsourcefile(declared) or "?")
        line = inspect.getsourcelines(declared)[1]
    except (OSError, TypeError, ValueError, SyntaxError, TokenError):
        return f"{getattr(declared, '__module__', '?')}.{getattr(declared, '__qualname__', repr(declared)[:80])}"
    return f"{path}:{line} {declared.__qualname__}"


def field_names(model: type[Any]) -> list[str]:
    """Names that a declaration may use for a model: fields, relations forwards and back."""
    fields = [field for field in model._meta.get_fields() if not getattr(field, "hidden", False)]
    accessors = [field.get_accessor_name() for field in fields if hasattr(field, "get_accessor_name")]
    return [field.name for field in fields] + [name for name in accessors if name]

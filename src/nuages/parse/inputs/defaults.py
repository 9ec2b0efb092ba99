"""Tell what is wrong with a parameter's default, before a request finds out."""

from __future__ import annotations

import inspect
from types import NoneType
from typing import Any, get_origin

from nuages.parse.inputs.markers import Marker
from nuages.parse.simple import alternatives

_SHARED = (list, dict, set, bytearray)


def default_mistake(parameter: inspect.Parameter, annotation: Any) -> tuple[str, str] | None:
    """What is wrong, as a sentence and a hint; None where nothing is."""
    name, default = parameter.name, parameter.default
    if default is parameter.empty:
        return None
    if isinstance(default, Marker) or (isinstance(default, type) and issubclass(default, Marker)):
        kind = default.__name__ if isinstance(default, type) else type(default).__name__
        said = f"Write {name}: Annotated[..., {kind}()], and a default behind it where it has one."
        return f"has {kind}() as the default of {name!r}, where a value belongs.", said
    if isinstance(default, _SHARED):
        hint = f"Write None or a tuple, and make a new {type(default).__name__} inside."
        return f"has a {type(default).__name__} as the default of {name!r}, which all calls would share.", hint
    if default is None and not _takes_none(annotation):
        shown = annotation.__name__ if isinstance(annotation, type) else str(annotation)
        return f"has None as the default of {name!r}, whose type has no None.", f"Write {name}: {shown} | None = None."
    return None


def _takes_none(annotation: Any) -> bool:
    if annotation in (Any, None, NoneType, object):
        return True
    if hasattr(annotation, "__metadata__"):
        return _takes_none(annotation.__origin__)
    if hasattr(annotation, "__supertype__"):
        return _takes_none(annotation.__supertype__)
    if type(annotation).__name__ == "TypeAliasType":
        return _takes_none(annotation.__value__)
    each = alternatives(annotation)
    return any(_takes_none(one) for one in each) if len(each) > 1 else get_origin(annotation) is NoneType

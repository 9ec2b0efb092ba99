"""Turn the project's URLconf into the cores mounted in it, each with the paths that are surely its own.

Order matters in a URLconf: what an earlier pattern may want is never taken from it. No request is answered here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.urls import URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern

from nuages.http.request import Request
from nuages.http.response import Response

Handle: TypeAlias = Callable[[Request], Response]

# The letters that a regular expression surely begins with; the last one is not sure if it may be left out or repeated.
_REGEX_LEAD = re.compile(r"\^((?:[A-Za-z0-9_/-](?![?*{]))*)")


@dataclass(frozen=True, slots=True)
class Mount:
    """A core and where it stands.

    Shapes: `start` is "/api/" ("/" at the root); `taken` are paths, and `leads` beginnings of paths, below it that
        belong to earlier patterns of the URLconf.
    """

    start: str
    handle: Handle
    taken: frozenset[str] = frozenset()
    leads: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """The mount as a request spells it: "/api", and "" at the root."""
        return self.start[:-1]

    def owns(self, path: str) -> bool:
        """Tell whether Django, too, would give this path to the core."""
        return path.startswith(self.start) and path not in self.taken and not path.startswith(self.leads)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A view of the URLconf: how its paths begin, whether that is all of them, and the core where it is one."""

    lead: str
    is_whole: bool
    handle: Handle | None


def find_mounts() -> tuple[Mount, ...]:
    """Find the cores that stand under a fixed prefix, longest prefix first; this imports the URLconf.

    A core is left to Django where its prefix varies (converters, regular expressions, i18n_patterns), or where a
    pattern before it may match the prefix itself.
    """
    leaves = tuple(_walk(get_resolver().url_patterns, "/", is_fixed=True))
    found = [_mount(leaf, leaves[:index]) for index, leaf in enumerate(leaves)]
    return tuple(sorted((mount for mount in found if mount), key=lambda mount: -len(mount.start)))


def _walk(patterns: Iterable[Any], before: str, *, is_fixed: bool) -> Iterator[_Leaf]:
    for pattern in patterns:
        text, is_whole = _read_lead(pattern.pattern) if is_fixed else ("", False)
        lead = before + text
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, lead, is_fixed=is_whole)
        else:
            yield _Leaf(lead, is_whole, _core_behind(pattern) if is_fixed else None)


def _core_behind(pattern: Any) -> Handle | None:
    """The core of a view that `API.urls` made: one that takes every path below its prefix."""
    handle: Handle | None = getattr(pattern.callback, "nuages_handle", None)
    return handle if isinstance(pattern.pattern, RegexPattern) else None


def _read_lead(pattern: Any) -> tuple[str, bool]:
    """Give the text that a pattern's paths begin with, and whether the text is all of it."""
    own = vars(pattern)  # neither kind offers publicly whether its text is translated, and so varies
    if isinstance(pattern, RoutePattern) and isinstance(route := own["_route"], str):
        return (route.split("<", 1)[0], False) if pattern.converters else (route, True)
    if isinstance(pattern, RegexPattern) and isinstance(regex := own["_regex"], str) and "|" not in regex:
        found = _REGEX_LEAD.match(regex)
        return (found[1] if found else ""), False
    return "", False


def _mount(leaf: _Leaf, earlier: Sequence[_Leaf]) -> Mount | None:
    if leaf.handle is None or not leaf.lead.endswith("/"):
        return None
    if any(not other.is_whole and leaf.lead.startswith(other.lead) for other in earlier):
        return None
    below = [other for other in earlier if other.lead.startswith(leaf.lead)]
    taken = frozenset(other.lead for other in below if other.is_whole)
    return Mount(leaf.lead, leaf.handle, taken, _shortest(other.lead for other in below if not other.is_whole))


def _shortest(leads: Iterable[str]) -> tuple[str, ...]:
    """Keep the leads that none of the others begins."""
    kept: list[str] = []
    for lead in sorted(set(leads)):
        if not kept or not lead.startswith(kept[-1]):
            kept.append(lead)
    return tuple(kept)

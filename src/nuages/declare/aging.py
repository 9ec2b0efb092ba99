"""Turn what an author says of an end (`deprecated`, `sunset`, `successor`) into headers, or into what is wrong in it.

Headers are made once, at start-up. What they stand on, an endpoint, a group or a resource, is not known here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nuages.http.conditional import http_date

Header = tuple[str, str]
# A URL with its scheme, or a path: RFC 3986 section 2, without what would end the header's <...>.
_REFERENCE = re.compile(r"(?:https?:/)?/[A-Za-z0-9%!$&'()*+,;=:@/?._~-]*")
_LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Aging:
    """What is said of the end of something, as its author declares it.

    Shapes: `deprecated` is True, a date or a moment, before which it is announced; `sunset` the day or the moment from
        which it may be gone; `successor` the path in this API, or the URL, of what is to be used instead.
    """

    deprecated: Any = None
    sunset: Any = None
    successor: Any = None

    def within(self, outer: Aging) -> Aging:
        """The same, with what is said around it where it says nothing itself."""
        return Aging(
            *(mine if mine is not None else theirs for mine, theirs in zip(self._said, outer._said, strict=True))
        )

    @property
    def _said(self) -> tuple[Any, Any, Any]:
        return self.deprecated, self.sunset, self.successor

    @property
    def headers(self) -> tuple[Header, ...]:
        """The headers of each answer; none where nothing is said.

        Shapes: the successor's reference begins with "/" where it is a path of this API, below its prefix.
        Source: RFC 9745 section 2.1 for Deprecation, a Date of RFC 9651, so that True is a moment long ago; RFC 8594
            for Sunset; RFC 5829 section 3.3 for the relation.
        """
        found: list[Header] = []
        if self.deprecated not in (None, False):
            since = _LONG_AGO if self.deprecated is True else moment_of(self.deprecated)
            found.append(("Deprecation", f"@{int(since.timestamp())}"))
        if self.sunset is not None:
            found.append(("Sunset", http_date(moment_of(self.sunset))))
        if self.successor is not None:
            found.append(("Link", f'<{self.successor}>; rel="successor-version"'))
        return tuple(found)


def moment_of(given: dt.date) -> dt.datetime:
    """The moment that a date begins, in UTC; a moment as it is."""
    return given if isinstance(given, dt.datetime) else dt.datetime(given.year, given.month, given.day, tzinfo=dt.UTC)


def below(prefix: str, headers: tuple[Header, ...]) -> list[Header]:
    """The same headers for an API that is mounted below a prefix."""
    return [(name, text.replace("</", f"<{prefix}/", 1)) for name, text in headers] if prefix else list(headers)


def aging_mistakes(aging: Aging) -> Iterator[tuple[str, str]]:
    """What is wrong in an Aging, each as (message, hint)."""
    wrong = False
    for name, given in (("deprecated", aging.deprecated), ("sunset", aging.sunset)):
        said = _wrong_moment(given, may_be_true=name == "deprecated")
        if said:
            wrong = True
            yield f"{name} {said[0]}", said[1]
    if aging.successor is not None and not _is_reference(aging.successor):
        hint = 'Write a path of this API, "/v2/books", or a URL with its scheme.'
        yield f"successor = {aging.successor!r} is no address.", hint
    is_dated = isinstance(aging.deprecated, dt.date) and aging.sunset is not None
    if not wrong and is_dated and moment_of(aging.sunset) < moment_of(aging.deprecated):
        hint = "What may be gone has been deprecated before, by RFC 9745 section 4."
        yield f"sunset = {aging.sunset} is before deprecated = {aging.deprecated}.", hint


def _wrong_moment(given: Any, *, may_be_true: bool) -> tuple[str, str] | None:
    if given is None or (may_be_true and isinstance(given, bool)):
        return None
    if not isinstance(given, dt.date):
        hint = "Write datetime.date(2027, 1, 1)" + (", or True." if may_be_true else ".")
        return f"= {given!r} is no date.", hint
    if isinstance(given, dt.datetime) and given.tzinfo is None:
        return f"= {given} has no time zone.", "Write datetime(2027, 1, 1, tzinfo=datetime.UTC), or a date."
    return None


def _is_reference(given: Any) -> bool:
    return isinstance(given, str) and bool(_REFERENCE.fullmatch(given)) and not given.startswith("//")

"""Spell the URLs of the pages beside a page: the same question, at another place. Knows no row."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote_plus

from nuages.parse.cursor import Cursor, write_cursor
from nuages.parse.window import Window
from nuages.respond.page import NO_LINKS, Links

# What may stand in a query (RFC 3986 section 3.4), and the percent sign of what is already encoded.
_QUERY_SAFE = "%!$&'()*+,;=:@/?-._~"
_SAFE_QUERY = re.compile(r"[A-Za-z0-9%!$&'()*+,;=:@/?._~-]*")
_PLACES = ("cursor", "offset", "page")
_SUSPECT = ("cursor", "offset", "page", "%", "&&")  # a name may be percent-encoded

PlaceOf = Callable[[int], tuple[Any, ...]]


class Linker:
    """Makes the links of one list's pages; `max_offset` is the furthest that they lead."""

    def __init__(self, *, cursor_key: bytes, max_offset: int) -> None:
        self._cursor_key = cursor_key
        self._max_offset = max_offset

    def links(self, url: str, query: str, window: Window, *, shown: int, has_more: bool, place: PlaceOf) -> Links:
        """Make the links of a page.

        Shapes: `url` is the list's, without a query; `shown` how many rows the page shows, `has_more` whether one
            more was found; `place(n)` the place of row n, in the order in which the rows were fetched.
        """
        if window.kind != "cursor":
            return self._numbered(url, query, window, has_more=has_more)
        if window.cursor is None and not has_more:
            return NO_LINKS
        return self._keyed(url, query, window, shown=shown, has_more=has_more, place=place)

    def _keyed(self, url: str, query: str, window: Window, *, shown: int, has_more: bool, place: PlaceOf) -> Links:
        """Behind the last row fetched there is more or not; before the first one is where the client came from."""

        base = _base(url, query)

        def link(row: int, *, is_backwards: bool) -> str:
            cursor = write_cursor(Cursor(place(row), is_backwards), scope=window.scope, key=self._cursor_key)
            return f"{base}cursor={cursor}"

        if not shown:
            back, ahead = self._way_back(url, query, window), None
        else:
            ahead = link(shown - 1, is_backwards=window.is_backwards) if has_more else None
            back = link(0, is_backwards=not window.is_backwards) if window.cursor is not None else None
        return Links(back, ahead) if window.is_backwards else Links(ahead, back)

    def _way_back(self, url: str, query: str, window: Window) -> str | None:
        """Lead back from an empty page, whose rows are gone, to where the client came from."""
        if window.cursor is None:
            return None
        back = Cursor(window.cursor.place, is_backwards=not window.is_backwards, is_inclusive=True)
        cursor = write_cursor(back, scope=window.scope, key=self._cursor_key)
        return f"{_base(url, query)}cursor={cursor}"

    def _numbered(self, url: str, query: str, window: Window, *, has_more: bool) -> Links:
        after, before = window.offset + window.limit, max(0, window.offset - window.limit)
        ahead = after if has_more and after <= self._max_offset else None
        back = before if window.offset else None

        base = _base(url, query)

        def link(offset: int | None) -> str | None:
            if offset is None:
                return None
            number = offset if window.kind == "offset" else offset // window.limit + 1
            return f"{base}{window.kind}={number}"

        return Links(link(ahead), link(back))


def _base(url: str, query: str) -> str:
    """The URL of the same question without its place, up to where a place is said: "/books?limit=5&"."""
    kept = query
    if any([word in query for word in _SUSPECT]):  # noqa: C419  # a list is faster than a generator here
        kept = "&".join([part for part in query.split("&") if part and not _is_place(part)])
    kept = kept.strip("&")
    if not _SAFE_QUERY.fullmatch(kept):
        kept = quote(kept.encode("latin-1", "replace"), safe=_QUERY_SAFE)  # a raw query is latin-1 (PEP 3333)
    return f"{url}?{kept}&" if kept else f"{url}?"


def _is_place(part: str) -> bool:
    return unquote_plus(part.partition("=")[0]) in _PLACES


def safe_path(path: str) -> str:
    """Spell a path as it stands in a URL (RFC 3986 section 3.3)."""
    return path if path.isascii() and " " not in path else quote(path, safe="/%!$&'()*+,;=:@-._~")

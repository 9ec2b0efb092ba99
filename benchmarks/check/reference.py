"""A fixed piece of plain Python, to which instruction counts are compared: another build of the interpreter needs more
or fewer for it, and for our own code in about the same measure. Any change here makes a new baseline necessary.

Its parts are weighed so that of two builds of 3.11 (Debian's with profile-guided optimisation, a plain one) the first
needs 0.92 of the second's instructions; for the fixed requests that was 0.89 to 0.98. Calls and look-ups alone: 0.84.
"""

import re
from functools import partial

_LOOKUP = re.compile(r"^(\w+?)(__\w+)?$")
_ROW = b'{"id":1,"title":"The Quiet Harbour","price":"12.50"}' * 6
_NAMES = ("id", "title", "isbn", "price", "published", "in_print", "author", "tags")
_QUERY = "price__gte=4.20&published__gte=1970-01-31&in_print=true&order=-published,id&limit=20"


class _Request:
    """Attributes, as a request has them."""

    __slots__ = ("headers", "path", "query")

    def __init__(self, path: str, query: str, headers: dict[str, str]) -> None:
        self.path = path
        self.query = query
        self.headers = headers

    def header(self, name: str, default: str = "") -> str:
        """Look one up."""
        return self.headers.get(name, default)


def work(rounds: int) -> int:
    """Do what handling requests is made of: calls, look-ups, splits and joins, tuples as keys, a failure now and then.

    Shapes: gives the length of all that was written, so that nothing of it is needless.
    """
    written = 0
    known: dict[tuple[str, ...], int] = {}
    for number in range(rounds):
        request = _Request(f"/books/{number}", _QUERY, {"host": "api.example.com", "accept": "application/json"})
        pairs = _read(request.query)
        shape = tuple([name for name, _ in pairs])
        known.setdefault(shape, number)
        written += len(_write(request, pairs)) + _number(request.header("x-number", request.path[7:]))
        written += _fail(number) + _fail(-number) + len(_join(number))
    return written + len(known)


def _read(query: str) -> list[tuple[str, str]]:
    pairs = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        pairs.append((_base(name), value))
    return pairs


def _write(request: _Request, pairs: list[tuple[str, str]]) -> bytes:
    names = {name: value for name, value in pairs if name in _NAMES}
    headers = [(name.title(), value) for name, value in request.headers.items()]
    lines = [f"{name}: {value}" for name, value in (*headers, *names.items())]
    return b"{" + b",".join(map(partial(bytes, encoding="utf-8"), lines)) + b"}"


def _base(name: str) -> str:
    found = _LOOKUP.match(name)
    return found[1] if found else ""


def _join(number: int) -> bytes:
    pages = [b",".join([_ROW] * 20) for _ in range(4)]
    return b"".join([b'{"items":[', b",".join(pages), b"],", b'"next":%d}' % number])


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _fail(number: int) -> int:
    try:
        try:
            raise KeyError(f"no {number}")
        except KeyError as error:
            raise ValueError(number) from error
    except ValueError:
        return 1

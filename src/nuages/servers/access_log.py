"""Turn a request that was answered into one line of JSON. What is not to be in a log is not read here.

No query unless told to, since queries carry what people look for; never a credential, a cookie or a body.
Source: RFC 3339 (time); CWE-117 (log injection).
"""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from nuages.http.address import address_of
from nuages.http.request import Request
from nuages.http.request_id import name_request
from nuages.logs import ACCESS, excuse

_LONGEST_PATH_CHARS = 1_024
_LONGEST_AGENT_CHARS = 200


class Entry(msgspec.Struct):
    """What is written of one request, in this order.

    Shapes: `user` is the key of whoever was found to ask; `address` is the client's, as far as proxies are trusted.
    Units: `time` is when it came; `duration_ms` until the answer was made, or sent where Django made it.
    """

    time: str
    method: str
    path: str
    route: str
    status: int
    duration_ms: float
    bytes: int
    request_id: str
    address: str
    user: int | str | None
    agent: str
    query: str | msgspec.UnsetType = msgspec.UNSET


class AccessLog:
    """Writes entries to the logger `nuages.access`: to its handlers, or to stdout where it has none of its own.

    Shapes: `proxies` as for `address_of`; a record of the logger has the line as its message, and the `entry`.
    """

    def __init__(self, *, proxies: int, has_query: bool) -> None:
        self._proxies, self._has_query = proxies, has_query
        self._logger = logging.getLogger(ACCESS)
        if not self._logger.handlers:
            handler = logging.StreamHandler(sys.stdout)
            handler.setFormatter(logging.Formatter("%(message)s"))
            self._logger.addHandler(handler)
            self._logger.propagate = False
        if self._logger.level == logging.NOTSET:
            self._logger.setLevel(logging.INFO)

    def write(self, request: Request, route: str, status: int, *, size_bytes: int, took_s: float) -> None:
        """Write the line of one request; whatever fails there fails nothing else."""
        try:
            entry = self._entry(request, route, status, size_bytes, took_s)
            record = logging.LogRecord(ACCESS, logging.INFO, "", 0, _line(entry), None, None)
            record.entry, record.request_id = entry, entry.request_id
            self._logger.handle(record)
        except Exception:  # noqa: BLE001  # of a handler of the project's, or its user model
            excuse("An access could not be logged.")

    def _entry(self, request: Request, route: str, status: int, size_bytes: int, took_s: float) -> Entry:
        return Entry(
            _spelled(time.time() - took_s),
            request.method[:20],
            (request.prefix + request.path)[:_LONGEST_PATH_CHARS],
            route,
            status,
            round(took_s * 1000, 3),
            size_bytes,
            name_request(request),
            _address(request, self._proxies),
            _key_of(request.asked_by),
            (request.header("user-agent") or "")[:_LONGEST_AGENT_CHARS],
            request.query[:_LONGEST_PATH_CHARS] if self._has_query else msgspec.UNSET,
        )


def _address(request: Request, proxies: int) -> str:
    return address_of(request, proxies=proxies) if proxies else _address_of_peer(request.peer)


@lru_cache(maxsize=1_024)  # reading one takes longer than all the rest of a line
def _address_of_peer(peer: str) -> str:
    return address_of(Request("", "", "", {}, peer=peer), proxies=0)


def _line(entry: Entry) -> str:
    """Spell an entry; where a character could steer a terminal or hide itself, all that is no ASCII is escaped."""
    try:
        line = msgspec.json.encode(entry).decode()
    except UnicodeEncodeError:  # half a surrogate pair
        line = ""
    if line and line.isprintable():
        return line
    told = msgspec.structs.asdict(entry)
    return json.dumps({name: value for name, value in told.items() if value is not msgspec.UNSET})


def _spelled(at_s: float) -> str:
    second, rest = divmod(int(at_s * 1000), 1000)
    return f"{_spelled_second(second)}.{rest:03}Z"


@lru_cache(maxsize=8)  # spelling the whole takes twice as long
def _spelled_second(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _key_of(asked_by: Any) -> int | str | None:
    user = None if asked_by is None else asked_by.user
    key = None if user is None else user.pk
    return key if key is None or isinstance(key, int) else str(key)

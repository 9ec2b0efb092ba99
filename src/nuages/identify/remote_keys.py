"""Fetch the keys that another issuer publishes, seldom and within bounds; where that fails, go on with the last ones.

One address, which the project names: no redirect is followed, and no address that a token names is ever asked.
Source: RFC 8725 section 3.10; OpenID Connect Core section 10.1.1.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic
from urllib.parse import urlsplit

from nuages.errors import Unavailable
from nuages.identify.compact import Malformed, read_object
from nuages.identify.keys import BadKey, Key, read_set

COOL_DOWN_S = 30.0  # between two fetches, whatever tokens come
DEADLINE_S = 2.0
MAX_AGE_S = 600.0  # then the keys are fetched anew, so that one that was withdrawn is let go
MAX_BYTES = 512 << 10
_OK = 200


class RemoteKeys:
    """The keys that are published at one URL. Safe for threads: one fetches, and the others wait for it at most 2 s."""

    def __init__(self, url: str, *, cool_down_s: float = COOL_DOWN_S, max_age_s: float = MAX_AGE_S) -> None:
        self._url = url
        self._cool_down_s, self._max_age_s = cool_down_s, max_age_s
        self._keys: Mapping[str, Key] = {}
        self._old_s = self._next_s = 0.0
        self._is_away = True
        self._under_way: threading.Event | None = None
        self._lock = threading.Lock()

    def find(self, kid: str) -> Key | None:
        """Give the key of a `kid`; None where the issuer has no such key.

        Raises: Unavailable where the key is not known and the issuer cannot be asked.
        """
        key = self._keys.get(kid)
        if key is not None and monotonic() < self._old_s:
            return key
        under_way = self._begin()
        if key is not None:
            return key  # nobody waits for the news of a key that is known
        is_silent = under_way is not None and not under_way.wait(DEADLINE_S)
        key = self._keys.get(kid)
        if key is None and (self._is_away or is_silent):
            detail = "The issuer of the token cannot be asked for its keys now."
            raise Unavailable(detail, headers=[("Retry-After", str(int(self._cool_down_s) or 1))])
        return key

    def _begin(self) -> threading.Event | None:
        """Begin a fetch, unless one is under way or was a moment ago."""
        with self._lock:
            if self._under_way is None and monotonic() >= self._next_s:
                self._next_s = monotonic() + self._cool_down_s
                self._under_way = threading.Event()
                threading.Thread(target=self._fetch, name="nuages-keys", daemon=True).start()
            return self._under_way

    def _fetch(self) -> None:
        try:
            self._keys = read_set(read_object(fetch(self._url)), is_others=True)
            self._old_s, self._is_away = monotonic() + self._max_age_s, False
        except (OSError, HTTPException, Malformed, BadKey, ValueError) as error:
            self._is_away = True
            logging.getLogger("nuages.security").warning("The keys at %s were not taken: %s", self._url, error)
        finally:
            with self._lock:
                done, self._under_way = self._under_way, None
            if done is not None:
                done.set()


def fetch(url: str) -> bytes:
    """Read what is published at a URL: JSON, status 200, no longer than `MAX_BYTES`, no later than `DEADLINE_S`.

    Raises: OSError, HTTPException; ValueError for any other answer.
    """
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=DEADLINE_S)
    connection.connect()
    # The timeout is one of each step; a server that says a byte a second would have its way without the alarm.
    # The socket by itself, since http.client lets go of it when an answer ends with the connection.
    alarm = threading.Timer(DEADLINE_S, _cut, [connection.sock])
    alarm.daemon = True
    alarm.start()
    try:
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        connection.request("GET", target, headers={"Accept": "application/jwk-set+json, application/json"})
        return _read(connection)
    finally:
        alarm.cancel()
        connection.close()


def _read(connection: HTTPConnection) -> bytes:
    response = connection.getresponse()
    media_type = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    if response.status != _OK:
        raise ValueError(f"the answer is {response.status}")
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise ValueError("the answer is no JSON")
    body = response.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise ValueError("the answer is too long")
    return body


def _cut(open_socket: socket.socket) -> None:
    with suppress(OSError):
        open_socket.shutdown(socket.SHUT_RDWR)

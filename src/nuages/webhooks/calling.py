"""Send a request to exactly the IP addresses that were checked, and say what came of it.

No redirect is followed, no proxy of the environment asked, and nothing of an answer's body is read: the status is all
that is of use, and whoever registered an address must not read other people's answers through us.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException
from time import monotonic

from nuages.webhooks.addresses import Target
from nuages.webhooks.networks import Address

CONNECT_S = 5.0  # to one address
DEADLINE_S = 15.0  # of it all
_SUCCESSES = range(200, 300)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call.

    Shapes: `status` is None where nobody answered, and `error` says why: "no-connection", "no-certificate", "too-slow"
        or "no-http"; "status" where one that is no success was answered; "" for a success.
    """

    status: int | None
    error: str
    duration_ms: int

    @property
    def is_success(self) -> bool:
        """Whether it was taken."""
        return not self.error


def post(
    target: Target,
    addresses: Sequence[Address],
    headers: Mapping[str, str],
    body: bytes,
    *,
    deadline_s: float = DEADLINE_S,
    trust: ssl.SSLContext | None = None,
) -> Outcome:
    """POST a body to the first of some addresses that answers at all.

    Shapes: `trust` is whose certificates count, those of the system unless told otherwise.
    """
    call = _Call(target, deadline_s)
    status, error = None, ""
    try:
        status = call.send(addresses, headers, body, trust)
        error = "" if status in _SUCCESSES else "status"
    except ssl.SSLCertVerificationError:
        error = "no-certificate"
    except OSError:
        error = "no-connection"
    except (HTTPException, ValueError):
        error = "no-http"
    finally:
        call.end()
    if status is None and call.is_over:
        error = "too-slow"
    return Outcome(status, error, call.duration_ms)


class _Call:
    """One exchange, which an alarm ends at its deadline whatever it waits for."""

    def __init__(self, target: Target, deadline_s: float) -> None:
        self._target, self._began_s = target, monotonic()
        self._ends_s = self._began_s + deadline_s
        self._open: list[socket.socket] = []
        self._alarm: threading.Timer | None = None

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return monotonic() >= self._ends_s

    @property
    def duration_ms(self) -> int:
        """Since it began."""
        return round((monotonic() - self._began_s) * 1000)

    def send(
        self, addresses: Sequence[Address], headers: Mapping[str, str], body: bytes, trust: ssl.SSLContext | None
    ) -> int:
        """Send a request and read the status of its answer.

        Raises: OSError, HTTPException, ValueError.
        """
        plain = self._connect(addresses)
        # A handle of its own: what is wrapped for TLS is another socket than before.
        self._open += [plain.dup(), plain]
        self._set_alarm()
        if self._target.is_tls:
            plain = (trust or _system_trust()).wrap_socket(plain, server_hostname=self._target.host)
            self._open.append(plain)
        connection = HTTPConnection(self._target.host, self._target.port)
        connection.auto_open = 0  # the socket that is there, or none
        connection.sock = plain
        named = {"Host": self._target.authority, "Connection": "close", **headers}
        connection.request("POST", self._target.path, body=body, headers=named)
        status = connection.getresponse().status
        if self.is_over:  # headers that were cut off look as if they had ended
            raise TimeoutError
        return status

    def end(self) -> None:
        """Let go of everything."""
        if self._alarm is not None:
            self._alarm.cancel()
        for each in self._open:
            each.close()

    def _connect(self, addresses: Sequence[Address]) -> socket.socket:
        """Connect to the first address that takes us.

        Raises: OSError.
        """
        error: OSError = ConnectionError("There is no address.")
        for address in addresses:
            left_s = min(CONNECT_S, self._ends_s - monotonic())
            if left_s <= 0:
                break
            plain = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)  # noqa: PLR2004
            plain.settimeout(left_s)
            try:
                plain.connect((str(address), self._target.port))
            except OSError as refused:
                plain.close()
                error = refused
                continue
            plain.settimeout(max(0.001, self._ends_s - monotonic()))
            return plain
        raise error

    def _set_alarm(self) -> None:
        """A timeout is one of each step: who says a byte a second would have their way without it."""
        self._alarm = threading.Timer(self._ends_s - monotonic(), self._cut)
        self._alarm.daemon = True
        self._alarm.start()

    def _cut(self) -> None:
        for each in self._open[:1]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@cache
def _system_trust() -> ssl.SSLContext:
    """TLS as Python has it: names and certificates are checked."""
    return ssl.create_default_context()

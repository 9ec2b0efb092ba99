"""Choose between granian's two interfaces, and say what is set differently for each.

WSGI is the quicker one. ASGI is for what needs an event loop: coroutines there hold no thread while they wait.
"""

from __future__ import annotations

import resource
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Literal, Protocol, TypeAlias

from granian.constants import Interfaces

Interface: TypeAlias = Literal["wsgi", "asgi"]
TARGETS: dict[Interface, str] = {"wsgi": "nuages.wsgi:application", "asgi": "nuages.asgi:application"}
# granian's backpressure counts connections, idle ones too: as few as there are threads, and that many browsers at rest
# lock everybody else out. Below the usual limit of 1,024 open files a process.
_MOST_CONNECTIONS = 768
# Coroutines and streams wait by the thousand; the limit of open files is raised for them.
_MOST_CONNECTIONS_ON_LOOP = 8_192
_OTHER_FILES = 256  # of the same limit: databases, static files, libraries
_THREAD_IDLE_S = 600  # the most granian takes; a thread that ends drops its database connection


class Served(Protocol):
    """What is served: an API."""

    @property
    def needs_loop(self) -> bool:
        """Whether something of it is better off on an event loop."""


def choose_interface(apis: Iterable[Served]) -> Interface:
    """Choose what the APIs need."""
    return "asgi" if any(api.needs_loop for api in apis) else "wsgi"


def interface_options(interface: Interface, *, threads: int) -> dict[str, Any]:
    """What granian is told; under ASGI this process, and so its workers, may have more files open from now on."""
    if interface == "wsgi":
        return {
            "interface": Interfaces.WSGI,
            "blocking_threads": threads,
            "blocking_threads_idle_timeout": _THREAD_IDLE_S,
            "backpressure": _MOST_CONNECTIONS,
        }
    files = _raise_file_limit(_MOST_CONNECTIONS_ON_LOOP + _OTHER_FILES)
    return {
        "interface": Interfaces.ASGI,
        "blocking_threads": 1,  # the application has its own
        "backpressure": max(_MOST_CONNECTIONS, files - _OTHER_FILES),
    }


def _raise_file_limit(wanted: int) -> int:
    """Raise how many files a process may have open, as far as the system lets it; gives how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            return most
    return wanted if soft == resource.RLIM_INFINITY else min(wanted, soft)

"""What a worker process of `manage.py serve` does first: hold on to its parent's line, then load the application.

The line brings the parent's words, and breaks with the parent: granian's workers outlive a killed parent and go on
serving its port; these do not.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from nuages.errors import DeclarationError
from nuages.live.sweeping import begin_sweeping
from nuages.servers.ending import end_streams
from nuages.servers.leaving import leaving

# The words on the line. A worker says that it is up; its parent that it will end, and then that it ends, soon or now.
UP, DRAIN, LEAVE, LEAVE_NOW = b"up", b"drain", b"leave", b"leave now"
# How long a client may take from its connection to the first byte of its request: a busy machine has taken 100 ms.
LINGER_S = 0.5
_PROXIES = "NUAGES_TRUSTED_PROXIES"


@dataclass(frozen=True, slots=True)
class Post:
    """What a worker is given.

    Shapes: `listener_fd` is the socket that all workers share, which has the same number in each.
    Units: `drain_s`, how long requests in flight may go on.
    """

    drain_s: int
    listener_fd: int
    is_unix: bool = False


def load_worker(target: str, *, post: Post, line: Connection) -> Any:
    """Load the application `module:name` in a worker, and say that it is up."""
    with suppress(AttributeError, OSError):
        os.setpgid(0, 0)  # Ctrl-C reaches the parent alone, which then asks its workers to finish
    threading.Thread(target=_follow, args=(line, post), name="nuages-parent", daemon=True).start()
    trust_unix_peer(is_unix=post.is_unix)
    try:
        application = import_string(target.replace(":", "."))
    except DeclarationError as error:  # only after a reload: the parent has built the same before it listened
        sys.exit(str(error))
    begin_sweeping()
    line.send_bytes(UP)
    return application


def trust_unix_peer(*, is_unix: bool) -> None:
    """Take whoever connects to a Unix socket for a proxy of ours, unless the project says how many there are.

    The socket's rights have let it in, and it has no address of its own that its clients could be told apart by.
    """
    if is_unix and not hasattr(settings, _PROXIES):
        setattr(settings, _PROXIES, 1)


def _follow(line: Connection, post: Post) -> None:
    """Do what the parent says; when it is gone, however it ended, finish the requests in flight and end.

    A pipe closes with the parent, on every system and once. Linux's own signal for it, PR_SET_PDEATHSIG, comes once for
    each thread of the parent, and the third SIGTERM locks a worker of granian up with Python's lock in its hand.
    Source: prctl(2); granian's src/serve.rs, whose channel for signals holds two.
    """
    while (word := _hear(line)) == DRAIN:
        leaving.tell()
    leaving.tell()
    _stop_accepting(post.listener_fd)
    end_streams()
    if word != LEAVE_NOW:
        time.sleep(LINGER_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(post.drain_s)
    os._exit(1)


def _hear(line: Connection) -> bytes:
    try:
        return line.recv_bytes()
    except (EOFError, OSError):
        return LEAVE


def _stop_accepting(listener_fd: int) -> None:
    """Let this worker accept nobody any more, while it goes on reading from those it has accepted.

    granian stops both at once: a client that it has just accepted and that has sent nothing yet would see its
    connection closed without an answer. So a socket that nobody can reach takes the place of the one that is listened
    at, in this process alone; the other workers share theirs.
    """
    with tempfile.TemporaryDirectory(prefix="nuages-") as directory, socket.socket(socket.AF_UNIX) as nobodys:
        nobodys.settimeout(0.0)  # or granian's runtime would wait in accept()
        nobodys.bind(str(Path(directory) / "socket"))
        nobodys.listen(1)
        os.dup2(nobodys.fileno(), listener_fd, inheritable=False)

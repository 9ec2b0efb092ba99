"""Turn an address into the one socket that all workers of a server share: TCP, a Unix socket, or one handed over.

One socket, not one for each worker: what waits in it is lost to nobody when a worker ends. Accepts nothing itself.
Source: unix(7); sd_listen_fds(3) for sockets that are handed over.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

_HANDED_FD = 3  # SD_LISTEN_FDS_START
_PROBE_S = 2.0
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True, slots=True)
class Listening:
    """A bound socket and how it is called.

    Shapes: `url` is "http://127.0.0.1:8000", or "http://unix:/run/shop.sock:" as nginx writes it; a path comes after
        it. `path` is the file that this server has made, `made` how it is known again; None where there is none.
    """

    socket: socket.socket
    url: str
    path: Path | None = None
    made: tuple[int, int] | None = None

    @property
    def is_unix(self) -> bool:
        """Whether whoever asks comes through the file system, and so without an address."""
        return bool(self.socket.family == socket.AF_UNIX)

    def withdraw(self) -> None:
        """Take the path away, so that nobody new comes; one that another server has put there since stays."""
        with contextlib.suppress(OSError):
            if self.path and _identity(self.path) == self.made:
                self.path.unlink()


def listen_at(host: str, port: int) -> Listening:
    """Bind a TCP port; 0 becomes a free one.

    Raises: OSError when the name is unknown, or the address is not ours or in use.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # handed on to every connection
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return _named(bound)


def listen_on(path: Path, mode: int) -> Listening:
    """Bind a Unix socket; one that nobody listens on any more is taken over.

    Shapes: `mode` are the file's rights, such as 0o660; who may write may connect.
    Raises: OSError: somebody listens there (EADDRINUSE), something else lies there (EEXIST), or the directory refuses.
    """
    bound = socket.socket(socket.AF_UNIX)
    try:
        _clear(path)
        umask = os.umask(0o777 & ~mode)  # not by chmod afterwards: until then others could come in
        try:
            bound.bind(str(path))
        finally:
            os.umask(umask)
        return replace(_named(bound), path=path, made=_identity(path))
    except OSError:
        bound.close()
        raise


def _clear(path: Path) -> None:
    """Remove a socket that a killed server has left."""
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise FileExistsError(errno.EEXIST, "Something that is no socket lies there")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_PROBE_S)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except TimeoutError:  # somebody listens, and is busy
            pass
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def handed_over(environment: Mapping[str, str], pid: int) -> Listening | None:
    """Give the socket that systemd, or whoever speaks as it does, has handed to this process; None for most.

    Raises: OSError when it is no listening stream socket, or there are several.
    Source: sd_listen_fds(3).
    """
    if environment.get("LISTEN_PID") != str(pid):
        return None
    if environment.get("LISTEN_FDS") != "1":
        raise OSError(errno.EINVAL, f"One socket is served, not {environment.get('LISTEN_FDS')}")
    given = socket.socket(fileno=_HANDED_FD)
    if given.type != socket.SOCK_STREAM or not given.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise OSError(errno.EINVAL, "The socket handed over does not listen for streams")
    os.set_inheritable(_HANDED_FD, False)  # noqa: FBT003  # os takes it so
    return _named(given)


def _identity(path: Path) -> tuple[int, int]:
    """Tell one file from the next at its place, which may have its inode again."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns


def _named(bound: socket.socket) -> Listening:
    name = bound.getsockname()
    if bound.family == socket.AF_UNIX:
        return Listening(bound, f"http://unix:{name}:")
    host = _WILDCARDS.get(name[0], name[0])
    return Listening(bound, f"http://{f'[{host}]' if ':' in host else host}:{name[1]}")

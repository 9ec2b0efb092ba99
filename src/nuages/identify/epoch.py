"""One number that a project's processes on this machine share: it changes when somebody's standing may have changed.

What is remembered about logins and keys is remembered for one epoch only. A project whose processes run on several
machines, or that cannot write to the directory for temporary files, is left with the bound of `identify.standing`.
"""

from __future__ import annotations

import hashlib
import logging
import mmap
import os
import secrets
import stat
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

_SIZE_BYTES = 8


def present() -> bytes:
    """The present epoch. Compare it, and nothing else: it is random."""
    return bytes(_shared()[:_SIZE_BYTES])


def begin(alias: str | None = None) -> None:
    """Begin another epoch: at once, for whoever asks inside the transaction, and again when it is stored.

    Shapes: `alias` is the connection whose transaction changed something; None where there is none to wait for.
    """
    _change()
    if alias is not None:
        transaction.on_commit(_change, using=alias)


def _change() -> None:
    _shared()[:_SIZE_BYTES] = secrets.token_bytes(_SIZE_BYTES)


@cache
def _shared() -> Any:
    try:
        return _map(_path())
    except OSError as error:
        logging.getLogger("nuages.security").warning(
            "No revocation epoch is shared (%s): other processes hear of a logout some seconds late.", error
        )
        return bytearray(_SIZE_BYTES)


def _path() -> Path:
    """A file of this project and this user of the system; who cannot read SECRET_KEY cannot guess it."""
    database = settings.DATABASES.get("default", {})
    named = f"{settings.SECRET_KEY}\0{database.get('HOST', '')}\0{database.get('NAME', '')}"
    return Path(tempfile.gettempdir()) / f"nuages-epoch-{hashlib.sha256(named.encode()).hexdigest()[:32]}"


def _map(path: Path) -> mmap.mmap:
    """Map the file, which only this user of the system may have made; a link in its place is refused."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        found = os.fstat(descriptor)
        is_own = stat.S_ISREG(found.st_mode) and found.st_uid == getattr(os, "geteuid", lambda: found.st_uid)()
        if not is_own or stat.S_IMODE(found.st_mode) & 0o022:
            raise PermissionError(f"{path} is another's")
        if found.st_size < _SIZE_BYTES:
            os.ftruncate(descriptor, _SIZE_BYTES)
        return mmap.mmap(descriptor, _SIZE_BYTES)
    finally:
        os.close(descriptor)

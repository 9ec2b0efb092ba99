"""Open a file that the processes of one project share on one machine, and nobody else.

What is in it is others' to say.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import stat
import tempfile
from pathlib import Path

from django.conf import settings

_DIRECTORY = "NUAGES_SHARED_DIRECTORY"


def path_of(purpose: str) -> Path:
    """A path of this project and this database; who cannot read SECRET_KEY cannot guess it.

    Shapes: in the directory NUAGES_SHARED_DIRECTORY, of the environment or else of the settings; without one in that
        for temporary files, which some processes of a machine have for themselves.
    """
    database = settings.DATABASES.get("default", {})
    named = f"{settings.SECRET_KEY}\0{database.get('HOST', '')}\0{database.get('NAME', '')}"
    directory = os.environ.get(_DIRECTORY) or getattr(settings, _DIRECTORY, None) or tempfile.gettempdir()
    return Path(directory) / f"nuages-{purpose}-{hashlib.sha256(named.encode()).hexdigest()[:32]}"


def open_own(path: Path, size_bytes: int) -> int:
    """Open the file, which only this user of the system may have made, and make it long enough; gives its descriptor.

    Raises: OSError; PermissionError for another's file, or a link in its place.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        found = os.fstat(descriptor)
        is_own = stat.S_ISREG(found.st_mode) and found.st_uid == getattr(os, "geteuid", lambda: found.st_uid)()
        if not is_own or stat.S_IMODE(found.st_mode) & 0o022:
            raise PermissionError(f"{path} is another's")
        if found.st_size < size_bytes:
            os.ftruncate(descriptor, size_bytes)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def map_own(path: Path, size_bytes: int) -> mmap.mmap:
    """Map the file into memory, as every process that opens it so sees it; its descriptor is not needed any more.

    Raises: as `open_own`.
    """
    descriptor = open_own(path, size_bytes)
    try:
        return mmap.mmap(descriptor, size_bytes)
    finally:
        os.close(descriptor)

"""One number that a project's processes on this machine share: it changes when somebody's standing may have changed.

What is remembered about logins and keys is remembered for one epoch only. A project whose processes run on several
machines, or that cannot write to the directory for temporary files, is left with the bound of `identify.standing`.
"""

from __future__ import annotations

import logging
import secrets
from functools import cache
from typing import Any

from django.db import transaction

from nuages.shared_files import map_own, path_of

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
        return map_own(path_of("epoch"), _SIZE_BYTES)
    except OSError as error:
        logging.getLogger("nuages.security").warning(
            "No revocation epoch is shared (%s): other processes hear of a logout some seconds late.", error
        )
        return bytearray(_SIZE_BYTES)

"""Let the server die by kill -9 while it makes a refresh token or an exhibit: before the change is stored, or after.

The test says which and when, by a file in TEST_DIRECTORY: `die-before` or `die-after`. Each lets one process die.
"""

import os
import signal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

_DEADLY = ("nuages.RefreshToken", "zoo.Exhibit")


@receiver(post_save, dispatch_uid="tests.live.dying")
def die(sender: Any, **_: Any) -> None:
    """Die now, or when the transaction has been stored and its answer has not been sent."""
    if sender._meta.label not in _DEADLY:
        return
    if _told("die-before"):
        os.kill(os.getpid(), signal.SIGKILL)
    if _told("die-after"):
        transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))


def _told(name: str) -> bool:
    try:
        (Path(os.environ["TEST_DIRECTORY"]) / name).unlink()
    except FileNotFoundError:
        return False
    return True

"""What a worker process of `manage.py serve` does first: tie its life to its parent's, then load the application.

granian's workers outlive a killed parent and go on serving its port; these do not.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.process import BaseProcess
from typing import Any

from django.utils.module_loading import import_string

from nuages.errors import DeclarationError


def load_worker(target: str, *, drain_s: int) -> Any:
    """Load the application `module:name` in a worker.

    Units: `drain_s`, how long requests in flight may go on after the parent's death.
    """
    tie_to_parent(drain_s)
    try:
        return import_string(target.replace(":", "."))
    except DeclarationError as error:  # only after a reload: the parent has built the same before it listened
        sys.exit(str(error))


def tie_to_parent(drain_s: int) -> None:
    """End this process when the one that started it ends, however that ends; requests in flight are finished first.

    A pipe closes with the parent, on every system and once. Linux's own signal for it, PR_SET_PDEATHSIG, comes once for
    each thread of the parent, and the third SIGTERM locks a worker of granian up with Python's lock in its hand.
    Source: multiprocessing.parent_process; prctl(2); granian's src/serve.rs, whose channel for signals holds two.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    with suppress(AttributeError, OSError):
        os.setpgid(0, 0)  # Ctrl-C reaches the parent alone, which then asks its workers to finish
    threading.Thread(target=_follow, args=(parent, drain_s), name="nuages-parent", daemon=True).start()


def _follow(parent: BaseProcess, drain_s: int) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(drain_s)
    os._exit(1)

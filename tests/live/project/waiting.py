"""Let a request say that it has begun, and wait until the test lets it end."""

import os
import time
from pathlib import Path

LIMIT_S = 60


def wait_for_release() -> None:
    """Make the file `begun`, then wait for the file `released` beside it."""
    directory = Path(os.environ["TEST_DIRECTORY"])
    (directory / "begun").touch()
    deadline_s = time.monotonic() + LIMIT_S
    while not (directory / "released").exists():
        if time.monotonic() > deadline_s:
            raise TimeoutError("the test has not released this request")
        time.sleep(0.01)

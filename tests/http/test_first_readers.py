"""Threads that ask a new resource different questions at once: no two questions are taken for the same."""

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from nuages.http.request import Request
from nuages.identify.principal import ANONYMOUS
from tests.http.asking import serve
from tests.zoo.models import Specimen

LOOKUPS = ("", "__exact", "__gt", "__gte", "__lt", "__lte")
NAMES = [f"{name}{lookup}" for name in ("integer", "small", "big") for lookup in LOOKUPS]
THREADS = 4


@pytest.fixture
def eager_switches() -> Iterator[None]:
    """Let Python change threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_questions_read_at_once_are_told_apart(eager_switches: None, db: None) -> None:
    """A shape is the key of a plan: were two questions' shapes equal, one would be answered with the other's rows."""
    attributes = {"fields": ["id"], "filters": ["integer", "small", "big"]}
    for _ in range(40):
        pipeline = serve(specimens=(Specimen, attributes)).build().pipeline
        operation, _ = pipeline.prepare(Request("GET", "/specimens", "", {}), ANONYMOUS)
        start = threading.Barrier(THREADS)

        def read(names: list[str], start: Any = start, operation: Any = operation) -> None:
            start.wait()
            for name in names:
                operation.questions.read([(name, "1")])

        threads = [threading.Thread(target=read, args=(NAMES[n::THREADS],)) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        shapes = {operation.questions.read([(name, "1")]).shape for name in NAMES}
        assert len(shapes) == len(NAMES)

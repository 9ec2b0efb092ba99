"""Time what Nuages itself takes for a request whose plan is warm: everything but the driver's call.

The driver's call is replaced by one that gives back lines which the database gave for a request of the same shape. The
values differ from call to call, so that nothing but the plan can be warm.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from random import Random
from statistics import median, quantiles
from time import perf_counter_ns
from typing import Any

from benchmarks.nuages_side import ask
from nuages.execute.result import Result
from nuages.execute.run import RUNNERS

OK = 200
_RECORDED = 10  # answers kept of each shape
_Question = tuple[str, str]


@dataclass(frozen=True, slots=True)
class OwnTime:
    """The time of one warm shape without the driver's call."""

    median_us: float
    p95_us: float


# Path and query of each shape, with places for values.
SHAPES: Mapping[str, _Question] = {
    "one book": ("/books/{key}", ""),
    "page of 50": ("/books", ""),
    "page of 20, 3 filters, order": (
        "/books",
        "price__gte={price}&published__gte={year}-01-31&in_print=true&order=-published,id&limit=20",
    ),
    "page of 50 behind a rule's Q": ("/ruled-books", ""),
}


def time_shape(shape: str, vendor: str, *, books: int, calls: int) -> OwnTime:
    """Time one shape.

    Raises: RuntimeError when a request fails, which would be quick but no answer.
    """
    rng = Random(shape)
    questions = [_fill_in(shape, rng, books) for _ in range(_RECORDED + calls)]
    with _replaced_driver(vendor, questions[:_RECORDED]) as prepare_answer:
        times_ns = [_time_one(question, prepare_answer) for question in questions[_RECORDED:]]
    return OwnTime(median(times_ns) / 1000, quantiles(times_ns, n=20)[-1] / 1000)


def _fill_in(shape: str, rng: Random, books: int) -> _Question:
    values = {"key": rng.randint(1, books), "price": rng.randint(400, 1000) / 100, "year": rng.randint(1950, 1990)}
    path, query = SHAPES[shape]
    return path.format(**values), query.format(**values)


def _time_one(question: _Question, prepare_answer: Callable[[], None]) -> int:
    prepare_answer()
    began_ns = perf_counter_ns()
    response = ask(*question)
    time_ns = perf_counter_ns() - began_ns
    if response.status != OK:
        raise RuntimeError(f"{question} answered {response.status}: {response.body[:200]!r}")
    return time_ns


@contextmanager
def _replaced_driver(vendor: str, questions: Sequence[_Question]) -> Iterator[Callable[[], None]]:
    """Ask each question once and keep the lines; what is yielded makes the driver's next call give back some of them.

    They are copied each time: as after a real call they are new, in the processor's cache, and freed by who got them.
    """
    usual = RUNNERS[vendor]
    recorded: list[Result] = []
    given: list[Result] = []

    def record(*arguments: Any) -> Result:
        recorded.append(usual(*arguments))
        return recorded[-1]

    def replay(*_: Any) -> Result:
        return given.pop()

    def prepare_answer() -> None:
        result = next(turns)
        given[:] = [Result([bytes(bytearray(document)) for document in result.documents], result.place)]

    try:
        RUNNERS[vendor] = record
        for question in questions:
            ask(*question)
        turns = cycle(recorded)
        RUNNERS[vendor] = replay
        yield prepare_answer
    finally:
        RUNNERS[vendor] = usual

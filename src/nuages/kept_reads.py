"""Answer a read from what is kept, or compute it and keep it: its key, its tables, and what must never be kept.

What a key is made of decides who shares an answer: the resource as its audience sees it, the URL, and the rows that the
rules let through, as conditions with their values. Nothing here identifies anybody, and nothing here is ever kept that
a transaction has not committed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from time import perf_counter
from typing import Any

import msgspec
from django.conf import settings
from django.utils.crypto import salted_hmac

from nuages.answers import represent
from nuages.cache.entries import Answer
from nuages.cache.keeper import Keeper
from nuages.cache.listening import has_listening, listen
from nuages.cache.noticing import is_changing
from nuages.cache.tables import tables_read
from nuages.cache.unkept import is_keepable
from nuages.execute.run import execute
from nuages.http.clock import Clock
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.kept import HIT, PASSED, STORED, answer_of, place_of, send
from nuages.operation import Operation
from nuages.plan.guards import Guard
from nuages.preparation import Read, connection_of, guards_of

_LONGEST_REMEMBERED = 1_000  # characters of a query
_VALUE_BYTES = 64
Guards = Mapping[str, Guard]


class Asked(msgspec.Struct, frozen=True):
    """What was asked; `is_absolute` where links name scheme and host. A Struct, since one is made per request."""

    keeper: Keeper
    operation: Operation
    request: Request
    principal: Principal
    is_absolute: bool
    clock: Clock


def answer_kept(asked: Asked, own: dict[str, Guard], prepare: Callable[[], Read]) -> Response:
    """Answer a read whose answers may be kept.

    Shapes: `own` is the guard of the resource's own rule; `prepare` makes the read, where nothing that is kept answers.
    Raises: what `prepare`, the statement and its answer raise.
    """
    operation = asked.operation
    connection = connection_of(operation)
    if is_changing(connection):
        return send(asked.request, _compute(asked, prepare()), PASSED)
    place = _place(asked, connection)
    names = asked.keeper.needs(_question(asked)) if operation.gates else ()
    if names is not None:
        key = _key(place, guards_of(operation, own, names, asked.principal))
        answer = asked.keeper.find(key) if key is not None else None
        if answer is not None:
            return send(asked.request, answer, HIT)
    return _obtain(asked, place, prepare())


def _obtain(asked: Asked, place: tuple[Any, ...], read: Read) -> Response:
    keeper, request = asked.keeper, asked.request
    if len(request.query) <= _LONGEST_REMEMBERED:
        keeper.learn(_question(asked), tuple([name for name in read.guards if name in asked.operation.gates]))
    key, tables = _key(place, read.guards), tables_read(read.plan.statement.text)
    if key is None or tables is None or not is_keepable(read.connection, tables):
        return send(request, _compute(asked, read), PASSED)
    if has_listening():
        listen(read.connection)
    size_bytes = (
        len(request.query) + len(request.path) + _VALUE_BYTES * sum(len(g.values) for g in read.guards.values())
    )
    answer, is_found = keeper.obtain(
        key, size_bytes, digest=_digest(asked, read, place), tables=tables, compute=lambda: _compute(asked, read)
    )
    return send(request, answer, HIT if is_found else STORED)


def _compute(asked: Asked, read: Read) -> Answer:
    lap, statement = asked.clock.ends_s.append, read.plan.statement
    lap(perf_counter())
    result = execute(read.connection, statement.text, statement.bind(read.values))
    lap(perf_counter())
    response, changed_at = represent(asked.operation, asked.request, read, result, is_absolute=asked.is_absolute)
    lap(perf_counter())
    return answer_of(response, changed_at)


def _question(asked: Asked) -> Hashable:
    """What decides which rules a read depends on: what its audience may name, and what was named."""
    return asked.operation.spec.plan_name, asked.request.query


def _place(asked: Asked, connection: Any) -> tuple[Any, ...]:
    """What the bytes depend on beside rows and rules: the URL, the language, the schema."""
    return (
        asked.keeper,
        asked.operation.spec.plan_name,
        *place_of(asked.request, is_absolute=asked.is_absolute),
        connection.alias,
        getattr(connection, "schema_name", ""),
    )


def _key(place: tuple[Any, ...], guards: Guards) -> Hashable | None:
    """What an answer is found by in this process; None where a rule's condition cannot be told from another's."""
    if not guards:
        return place
    conditions = tuple(
        [(name, guard.shape, guard.values, tuple(map(type, guard.values))) for name, guard in guards.items()]
    )
    return None if any(shape is None for _, shape, _, _ in conditions) else (place, conditions)


def _digest(asked: Asked, read: Read, place: tuple[Any, ...]) -> str:
    """What an answer is found by among instances: the very statement, what stands in it, and the URL; empty for none.

    Only those who know SECRET_KEY, and who ask the same database, can name the same.
    """
    statement, database = read.plan.statement, read.connection.settings_dict
    declared = type(asked.operation.spec.declared)
    said = [
        f"{declared.__module__}.{declared.__qualname__}",
        [str(database.get(name, "")) for name in ("ENGINE", "HOST", "PORT", "NAME")],
        *place[1:],
        statement.text,
    ]
    try:
        packed = msgspec.msgpack.encode([*said, statement.bind(read.values)])
    except TypeError:
        return ""
    return hashlib.blake2b(packed, key=_secret(), digest_size=32).hexdigest()


@cache
def _secret() -> bytes:
    return salted_hmac("nuages.cache", settings.ROOT_URLCONF, algorithm="sha256").digest()

"""Compare what a running peer answers with what the hand-written statement gives. An unequal peer is not measured."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import psycopg

from benchmarks.side_by_side.databases import remove_new_reviews
from benchmarks.side_by_side.differences import differences
from benchmarks.side_by_side.questions import paths_of
from benchmarks.side_by_side.reference import expected
from benchmarks.side_by_side.servers import Server, fetch
from benchmarks.side_by_side.tokens import forged_token, good_token
from benchmarks.side_by_side.workloads import Workload

_SAMPLES = 6
_SHOWN = 3
_NO_SUCH_KEY = 10**9
_REVIEW = {"book": 15_001, "user_name": "vérité", "stars": 4, "body": 'It\'s "fine", ça va'}
_STORED = """
SELECT row_to_json(x)
FROM (SELECT id, book_id AS book, user_name, stars, body, created_at FROM shop_review WHERE id = %s) x
"""
_WRONG = [{"stars": 6}, {"stars": 0}, {"stars": "x"}, {"book": _NO_SUCH_KEY}]


def problems_of(server: Server, workloads: Iterable[Workload]) -> list[str]:
    """List what a peer answers otherwise than it should; empty where all is equal."""
    return [problem for workload in workloads for problem in _problems(server, workload)]


def _problems(server: Server, workload: Workload) -> Iterator[str]:
    if workload.bodies:
        yield from _compare_write(server)
        return
    yield from _compare_reads(server, workload)
    audience = server.stand.peer.audience
    if workload.kind in {"W2", "W7"}:
        yield from _refuse(server, workload, _NO_SUCH_KEY, token=good_token(audience), statuses={404})
    if workload.has_token:
        for token in (None, forged_token(audience)):
            yield from _refuse(server, workload, 5, token=token, statuses={401, 403})


def _compare_reads(server: Server, workload: Workload) -> Iterator[str]:
    token = good_token(server.stand.peer.audience) if workload.has_token else None
    asked = dict(zip(paths_of(server, workload), workload.values, strict=True))
    for path, values in islice(asked.items(), _SAMPLES):
        status, body, content_type = fetch(server.port, path, token=token)
        if status != 200 or not content_type.startswith("application/json"):
            yield f"{workload.name} {path}: {status} {content_type} {body[:200]!r}"
            continue
        got = unwrap(json.loads(body), server.stand.peer.unwrap)
        found = list(islice(differences(expected(server.stand.place, workload.kind, values), got), _SHOWN))
        if found:
            yield f"{workload.name} {path}: {'; '.join(found)}"


def unwrap(document: Any, key: str | None) -> Any:
    """Take the list out of its wrapping; a document without one is left as it is."""
    return document[key] if key is not None and isinstance(document, dict) and key in document else document


def _refuse(server: Server, workload: Workload, key: int, *, token: str | None, statuses: set[int]) -> Iterator[str]:
    path = server.stand.peer.paths[workload.kind].format(id=key)
    status = fetch(server.port, path, token=token)[0]
    if status not in statuses:
        yield f"{workload.name} {path}: status {status}, one of {sorted(statuses)} expected"


def _compare_write(server: Server) -> Iterator[str]:
    path = server.stand.peer.paths["W5"]
    status, body, _ = fetch(server.port, path, body=json.dumps(_REVIEW))
    if status != 201:
        yield f"W5: {status} {body[:200]!r}"
        return
    got = json.loads(body)
    for found in islice(differences(_stored(server, got.get("id")), got), _SHOWN):
        yield f"W5: {found}"
    for wrong in _WRONG:
        status = fetch(server.port, path, body=json.dumps({**_REVIEW, **wrong}))[0]
        if status not in {400, 404, 409, 422}:
            yield f"W5 {wrong}: status {status}, a refusal expected"
    remove_new_reviews(server.stand.place)


def _stored(server: Server, key: Any) -> Any:
    with psycopg.connect(server.stand.place.conninfo, autocommit=True) as connection:
        row = connection.execute(_STORED, [key]).fetchone()
    return row and row[0]

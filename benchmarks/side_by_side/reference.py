"""Ask PostgreSQL for the right answer of a request, by the hand-written statement."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.peers.by_hand import statements
from benchmarks.side_by_side.databases import Place
from benchmarks.side_by_side.workloads import make_workload


def expected(place: Place, kind: str, values: dict[str, Any]) -> Any:
    """Give the document that every peer must answer."""
    if kind == "W1":
        return {"hello": "world"}
    text, arguments = _statement(kind, values)
    with psycopg.connect(place.conninfo, autocommit=True, cursor_factory=psycopg.RawCursor) as connection:
        row = connection.execute(text.encode(), arguments).fetchone()
    return row and row[0]


def _statement(kind: str, values: dict[str, Any]) -> tuple[str, list[Any]]:
    if kind in {"W2", "W7"}:
        return statements.ONE_BOOK, [values["id"]]
    if kind == "W6":
        prices = {name: Decimal(values[name]) for name in ("min_price", "max_price")}
        return statements.search(country=values["country"], tag=values["tag"], **prices)
    text = {"W3": statements.FLAT_PAGE, "W4": statements.FULL_PAGE}[kind]
    return text, [values["size"], (values["page"] - 1) * values["size"]]


def write_constants(place: Place, directory: Path) -> None:
    """Write an answer of each workload for the server of constant bytes."""
    for kind in ("W2", "W3", "W4", "W6"):
        document = expected(place, kind, make_workload(kind).values[0])
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        (directory / f"{kind}.json").write_text(text)

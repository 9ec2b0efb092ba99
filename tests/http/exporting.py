"""Ask for exports of lists, and read them."""

import csv
import io
import json
from typing import Any

from nuages import API
from nuages.http.response import Response
from tests.http.asking import send

CSV, NDJSON = "text/csv", "application/x-ndjson"


def export(api: API, url: str, accept: str = CSV, method: str = "GET", **rest: Any) -> tuple[Response, str]:
    """Ask for an export; the answer, and its whole text where it is one."""
    response = send(api, url, method, accept=accept, **rest)
    if response.pieces is None:
        return response, response.body.decode()
    try:
        return response, b"".join(response.pieces).decode()
    finally:
        response.pieces.close()


def table(api: API, url: str, **rest: Any) -> list[list[str]]:
    """The rows of a CSV export, its headings first."""
    response, text = export(api, url, **rest)
    assert response.status == 200, text
    return list(csv.reader(io.StringIO(text, newline="")))


def lines(api: API, url: str, **rest: Any) -> list[Any]:
    """The documents of an NDJSON export."""
    response, text = export(api, url, NDJSON, **rest)
    assert response.status == 200, text
    assert text.endswith("\n") or not text
    return [json.loads(line) for line in text.splitlines()]

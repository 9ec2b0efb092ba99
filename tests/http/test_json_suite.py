"""X12: every case of JSONTestSuite as what a client writes into a field that takes any JSON.

Source: github.com/nst/JSONTestSuite (MIT, Nicolas Seriot), test_parsing: 95 that any parser must take (y), 188 that
none may (n), 35 that are open (i). Kept as latin-1 texts by name in tests/data.
"""

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from tests.http.asking import ask, send
from tests.http.writing import change, shown
from tests.http.written import api
from tests.zoo.models import Specimen

CASES: dict[str, bytes] = {
    name: text.encode("latin-1")
    for name, text in json.loads(
        lzma.decompress((Path(__file__).parent.parent / "data/json_test_suite.json.xz").read_bytes())
    ).items()
}
# Right JSON, and refused on purpose: two members of one name (X04), NUL, which PostgreSQL cannot hold (X06), and
# numbers that jsonb would spell out in more digits than are read.
REFUSED = {
    "y_number",
    "y_number_double_close_to_zero",
    "y_number_real_exponent",
    "y_number_real_fraction_exponent",
    "y_object_duplicated_key",
    "y_object_duplicated_key_and_value",
    "y_object_escaped_null_in_key",
    "y_string_null_escape",
}


def _write(raw: bytes) -> Any:
    return change(api, "POST", "/specimens", b'{"json":' + raw + b"}")


def _named(kind: str) -> list[str]:
    return [name for name in CASES if name.startswith(kind)]


def test_suite_is_whole() -> None:
    """No case is left out."""
    assert [len(_named(kind)) for kind in ("y_", "n_", "i_")] == [95, 188, 35]


@pytest.mark.parametrize("name", _named("y_"))
def test_what_every_parser_takes_is_stored_and_read_back(name: str, database: Any) -> None:
    """The member's own URL and the list show what was sent."""
    response = _write(CASES[name])
    if name in REFUSED:
        assert response.status in {400, 422}, response.body
        assert not Specimen.objects.exists()
        return
    assert response.status == 201, response.body
    key = shown(response)["id"]
    (listed,) = ask(api, "/specimens")["items"]
    document = json.loads(send(api, f"/specimens/{key}").body, parse_int=float)
    assert document["json"] == json.loads(CASES[name], parse_int=float)
    assert ask(api, f"/specimens/{key}") == listed


@pytest.mark.parametrize("name", _named("n_"))
def test_what_no_parser_may_take_is_a_400(name: str, database: Any) -> None:
    """Neither inside a document nor as the whole of it; and no row is left."""
    alone = change(api, "POST", "/specimens", CASES[name])
    assert (_write(CASES[name]).status, alone.status) == (400, 400), alone.body
    assert not Specimen.objects.exists()


@pytest.mark.parametrize("name", _named("i_"))
def test_what_is_open_is_taken_whole_or_refused(name: str, database: Any) -> None:
    """Whatever was taken is no poison: the list that holds it can be read."""
    response = _write(CASES[name])
    assert response.status in {201, 400, 422}, response.body
    assert len(ask(api, "/specimens")["items"]) == int(response.status == 201)
    assert send(api, "/specimens", "POST", body=CASES[name]).status in {400, 411, 415, 422}

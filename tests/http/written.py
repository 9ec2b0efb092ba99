"""The zoo, written: resources in which a client may write every kind of field, and values of each to write."""

import base64
import datetime as dt
import string
from typing import Any

from django.utils.duration import duration_iso_string
from hypothesis import strategies as st

from nuages import API, Resource, anyone
from nuages.parse.values import READERS
from tests.http.asking import ask
from tests.http.writing import change, shown
from tests.zoo.models import Firm, Listing, Specimen

OPEN = {"read": anyone, "write": anyone}
WRITTEN = [
    *("integer", "big", "small", "char", "text", "slug", "email", "url", "size", "boolean", "decimal", "float"),
    *("date", "datetime", "time", "duration", "uuid", "binary", "json", "address"),
]
FIRM = [
    *("integer", "text", "boolean", "decimal", "float", "date", "datetime", "time", "duration", "uuid", "binary"),
    *("json", "address"),
]
ARRAYS = ["numbers", "prices", "matrix"]

api = API(title="The zoo, written")


@api.resource(Specimen)
class Specimens(Resource):
    fields = ["id", *WRITTEN, "doubled"]
    writable = WRITTEN
    rules = OPEN


@api.resource(Firm)
class Firms(Resource):
    fields = ["id", *FIRM]
    writable = FIRM
    rules = OPEN


postgres_api = API(title="Only on PostgreSQL, written")


@postgres_api.resource(Listing)
class Listings(Resource):
    fields = ["id", *ARRAYS]
    writable = ARRAYS
    rules = OPEN


def read_back(api: API, url: str, document: Any) -> Any:
    """Compare an answer with what the member's own URL and the list say; gives it."""
    key = document["id"]
    assert ask(api, f"{url}/{key}") == document
    assert [item for item in ask(api, f"{url}?limit=200")["items"] if item["id"] == key] == [document]
    return document


def write(api: API, method: str, url: str, document: Any) -> Any:
    """Write what must be accepted, and give the answer."""
    response = change(api, method, url, document)
    assert response.status == (201 if method == "POST" else 200), (document, response.body)
    return shown(response)


def texts(longest: int = 30, *, shortest: int = 1) -> st.SearchStrategy[str]:
    """Any text that JSON can hold and a database too."""
    characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
    return st.text(characters, min_size=shortest, max_size=longest)


def _number(places: int, digits: int) -> st.SearchStrategy[str]:
    return st.decimals(-(10**digits) + 1, 10**digits - 1, places=places).map(lambda value: f"{value:f}")


LONG = dt.timedelta(days=100_000_000)  # SQLite counts microseconds in 64 bits
FRACTIONS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda n: not n or 1e-30 <= abs(n) < 1e40)
SIMPLE = st.none() | st.booleans() | st.integers(-(10**60), 10**60) | FRACTIONS
JSON = st.recursive(
    SIMPLE | texts(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts(shortest=0), inner, max_size=4),
    max_leaves=12,
).filter(lambda value: value not in (None, "", [], {}))
_word = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=20)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(-(2**30), 2**30 - 1),  # doubled, it must still be one
    "big": st.integers(-(2**63), 2**63 - 1),
    "small": st.integers(0, 32_767),
    "char": texts(100),
    "text": texts(300),
    "slug": _word,
    "email": _word.map(lambda word: f"a{word.strip('-')}@example.org"),
    "url": _word.map(lambda word: f"https://example.org/{word}"),
    "size": st.sampled_from(["s", "l"]),
    "boolean": st.booleans(),
    "decimal": _number(3, 9),
    "float": st.integers(-(10**6), 10**6).map(lambda number: number / 64),
    "date": st.dates().map(str),
    "datetime": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    "time": st.times().map(str),
    "duration": st.timedeltas(-LONG, LONG).map(duration_iso_string),
    "uuid": st.uuids().map(str),
    "binary": st.binary(min_size=1, max_size=40).map(lambda raw: base64.b64encode(raw).decode()),
    "json": JSON,
    "address": st.ip_addresses().map(str),
}


SPELLED = {"decimal", "date", "datetime", "time", "duration", "uuid", "address"}


def same(kind: str, written: Any, found: Any) -> bool:
    """Whether a value that was shown is the one that was written, be it in another spelling."""
    if kind in SPELLED and written is not None:
        return bool(READERS[kind](str(written)) == READERS[kind](found))
    return _same_json(written, found)


def _same_json(written: Any, found: Any) -> bool:
    """Numbers are compared by their value: PostgreSQL spells 1e22 with all its noughts, and 0.0 as 0."""
    if isinstance(written, dict) and isinstance(found, dict):
        return written.keys() == found.keys() and all(_same_json(written[name], found[name]) for name in written)
    if isinstance(written, list) and isinstance(found, list):
        return len(written) == len(found) and all(map(_same_json, written, found))
    if isinstance(written, float) and type(found) in {int, float}:
        return float(found) == written
    return bool(written == found) and type(written) is type(found)


def served(model: Any, fields: list[str], writable: list[str], **more: Any) -> API:
    """An API with one resource under /things."""
    api = API(title="On the fly")
    declared = {"fields": fields, "writable": writable, "rules": OPEN, "path": "things", **more}
    api.resource(model)(type("Things", (Resource,), declared))
    return api

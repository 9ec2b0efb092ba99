"""Readers take exactly what their kind's wire format is, at bounded cost, and refuse all else in one way."""

import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.utils.ipv6 import clean_ipv6_address
from hypothesis import given, settings
from hypothesis import strategies as st

from nuages.parse.values import MAX_INTEGER, MAX_TEXT_CHARS, READERS
from tests.support.oracle import to_json
from tests.unit.parse.texts import BAD, EXTREME, NONSENSE

TYPES: dict[str, type[Any]] = {
    **{"integer": int, "text": str, "boolean": bool, "decimal": Decimal, "float": float, "date": dt.date},
    **{"datetime": dt.datetime, "time": dt.time, "duration": dt.timedelta, "uuid": uuid.UUID, "address": str},
    "json_key": str,
}
UTC_MOMENTS = st.datetimes(timezones=st.just(dt.UTC))
OFFSETS = st.timedeltas(dt.timedelta(hours=-23), dt.timedelta(hours=23)).map(
    lambda offset: dt.timezone(dt.timedelta(minutes=offset // dt.timedelta(minutes=1)))
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=MAX_TEXT_CHARS)


def as_stored(address: str) -> str:
    """Spell an address as Django cleans it before it is stored."""
    return clean_ipv6_address(address) if ":" in address else address


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(-MAX_INTEGER - 1, MAX_INTEGER),
    "text": TEXTS,
    "json_key": TEXTS,
    "boolean": st.booleans(),
    "decimal": st.decimals(-(10**20), 10**20, places=6, allow_nan=False),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "date": st.dates(),
    "datetime": UTC_MOMENTS,
    "time": st.times(),
    "duration": st.timedeltas(),
    "uuid": st.uuids(),
    "address": st.ip_addresses().map(lambda address: as_stored(str(address))),
}
untimed = settings(deadline=None)
WORDS = st.sampled_from([text for texts in (*BAD.values(), *EXTREME.values(), NONSENSE) for text in texts])


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in BAD.items() for text in texts])
def test_bad_text_is_refused(kind: str, text: str) -> None:
    """By a ValueError, whose text continues the sentence "price: 'x' ..."."""
    with pytest.raises(ValueError, match=r"^(is|holds) [a-z0-9 ]"):
        READERS[kind](text)


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_is_no_value_of_any_kind_but_text(kind: str, text: str) -> None:
    """Empty text, blanks, words, digits of other scripts, SQL: only text may be any of them."""
    with pytest.raises(ValueError, match=r"^is "):
        READERS[kind](text)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in EXTREME.items() for text in texts])
def test_an_extreme_value_is_a_value(kind: str, text: str) -> None:
    """The far ends of each kind are read."""
    assert type(READERS[kind](text)) is TYPES[kind]


def test_every_kind_has_a_reader_and_its_cases() -> None:
    """A new kind comes with its bad and its extreme texts."""
    assert READERS.keys() == TYPES.keys() == VALUES.keys() == EXTREME.keys() == BAD.keys() | {"text", "json_key"}


@pytest.mark.parametrize("kind", VALUES)
@untimed
@given(data=st.data())
def test_what_the_api_shows_is_read_as_the_value_it_was(kind: str, data: st.DataObject) -> None:
    """Any value, spelled as representations spell it, is a filter for itself."""
    value = data.draw(VALUES[kind])
    shown = str(value) if kind == "decimal" else to_json(value)
    assert READERS[kind](shown if isinstance(shown, str) else json.dumps(shown)) == value


@pytest.mark.parametrize("kind", READERS)
@untimed
@given(
    text=st.one_of(
        st.text(), WORDS, st.from_regex(r"[-+PT0-9:.eE ]{0,30}"), st.builds("{}{}".format, WORDS, st.text(max_size=2))
    )
)
def test_a_reader_raises_nothing_but_value_error(kind: str, text: str) -> None:
    """Whatever the text, a value of the kind's type or a ValueError comes out."""
    try:
        value = READERS[kind](text)
    except ValueError:
        return
    assert type(value) is TYPES[kind]


@untimed
@given(moment=UTC_MOMENTS.filter(lambda moment: 1 < moment.year < 9999), zone=OFFSETS)
def test_a_timestamp_is_the_same_moment_in_any_offset(moment: dt.datetime, zone: dt.timezone) -> None:
    """Offsets are counted, and the value is in UTC."""
    read = READERS["datetime"](moment.astimezone(zone).isoformat())
    assert (read, read.utcoffset()) == (moment, dt.timedelta(0))


@untimed
@given(moment=st.datetimes())
def test_a_timestamp_without_an_offset_is_utc(moment: dt.datetime) -> None:
    """Not local time, whose meaning would be the server's."""
    assert READERS["datetime"](moment.isoformat()) == moment.replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(("limit", "kind"), [(MAX_TEXT_CHARS, "text"), (MAX_TEXT_CHARS, "json_key")])
def test_text_is_bounded(limit: int, kind: str) -> None:
    """The longest text is taken, one character more is not, and neither is NUL."""
    assert READERS[kind]("é" * limit) == "é" * limit
    for text in ("é" * (limit + 1), "a\x00b"):
        with pytest.raises(ValueError, match=r"longer than|NUL"):
            READERS[kind](text)


@untimed
@given(address=st.ip_addresses())
def test_an_address_is_spelled_as_the_database_spells_it(address: Any) -> None:
    """However it was written, it becomes the compressed form in lower case."""
    assert READERS["address"](address.exploded.upper()) == as_stored(str(address))

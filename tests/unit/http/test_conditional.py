"""Preconditions of safe requests hold as RFC 9110 says; what is garbled is ignored."""

import time
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.http.conditional import etag_of, http_date, is_not_modified, match_tags, read_http_date
from tests.support.patience import HANGING_S

MOMENT = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
SPELLED = "Sun, 06 Nov 1994 08:49:37 GMT"


@given(st.binary(max_size=2000))
def test_tag_is_strong_quoted_and_of_the_bytes(body: bytes) -> None:
    """The same for the same bytes, another for others, and nothing in it ends a header."""
    tag = etag_of(body)
    assert tag == etag_of(bytes(body)) != etag_of(body + b" ")
    assert len(tag) == 34
    assert not set(tag[1:-1]) - set("0123456789abcdef")
    assert match_tags(tag, tag, weak=False)
    assert match_tags(f'"x", W/{tag}', tag, weak=True)
    assert not match_tags(f"W/{tag}", tag, weak=False)


# The four pairs of RFC 9110 section 8.8.3.2: header, tag, strong comparison, weak comparison.
PAIRS = [
    ('W/"1"', 'W/"1"', False, True),
    ('W/"1"', 'W/"2"', False, False),
    ('W/"1"', '"1"', False, True),
    ('"1"', '"1"', True, True),
    ('"1"', 'W/"1"', False, True),
]


@pytest.mark.parametrize(("header", "tag", "strong", "weak"), PAIRS)
def test_tags_are_compared_strongly_and_weakly(header: str, tag: str, strong: bool, weak: bool) -> None:
    """A weak tag is never strongly the same."""
    assert match_tags(header, tag, weak=False) is strong
    assert match_tags(header, tag, weak=True) is weak


@pytest.mark.parametrize(
    "header",
    ['"a"', "*", " *\t", '"b", "a"', '"b","a"', 'W/"b" , "a" ', ', ,"a",', '"b,c", "a"', '"é\xff", "a"', '"", "a"'],
)
def test_tag_is_found_in_a_list(header: str) -> None:
    """Alone, among others, after empty members, after commas inside a tag; `*` is any."""
    assert match_tags(header, '"a"', weak=True)


@pytest.mark.parametrize(
    "header",
    [
        "",
        ",",
        "a",
        '"b"',
        "'a'",
        '"a',
        'a"',
        '"A"',
        '"a b"',
        'w/"a"',
        'W"a"',
        'W/ "a"',
        '"a" "b"',
        '"b""a"',
        '"a"x',
        '"b\\"a"',
        "**",
        '*"a"',
        '"\r\n"',
        '"a"\r\nX: y',
        "x" * 10_000 + ', "a"',
        '"b",' * 2_500 + '"a"',
    ],
    ids=lambda header: repr(header)[:30],
)
def test_what_is_no_such_tag_matches_nothing(header: str) -> None:
    """Unquoted, cut off, garbled, in another case, or beyond what is read of a header."""
    assert not match_tags(header, '"a"', weak=True)
    assert not match_tags(header, '"a"', weak=False)


@pytest.mark.parametrize("header", ["*", '""', '"a"', ""])
def test_nothing_matches_what_is_not_there(header: str) -> None:
    """Not even `*`."""
    assert not match_tags(header, "", weak=True)


@given(st.text() | st.text(st.sampled_from('W/"a*, \t')))
def test_any_header_is_an_answer(header: str) -> None:
    """Yes or no; If-Match never holds where If-None-Match would not."""
    assert match_tags(header, '"a"', weak=True) or not match_tags(header, '"a"', weak=False)


@pytest.mark.parametrize("header", ['W/"' * 50_000, "\t" * 150_000, '"' * 150_000, "," * 150_000, '"a' + " " * 150_000])
def test_long_header_costs_little(header: str) -> None:
    """Nothing is tried twice, and the end is not read."""
    started_s = time.process_time()
    assert not match_tags(header, '"a"', weak=True)
    assert time.process_time() - started_s < HANGING_S


@pytest.mark.parametrize(
    "text",
    [
        SPELLED,
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ],
)
def test_date_is_read_in_three_forms(text: str) -> None:
    """As RFC 9110 section 5.6.7 gives them."""
    assert read_http_date(text) == MOMENT


def test_odd_dates_are_read() -> None:
    """A leap second, a day of two digits in C's form, and a year of two digits that may not be far ahead."""
    assert read_http_date("Sat, 31 Dec 2016 23:59:60 GMT") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert read_http_date("Wed Nov 16 08:49:37 1994") == MOMENT + timedelta(days=10)
    this = datetime.now(UTC).year
    for year in (this, this + 50, this - 49):
        assert read_http_date(f"Sunday, 06-Nov-{year % 100:02} 08:49:37 GMT") == MOMENT.replace(year=year)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "0",
        "784111777",
        "1994-11-06T08:49:37Z",
        "06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov 199\u0664 08:49:37 GMT",
        f" {SPELLED}",
        f"{SPELLED}\n",
        f"{SPELLED}, {SPELLED}",
        "Sun, " * 2_000,
    ],
    ids=lambda text: repr(text)[:40],
)
def test_what_is_no_date_is_none(text: str) -> None:
    """Garbage, other formats, other zones, days that do not exist."""
    assert read_http_date(text) is None


@given(st.datetimes(min_value=datetime(100, 1, 1), max_value=datetime(9998, 12, 31)), st.integers(-23, 23))
def test_date_is_read_as_it_was_spelled(moment: datetime, hours: int) -> None:
    """Whole seconds in GMT from any zone; the standard library reads it likewise."""
    aware = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    spelled = http_date(aware)
    assert read_http_date(spelled) == aware.replace(microsecond=0) == parsedate_to_datetime(spelled)
    assert http_date(moment) == http_date(moment.replace(tzinfo=UTC))
    assert spelled.isascii()
    assert spelled.isprintable()


@given(st.text() | st.text(st.sampled_from("SunNov06 194:37,GMT-")))
def test_any_text_is_a_date_or_none(text: str) -> None:
    """Never an error."""
    assert isinstance(read_http_date(text), datetime | None)


TAG = etag_of(b"{}")
LATER = "Sun, 06 Nov 1994 08:49:38 GMT"
EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT"


@pytest.mark.parametrize(
    ("headers", "last_modified", "expected"),
    [
        ({}, MOMENT, False),
        ({"if-none-match": TAG}, None, True),
        ({"if-none-match": f'W/"x", W/{TAG}'}, None, True),
        ({"if-none-match": "*"}, None, True),
        ({"if-none-match": '"x"'}, MOMENT, False),
        ({"if-none-match": '"x"', "if-modified-since": SPELLED}, MOMENT, False),
        ({"if-none-match": "", "if-modified-since": SPELLED}, MOMENT, False),
        ({"if-none-match": "garbage", "if-modified-since": SPELLED}, MOMENT, False),
        ({"if-none-match": TAG, "if-modified-since": EARLIER}, MOMENT, True),
        ({"if-modified-since": SPELLED}, MOMENT, True),
        ({"if-modified-since": LATER}, MOMENT, True),
        ({"if-modified-since": EARLIER}, MOMENT, False),
        ({"if-modified-since": SPELLED}, MOMENT + timedelta(microseconds=999_999), True),
        ({"if-modified-since": SPELLED}, MOMENT.replace(tzinfo=None), True),
        ({"if-modified-since": SPELLED}, None, False),
        ({"if-modified-since": "garbage"}, MOMENT, False),
        ({"if-modified-since": "*"}, MOMENT, False),
        ({"range": "bytes=0-1", "if-range": TAG}, MOMENT, False),
    ],
    ids=str,
)
def test_precondition_is_evaluated_in_order(
    headers: dict[str, str], last_modified: datetime | None, expected: bool
) -> None:
    """If-None-Match decides alone where it stands; If-Modified-Since counts whole seconds, and only with a date."""
    assert is_not_modified(headers, TAG, last_modified) is expected

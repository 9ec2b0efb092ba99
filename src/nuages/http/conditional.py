"""Turn a representation into its entity tag, and a request's preconditions into whether they hold.

Only values come in and go out: what is sent instead, a 304 or a 412, is decided by who asks.
Source: RFC 9110 sections 8.8 and 13.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from xxhash import xxh3_128_hexdigest

_MOST_HEADER_CHARS = 8190  # more than any list of tags that a cache keeps of one URL
_TAG = re.compile(r'[ \t,]*+(W/)?("[!\x23-\x7e\x80-\xff]*+")[ \t]*+(?=,|\Z)')

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})"
_DAYS = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_LONG_DAYS = r"(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
# IMF-fixdate, then the obsolete forms of RFC 850 and of C's asctime, which a recipient must still read.
_DATES = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"{_DAYS}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT",
        rf"{_LONG_DAYS}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<short_year>[0-9]{{2}}) {_TIME} GMT",
        rf"{_DAYS} {_MONTH} (?P<day>[0-9]{{2}}| [0-9]) {_TIME} (?P<year>[0-9]{{4}})",
    )
)
_LONGEST_DATE_CHARS = len("Wednesday, 06-Nov-94 08:49:37 GMT")
_YEARS_AHEAD = 50
_LEAP_SECOND = 60


def etag_of(body: bytes) -> str:
    """Give a strong entity tag: the same for the same bytes alone.

    XXH3 of 128 bits: no secret depends on it, and it takes 4 us for 70 kB where SHA-256 in hardware takes 57.
    Shapes: 32 hexadecimal digits in double quotes.
    """
    return f'"{xxh3_128_hexdigest(body)}"'


def is_not_modified(headers: Mapping[str, str], etag: str, last_modified: datetime | None) -> bool:
    """Tell whether the client of a safe request already has this representation.

    Shapes: `headers` has lower-case names; `etag` is "" where there is none; a naive `last_modified` is taken for UTC.
    Source: RFC 9110 section 13.2.2: If-Modified-Since counts only without If-None-Match.
    """
    wanted = headers.get("if-none-match")
    if wanted is not None:
        return match_tags(wanted, etag, weak=True)
    said = headers.get("if-modified-since")
    if said is None or last_modified is None:
        return False
    since = read_http_date(said)
    return since is not None and _utc(last_modified).replace(microsecond=0) <= since


def match_tags(header: str, etag: str, *, weak: bool) -> bool:
    """Tell whether a list of entity tags, or `*`, names this one.

    Shapes: `weak` compares as If-None-Match wants it, without as If-Match does: no weak tag is then the same as any.
        `etag` is "" where there is no representation, which nothing matches. From the first place that is no tag on,
        and after 8 kB, nothing is read.
    Source: RFC 9110 sections 8.8.3.2, 13.1.1 and 13.1.2.
    """
    if not etag:
        return False
    if header.strip(" \t") == "*":
        return True
    own_weak, own = etag.startswith("W/"), etag.removeprefix("W/")
    place, end = 0, min(len(header), _MOST_HEADER_CHARS)
    while found := _TAG.match(header, place, end):
        if found[2] == own and (weak or not (own_weak or found[1])):
            return True
        place = found.end()
    return False


def http_date(moment: datetime) -> str:
    """Spell a moment as headers do, whole seconds in GMT; a naive one is taken for UTC.

    Shapes: "Sun, 06 Nov 1994 08:49:37 GMT".
    """
    return format_datetime(_utc(moment), usegmt=True)


def read_http_date(text: str) -> datetime | None:
    """Read any of the three forms of a date; None for what is none.

    The standard library's parser also takes dates with pieces missing or added, where HTTP says: ignore the header.
    Source: RFC 9110 section 5.6.7.
    """
    if len(text) > _LONGEST_DATE_CHARS:
        return None
    found = next((match for pattern in _DATES if (match := pattern.fullmatch(text))), None)
    if found is None:
        return None
    named = found.groupdict()
    year = int(named["year"]) if "year" in named else _full_year(int(named["short_year"]))
    second = int(named["second"])
    second -= second == _LEAP_SECOND  # Python's clock has no leap seconds
    month = _MONTHS.index(named["month"]) + 1
    try:
        return datetime(year, month, int(named["day"]), int(named["hour"]), int(named["minute"]), second, tzinfo=UTC)
    except ValueError:
        return None


def _full_year(short: int) -> int:
    """Complete a year of two digits: one more than 50 years ahead is past (RFC 9110 section 5.6.7)."""
    this = datetime.now(UTC).year
    year = this - this % 100 + short
    return year - 100 if year > this + _YEARS_AHEAD else year


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

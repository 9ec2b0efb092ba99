"""Turn the text of one value into a typed value, strictly and at bounded cost. One reader a kind.

Nothing here knows the field's name or the request: a reader raises ValueError with a sentence, its caller adds where.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.dateparse import parse_duration
from django.utils.ipv6 import clean_ipv6_address

Raw = TypeVar("Raw")
Read = TypeVar("Read")

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
# 40 digits are more than any numeric column of a model has; no exponents: int(Decimal("1e1000000")) takes 27 s.
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})", re.ASCII)
_FLOAT = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
# A plus sign that was not percent-encoded arrives as a space: 2024-01-01T00:00:00 02:00.
_LOST_PLUS = re.compile(r"(T[0-9:.]+) ([0-9]{2}:?[0-9]{2})", re.ASCII)
_CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
_DATETIME = re.compile(_DATE.pattern + rf"(?:[Tt ]{_CLOCK}(?:Z|z|[+-][0-9]{{2}}:?[0-9]{{2}})?)?", re.ASCII)
_TIME = re.compile(_CLOCK, re.ASCII)
_DURATION = re.compile(
    r"[+-]?P(?!\Z)(?:[0-9]{1,9}D)?(?:T(?!\Z)(?:[0-9]{1,9}H)?(?:[0-9]{1,9}M)?(?:[0-9]{1,9}(?:\.[0-9]{1,6})?S)?)?"
    r"|(?:-?[0-9]{1,9} )?-?[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?",
    re.ASCII,
)
_ADDRESS = re.compile(r"[0-9a-fA-F:.]{2,45}", re.ASCII)  # without a zone: fe80::1%eth0 names an interface, not a host
_UUID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}", re.ASCII)
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
MAX_INTEGER = 2**63 - 1  # what a bigint column holds
MAX_TEXT_CHARS = 2_000


def read_integer(text: str) -> int:
    """Read a whole number that a bigint column can hold."""
    if not _INTEGER.fullmatch(text):
        raise ValueError("is no whole number")
    number = int(text)
    if not -MAX_INTEGER - 1 <= number <= MAX_INTEGER:
        raise ValueError("is beyond 64 bits")
    return number


def read_decimal(text: str) -> Decimal:
    """Read a decimal number without an exponent."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError("is no decimal number such as 12.50")
    return Decimal(text)


def read_float(text: str) -> float:
    """Read a finite number."""
    number = float(text) if _FLOAT.fullmatch(text) else math.inf
    if math.isinf(number):
        raise ValueError("is no finite number such as 4.5")
    return number


def read_boolean(text: str) -> bool:
    """Read true or false, also as 1 and 0."""
    truth = _BOOLEANS.get(text.lower())
    if truth is None:
        raise ValueError("is neither true nor false")
    return truth


def read_date(text: str) -> dt.date:
    """Read an ISO 8601 date."""
    if not _DATE.fullmatch(text):
        raise ValueError("is no date such as 2024-05-31")
    return _checked(dt.date.fromisoformat, text, "is no day of the calendar")


def read_datetime(text: str) -> dt.datetime:
    """Read an RFC 3339 timestamp; without an offset, and as a mere date, it is taken as UTC."""
    text = _LOST_PLUS.sub(r"\1+\2", text)
    if not _DATETIME.fullmatch(text):
        raise ValueError("is no timestamp such as 2024-05-31T12:00:00Z")
    moment = _checked(dt.datetime.fromisoformat, text, "is no moment of the calendar")
    return _checked(_in_utc, moment, "is no moment of the calendar")


def read_time(text: str) -> dt.time:
    """Read a time of day without an offset."""
    if not _TIME.fullmatch(text):
        raise ValueError("is no time such as 09:30")
    return _checked(dt.time.fromisoformat, text, "is no time of day")


def read_duration(text: str) -> dt.timedelta:
    """Read an ISO 8601 duration, or Django's own spelling ("3 04:05:06")."""
    length = _checked(parse_duration, text, "is too long") if _DURATION.fullmatch(text) else None
    if length is None:
        raise ValueError("is no duration such as P3DT4H")
    return length


def read_uuid(text: str) -> uuid.UUID:
    """Read a UUID, with or without its dashes."""
    if not _UUID.fullmatch(text):
        raise ValueError("is no UUID")
    return uuid.UUID(text)


def read_address(text: str) -> str:
    """Read an IPv4 or IPv6 address."""
    if not _ADDRESS.fullmatch(text):
        raise ValueError("is no IP address")
    address = str(_checked(ipaddress.ip_address, text, "is no IP address"))
    return clean_ipv6_address(address) if ":" in address else address  # as Django stores it


def read_text(text: str) -> str:
    """Read text without NUL, which PostgreSQL cannot hold."""
    if "\x00" in text:
        raise ValueError("holds a NUL character")
    if len(text) > MAX_TEXT_CHARS:
        raise ValueError(f"is longer than {MAX_TEXT_CHARS} characters")
    return text


def _in_utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _checked(read: Callable[[Raw], Read], raw: Raw, sentence: str) -> Read:
    try:
        return read(raw)
    except (ValueError, OverflowError, ArithmeticError) as error:
        raise ValueError(sentence) from error


READERS: dict[str, Callable[[str], Any]] = {
    "integer": read_integer,
    "text": read_text,
    "boolean": read_boolean,
    "decimal": read_decimal,
    "float": read_float,
    "date": read_date,
    "datetime": read_datetime,
    "time": read_time,
    "duration": read_duration,
    "uuid": read_uuid,
    "address": read_address,
    "json_key": read_text,
}

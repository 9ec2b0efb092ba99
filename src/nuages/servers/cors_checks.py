"""Find what is wrong in the CORS_ settings, and what is right but lets in more than anybody can mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from nuages.errors import Misdeclared
from nuages.servers.cors import CORS_MIDDLEWARE, cors_setting

_OPAQUE = ("null", "file://")  # what browsers send for pages that have no origin
_WORDS = ("CORS_ALLOWED_ORIGINS", "CORS_ALLOW_METHODS", "CORS_ALLOW_HEADERS", "CORS_EXPOSE_HEADERS")
_SWITCHES = ("CORS_ALLOW_ALL_ORIGINS", "CORS_ALLOW_CREDENTIALS", "CORS_ALLOW_PRIVATE_NETWORK")
_RIGHT: dict[str, Any] = {**dict.fromkeys(_SWITCHES, False), "CORS_URLS_REGEX": "", "CORS_PREFLIGHT_MAX_AGE": 0}


def cors_mistakes() -> Iterable[Misdeclared]:
    """What is wrong in the settings."""
    kinds: list[tuple[str, Callable[[Any], bool], str]] = [
        *((name, _is_words, "a list of texts") for name in _WORDS),
        *((name, lambda value: isinstance(value, bool), "True or False") for name in _SWITCHES),
        ("CORS_ALLOWED_ORIGIN_REGEXES", _are_patterns, "a list of regular expressions"),
        ("CORS_URLS_REGEX", _is_pattern, "a regular expression"),
        ("CORS_PREFLIGHT_MAX_AGE", _is_age, "a number of seconds from 0"),
    ]
    given = {name: cors_setting(name, _RIGHT.get(name, ())) for name, _, _ in kinds}
    wrong = [(name, wanted) for name, is_right, wanted in kinds if not is_right(given[name])]
    for name, wanted in wrong:
        yield _mistake(name, f"is not {wanted}.")
    if not wrong:
        yield from _origin_mistakes()
    yield from _signal_mistakes()


def _origin_mistakes() -> Iterator[Misdeclared]:
    origins = cors_setting("CORS_ALLOWED_ORIGINS")
    has_credentials = cors_setting("CORS_ALLOW_CREDENTIALS")
    for origin in origins:
        if origin not in _OPAQUE and not _is_origin(origin):
            yield _mistake(
                "CORS_ALLOWED_ORIGINS", f"{origin!r} is no origin.", "Write it as https://shop.example:8443."
            )
        if origin in _OPAQUE and has_credentials:
            message = f"{origin!r} with CORS_ALLOW_CREDENTIALS lets any page in that hides where it is from."
            yield _mistake("CORS_ALLOWED_ORIGINS", message, "Name the origins that may send cookies.")
    if has_credentials and cors_setting("CORS_ALLOW_ALL_ORIGINS"):
        message = "with CORS_ALLOW_CREDENTIALS lets every page of the web ask in your users' names."
        yield _mistake("CORS_ALLOW_ALL_ORIGINS", message, "Name the origins in CORS_ALLOWED_ORIGINS.")


def _signal_mistakes() -> Iterator[Misdeclared]:
    """On the straight path nobody asks the receivers of django-cors-headers' signal."""
    if CORS_MIDDLEWARE not in settings.MIDDLEWARE or not getattr(settings, "NUAGES_STRAIGHT", True):
        return
    from corsheaders.signals import check_request_enabled  # noqa: PLC0415  # there where its middleware is

    if check_request_enabled.has_listeners():
        message = "holds django-cors-headers, whose signal check_request_enabled has receivers that would not be asked."
        yield _mistake("MIDDLEWARE", message, "Set NUAGES_STRAIGHT = False, or name the origins in the settings.")


def _mistake(name: str, message: str, hint: str = "") -> Misdeclared:
    return Misdeclared("nuages.E038", f"settings.{name}", message, hint)


def _is_origin(text: str) -> bool:
    """Whether a text is spelled as browsers spell an origin: lower case, no path. RFC 6454 section 6.2."""
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_bare = bool(parts.hostname) and not parts.netloc.endswith(":") and "@" not in parts.netloc
    return has_port and is_bare and text == f"{parts.scheme}://{parts.netloc}".lower()


def _is_words(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset) and all(isinstance(each, str) for each in value)


def _are_patterns(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_pattern, value))


def _is_pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError):
        return False
    return isinstance(value, str | re.Pattern)


def _is_age(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0

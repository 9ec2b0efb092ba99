"""Turn the project's settings into what webhooks may do, and name what is wrong in them. Calls nobody.

Setting NUAGES_WEBHOOK_EVENTS are the types of events that there are; NUAGES_WEBHOOK_ALLOWED_NETWORKS the networks that
may be called though they are nobody's in public, as CIDRs; NUAGES_WEBHOOK_PORTS the ports of everybody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from django.conf import settings

from nuages.errors import Misdeclared
from nuages.number_settings import NumberSetting, number_mistakes

DEFAULT_PORTS = (443, 8443)
EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*", re.ASCII)
MAX_ENDPOINTS = NumberSetting("NUAGES_WEBHOOK_MAX_ENDPOINTS", 10, "endpoints of one owner", is_whole=True)
GIVE_UP_DAYS = NumberSetting("NUAGES_WEBHOOK_GIVE_UP_DAYS", 5, "days")
KEEP_DAYS = NumberSetting("NUAGES_WEBHOOK_KEEP_DAYS", 30, "days")
NUMBERS = (MAX_ENDPOINTS, GIVE_UP_DAYS, KEEP_DAYS)
ID = "nuages.E078"
_LONGEST_EVENT_CHARS = 80
_MOST_PORT = 65_535
Network = IPv4Network | IPv6Network


def known_events() -> tuple[str, ...]:
    """The types of events that there are."""
    return tuple(getattr(settings, "NUAGES_WEBHOOK_EVENTS", ()))


def allowed_networks() -> tuple[Network, ...]:
    """The networks that may be called, be they private ones, and without TLS."""
    return tuple(ip_network(each) for each in getattr(settings, "NUAGES_WEBHOOK_ALLOWED_NETWORKS", ()))


def allowed_ports() -> tuple[int, ...]:
    """The ports that may be called outside of those networks."""
    return tuple(getattr(settings, "NUAGES_WEBHOOK_PORTS", DEFAULT_PORTS))


def setting_mistakes() -> Iterator[Misdeclared]:
    """What is wrong in the settings."""
    yield from _list_mistakes("NUAGES_WEBHOOK_EVENTS", _is_event, 'Write types such as ["order.paid"].')
    hint = 'Write networks such as ["10.1.0.0/16"], whose bits behind the prefix are 0.'
    yield from _list_mistakes("NUAGES_WEBHOOK_ALLOWED_NETWORKS", _is_network, hint)
    yield from _list_mistakes("NUAGES_WEBHOOK_PORTS", _is_port, f"Write ports such as {list(DEFAULT_PORTS)}.")
    yield from number_mistakes(ID, NUMBERS)


def _list_mistakes(name: str, is_right: Any, hint: str) -> Iterator[Misdeclared]:
    given = getattr(settings, name, ())
    if isinstance(given, str) or not isinstance(given, Sequence):
        yield Misdeclared(ID, f"settings.{name}", f"is no list: {given!r}.", hint)
        return
    for each in given:
        if not is_right(each):
            yield Misdeclared(ID, f"settings.{name}", f"holds {each!r}, which is none.", hint)


def _is_event(given: Any) -> bool:
    return isinstance(given, str) and len(given) <= _LONGEST_EVENT_CHARS and EVENT.fullmatch(given) is not None


def _is_network(given: Any) -> bool:
    try:
        return isinstance(given, str) and bool(ip_network(given))
    except ValueError:
        return False


def _is_port(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= _MOST_PORT

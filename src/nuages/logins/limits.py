"""Count what fails at the door, and refuse more of it than may be; exactly, whoever asks at once.

A guess is counted before the password is looked at, and given back where it was right: of many guesses sent at once, no
more than the limit get as far as the password.
Source: OWASP API2:2023; NIST SP 800-63B section 5.2.2.
"""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from nuages.change.transactions import run_change
from nuages.errors import TooManyRequests
from nuages.http.address import network_of
from nuages.logins.families import alias_of_logins
from nuages.logins.terms import Terms


class Limits:
    """How often logins may fail for an account from an address, and from an address."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def take(self, account: str, address: str) -> None:
        """Count one guess; the same for accounts that there are and that there are not.

        Raises: TooManyRequests, and then nothing is counted.
        """
        terms, (own, whole) = self._terms, _keys(account, address)

        def change() -> None:
            # Always in this order, so that no two wait for each other.
            _take(own, terms.failures, terms.window_s)
            _take(whole, terms.address_failures, terms.window_s)

        run_change(connections[alias_of_logins()], change)

    def give_back(self, account: str, address: str) -> None:
        """Take a guess back that was right, with the earlier ones of this account from this address."""
        own, whole = _keys(account, address)
        # Not deleted: whoever has just been refused would look for it in vain.
        _rows().filter(pk=own).update(count=0)
        _give_back_one(whole)

    def take_back(self, account: str, address: str) -> None:
        """Take back one guess that was neither right nor wrong: a password to which something lacks."""
        for key in _keys(account, address):
            _give_back_one(key)

    def take_address(self, address: str) -> None:
        """Count one try from an address that names no account.

        Raises: TooManyRequests, and then nothing is counted.
        """
        terms, key = self._terms, _key("address", network_of(address))
        run_change(connections[alias_of_logins()], lambda: _take(key, terms.address_failures, terms.window_s))

    def give_back_address(self, address: str) -> None:
        """Take such a try back that was right."""
        _give_back_one(_key("address", network_of(address)))

    def take_code(self, user_key: Any) -> None:
        """Count one code of a user, from wherever it comes.

        Raises: TooManyRequests, and then nothing is counted.
        """
        terms, key = self._terms, _key("code", str(user_key))
        run_change(connections[alias_of_logins()], lambda: _take(key, terms.failures, terms.window_s))

    def give_back_code(self, user_key: Any) -> None:
        """Take back a code that was right; wrong ones of before stay, since they may be another's."""
        _give_back_one(_key("code", str(user_key)))

    def count_unknown(self, address: str) -> None:
        """Count a refresh token that was never given out.

        Raises: TooManyRequests above the limit of an address.
        """
        terms, key = self._terms, _key("refresh", network_of(address))
        run_change(connections[alias_of_logins()], lambda: _take(key, terms.address_failures, terms.window_s))


def _keys(account: str, address: str) -> tuple[str, str]:
    """Spellings of one name count as one; an IPv6 client has a network, not an address."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", account).casefold())
    network = network_of(address)
    return _key("account", network, folded), _key("address", network)


def _key(*parts: str) -> str:
    """A digest: names of people are not kept, nor can they be read back without SECRET_KEY."""
    return salted_hmac("nuages.failed-login", "\0".join(parts), algorithm="sha256").hexdigest()


def _rows() -> Any:
    return apps.get_model("nuages", "FailedLogin")._base_manager.using(alias_of_logins())


def _give_back_one(key: str) -> None:
    _rows().filter(pk=key, count__gt=0).update(count=F("count") - 1)


def _take(key: str, most: int, window_s: int) -> None:
    now = timezone.now()
    row, ends_at = _rows().filter(pk=key), now + dt.timedelta(seconds=window_s)
    if row.filter(window_ends_at__gt=now, count__lt=most).update(count=F("count") + 1):
        return
    if row.filter(window_ends_at__lte=now).update(count=1, window_ends_at=ends_at):
        return
    _rows().bulk_create([_rows().model(key=key, count=0, window_ends_at=ends_at)], ignore_conflicts=True)
    if not row.filter(count__lt=most).update(count=F("count") + 1):
        wait_s = math.ceil((row.get().window_ends_at - now).total_seconds())
        headers = [("Retry-After", str(max(1, wait_s)))]
        raise TooManyRequests("This has failed too often. Wait before you try again.", headers=headers)


def count(*what: str, most: int, window_s: int) -> None:
    """Count one of anything, inside a transaction; of many at once exactly `most` get through.

    Shapes: `count("mail", "reset", "ann@example.org", most=5, window_s=3600)`. `what` is kept as a digest.
    Raises: TooManyRequests.
    """
    _take(_key("counted", *what), most, window_s)

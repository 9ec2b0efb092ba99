"""Count who asks for mails, and for whom, and have them written after the answer. Looks at no user.

Everybody is counted alike, whether there is such a user or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db import connections
from django.views.decorators.debug import sensitive_variables

from nuages.accounts.finding import fold
from nuages.accounts.letters import send
from nuages.accounts.outbox import outbox
from nuages.accounts.terms import Accounts
from nuages.change.transactions import run_change
from nuages.errors import Fault, Unprocessable
from nuages.http.address import address_of, network_of
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.logins.families import alias_of_logins
from nuages.logins.limits import count
from nuages.logins.terms import read_terms, trusted_proxies

Told = Mapping[str, object]
_ACCEPTED = b'{"detail":"If this address can be used, a mail is on its way to it."}'


class Mailing:
    """The mails of an API, by its title."""

    def __init__(self, title: str, accounts: Accounts) -> None:
        self._title, self._accounts = title, accounts

    def take(self, purpose: str, email: str, request: Request) -> None:
        """Count a mail that is asked for.

        Raises: TooManyRequests, and then nothing is counted.
        """
        accounts, client = self._accounts, network_of(address_of(request, proxies=trusted_proxies()))

        def change() -> None:
            count("mail", purpose, fold(email), most=accounts.mails, window_s=accounts.window_s)
            count("mails", purpose, client, most=accounts.client_mails, window_s=accounts.window_s)

        run_change(connections[alias_of_logins()], change)

    @sensitive_variables()
    def send_later(self, kind: str, to: str, tell: Callable[[], Told]) -> None:
        """Have a mail written when the answer is out; what it tells is found out then, too."""
        outbox.put(lambda: send(kind, to, {"title": self._title, **tell()}))


def accepted() -> Response:
    """The one answer to everybody who asks for a mail."""
    return Response.json(_ACCEPTED, status=202)


def invalid_link(request: Request) -> Unprocessable:
    """The one answer to every token that is not taken, after counting it.

    Raises: TooManyRequests, for a client that tries many.
    """
    terms, client = read_terms(), network_of(address_of(request, proxies=trusted_proxies()))

    def change() -> None:
        count("link", client, most=terms.address_failures, window_s=terms.window_s)

    run_change(connections[alias_of_logins()], change)
    detail = "This link is not good any more, or never was. Ask for another one."
    return Unprocessable(detail, faults=[Fault("/token", "invalid-token", detail)], code="invalid-token")

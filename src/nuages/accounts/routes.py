"""Say which path leads to which endpoint of accounts, as far as they are switched on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from nuages.accounts.changing import Changing
from nuages.accounts.mailing import Mailing
from nuages.accounts.moving import Moving
from nuages.accounts.registering import Registering
from nuages.accounts.resetting import Resetting
from nuages.accounts.terms import Accounts, has_accounts, read_accounts
from nuages.errors import Problem
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.chain import Identifier
from nuages.identify.principal import Principal
from nuages.logins.routes import Unstored
from nuages.logins.terms import SEGMENT
from nuages.operation import Endpoint

Answer: TypeAlias = Callable[[Request, Principal, tuple[str, ...]], Response]
Route: TypeAlias = tuple[str, str, Endpoint]

_NO_STORE = ("Cache-Control", "no-store")
_NO_REFERRER = ("Referrer-Policy", "no-referrer")


def account_routes(title: str, identify: Identifier) -> list[Route]:
    """Give method, path and endpoint of everything about accounts; nothing for an API where nobody logs in."""
    if not has_accounts(identify.authenticators):
        return []
    accounts, nobody = read_accounts(), Identifier(())
    # Who asks for a mail is nobody yet: no cookie and no token is looked at.
    routes = [(path, answer, nobody) for path, answer in _open(accounts, Mailing(title, accounts))]
    known = Unstored(identify)
    routes += [(path, answer, known) for path, answer in _own(accounts, Mailing(title, accounts))]
    return [("POST", f"/{SEGMENT}/{path}", Endpoint(_unstored(answer), who)) for path, answer, who in routes]


def _open(accounts: Accounts, mailing: Mailing) -> Iterable[tuple[str, Answer]]:
    if accounts.register:
        registering = Registering(mailing, accounts)
        yield "register", registering.register
        yield "register/confirm", registering.confirm
    if accounts.reset_password:
        resetting = Resetting(mailing, accounts)
        yield "password/reset", resetting.ask
        yield "password/reset/confirm", resetting.confirm
    if accounts.change_email:
        yield "email/confirm", Moving(mailing, accounts).confirm


def _own(accounts: Accounts, mailing: Mailing) -> Iterable[tuple[str, Answer]]:
    if accounts.change_password:
        yield "password", Changing(mailing).change
    if accounts.change_email:
        yield "email", Moving(mailing, accounts).ask


def _unstored(answer: Answer) -> Answer:
    """Keep answers out of caches, and their URLs out of other sites' logs."""

    def marked(request: Request, principal: Principal, arguments: tuple[str, ...]) -> Response:
        try:
            response = answer(request, principal, arguments)
        except Problem as problem:
            problem.headers = (*problem.headers, _NO_STORE, _NO_REFERRER)
            raise
        names = {name for name, _ in response.headers}
        response.headers += [header for header in (_NO_STORE, _NO_REFERRER) if header[0] not in names]
        return response

    return marked

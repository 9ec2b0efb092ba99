"""Turn a code or a refresh token into its one use, and a family of tokens into an ended one; one transaction each.

A family is all tokens that came of one code, whose digest names it: whoever shows the code again leads to what came of
its first use. One UPDATE or DELETE decides among many who come at once.
Source: RFC 6749 sections 4.1.2 and 10.5; RFC 9700 section 4.14.2.
"""

from __future__ import annotations

import hashlib
import logging
from typing import Any
from uuid import UUID

from django.db import connections, router
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_grant_model, get_refresh_token_model

from nuages.change.transactions import run_change
from nuages.identify import epoch
from nuages.logs import log_entry

_LOG = "nuages.security"
_CODE_AGAIN = "An authorization code was used again: the tokens of app %s for user %s are revoked."
_TOKEN_AGAIN = "A refresh token was used again: the tokens of app %s for user %s are revoked."  # noqa: S105, RUF100


def alias_of_tokens() -> str:
    """The database where tokens are."""
    return router.db_for_write(get_access_token_model())


def family_of(code: str) -> UUID:
    """Name the family of a code, by its digest."""
    return UUID(bytes=hashlib.sha256(f"nuages.oauth.family\0{code}".encode()).digest()[:16])


def spend_code(code: str, client: Any) -> bool:
    """Take a code out of use, inside a transaction; True for one caller alone."""
    codes = get_grant_model()._base_manager.using(alias_of_tokens())
    spent, _ = codes.filter(code=code, application=client, expires__gt=timezone.now()).delete()
    return bool(spent)


def spend_token(row: Any) -> bool:
    """Take a refresh token and its access token out of use, inside a transaction; True for one caller alone."""
    now = timezone.now()
    if not _refresh_rows().filter(pk=row.pk, revoked__isnull=True).update(revoked=now, updated=now, access_token=None):
        return False
    _access_rows().filter(pk=row.access_token_id).delete()
    return True


def end_code(code: str, client: Any) -> None:
    """Revoke what came of a code that is shown again by its own client."""
    found = _refresh_rows().filter(token_family=family_of(code), application=client).first()
    if found is not None:
        _end_and_tell(found, _CODE_AGAIN)


def end_reused(row: Any) -> None:
    """Revoke the family of a refresh token that is shown again: two have it."""
    _end_and_tell(row, _TOKEN_AGAIN)


def end(row: Any) -> int:
    """Revoke the family of a refresh token; says how many refresh tokens were live."""
    return run_change(connections[alias_of_tokens()], lambda: _end(row))


def end_access(row: Any) -> None:
    """Revoke an access token, with the family that it belongs to."""
    refresh = _refresh_rows().filter(access_token=row).first()
    if refresh is not None:
        end(refresh)
        return

    def change() -> None:
        _access_rows().filter(pk=row.pk).delete()
        epoch.begin(alias_of_tokens())

    run_change(connections[alias_of_tokens()], change)


def _end(row: Any) -> int:
    # Tokens from before families were kept are families by themselves.
    family = _refresh_rows().filter(**({"token_family": row.token_family} if row.token_family else {"pk": row.pk}))
    live, ended = family.filter(revoked__isnull=True), 0
    # Where a successor is being made, its predecessor still shows as live: UPDATE waits for that one, and looks again.
    while live.exists():
        now = timezone.now()
        ended += live.update(revoked=now, updated=now)
    _access_rows().filter(pk__in=family.values("access_token_id")).delete()
    if ended:
        epoch.begin(alias_of_tokens())
    return int(ended)


def _end_and_tell(row: Any, message: str) -> None:
    """Of many who come at once, one ends the family and writes the entry."""
    if end(row):
        log_entry(logging.WARNING, message, row.application_id, row.user_id, log=_LOG)


def _refresh_rows() -> Any:
    return get_refresh_token_model()._base_manager.using(alias_of_tokens())


def _access_rows() -> Any:
    return get_access_token_model()._base_manager.using(alias_of_tokens())

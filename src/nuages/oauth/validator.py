"""Answer what oauthlib asks about clients, codes and tokens; what changes anything is done once, whoever asks at once.

django-oauth-toolkit looks, decides and writes in steps, between which another request comes in: on SQLite that ended in
500s, and in several successors of one refresh token. Here the write decides.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import connections
from django.db.models import F
from django.utils import timezone
from oauth2_provider.models import (
    get_access_token_model,
    get_grant_model,
    get_id_token_model,
    get_refresh_token_model,
    refresh_token_expire_timedelta,
)
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.settings import oauth2_settings
from oauthlib.oauth2.rfc6749 import errors

from nuages.change.transactions import run_change
from nuages.http.address import address_of
from nuages.http.request import EnvironHeaders, Request
from nuages.logins.terms import trusted_proxies
from nuages.oauth import families
from nuages.oauth.claims import claims_of
from nuages.oauth.client_secrets import is_right, read_basic
from nuages.oauth.core import digest_of
from nuages.oauth.redirects import is_registered


class Validator(OAuth2Validator):  # type: ignore[misc]  # django-oauth-toolkit has no types
    """The validator of django-oauth-toolkit, with the gaps of RFC 9700 closed."""

    # --- Clients ---

    def authenticate_client(self, request: Any, *_: Any, **__: Any) -> bool:
        """Check the secret of a confidential client, which may come in one way; a public one has none.

        Raises: TooManyRequests after too many wrong ones.
        """
        header = request.headers.get("Authorization") or ""
        given = read_basic(header) if header else (request.client_id, request.client_secret)
        if given is None or not given[0] or not given[1]:
            return False
        client = self._load_application(given[0], request)
        if client is None or client.client_type != client.CLIENT_CONFIDENTIAL:
            return False
        return is_right(client, given[1], _address(request))

    def client_authentication_required(self, request: Any, *_: Any, **__: Any) -> bool:
        """Whoever shows a secret is asked for the right one; a public client may show none."""
        if request.headers.get("Authorization") or request.client_secret:
            return True
        client = self._load_application(request.client_id, request) if request.client_id else None
        return client is None or client.client_type == client.CLIENT_CONFIDENTIAL

    # --- The authorization request ---

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        """Always. Source: RFC 9700 section 2.1.1."""
        return True

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any, *_: Any, **__: Any) -> bool:
        """Compare character by character."""
        return is_registered(
            redirect_uri,
            request.client.redirect_uris.split(),
            schemes=oauth2_settings.ALLOWED_REDIRECT_URI_SCHEMES,
            localhost=oauth2_settings.ALLOW_LOCALHOST_LOOPBACK,
        )

    def validate_scopes(self, client_id: str, scopes: Any, client: Any, request: Any, *_: Any, **__: Any) -> bool:
        """An app must ask for something, and for nothing that it may not have."""
        return bool(scopes) and super().validate_scopes(client_id, scopes, client, request)

    def save_authorization_code(self, client_id: str, code: Any, request: Any, *_: Any, **__: Any) -> None:
        """Store the digest of a code, as those of tokens are."""
        self._create_authorization_code(request, {"code": digest_of(code["code"])})

    # --- The token request ---

    def validate_code(self, client_id: str, code: str, client: Any, request: Any, *_: Any, **__: Any) -> bool:
        """A code that was used is used by two: what came of it is revoked."""
        if super().validate_code(client_id, code, client, request):
            return bool(request.user.is_active)
        if not get_grant_model().objects.filter(code=code).exists():
            families.end_code(code, client)
        return False

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Any, *_: Any, **__: Any
    ) -> bool:
        """The one of the authorization request. Source: RFC 6749 section 5.2, invalid_grant."""
        grant = get_grant_model().objects.filter(code=code, application=client).first()
        if grant is None or not grant.redirect_uri_allowed(redirect_uri):
            raise errors.InvalidGrantError
        return True

    def get_code_challenge(self, code: str, request: Any) -> str | None:
        """None where the code has just been spent."""
        grant = get_grant_model().objects.filter(code=code, application=request.client).first()
        return (grant and grant.code_challenge) or None

    def get_code_challenge_method(self, code: str, request: Any) -> str | None:
        """The only one that an authorization request may name, whatever the row says."""
        return "S256"

    def validate_refresh_token(self, refresh_token: str, client: Any, request: Any, *_: Any, **__: Any) -> bool:
        """A token that was used is used by two: its family is revoked."""
        rows = get_refresh_token_model().objects.select_related("access_token", "user")
        row = rows.filter(token_checksum=digest_of(refresh_token)).order_by(F("revoked").desc(nulls_first=True)).first()
        if row is None:
            return False
        if row.revoked is not None:
            families.end_reused(row)
            return False
        if row.application_id != client.pk or row.access_token is None or _is_over(row):
            return False
        if not row.user.is_active:
            families.end(row)
            return False
        request.user, request.refresh_token, request.refresh_token_instance = row.user, refresh_token, row
        return True

    def save_bearer_token(self, token: Any, request: Any, *_: Any, **__: Any) -> None:
        """Spend what was shown and store what is given for it, in one transaction; or refuse, and revoke.

        Raises: InvalidGrantError where another request was first.
        """
        self._check_and_set_request_resource(request)  # looks at the code, which is gone afterwards
        shown = getattr(request, "refresh_token_instance", None)
        if run_change(connections[families.alias_of_tokens()], lambda: self._exchange(token, request, shown)):
            return
        if shown is not None:
            families.end_reused(shown)
        else:
            families.end_code(request.code, request.client)
        raise errors.InvalidGrantError(request=request)

    def _exchange(self, token: Any, request: Any, shown: Any) -> bool:
        """One attempt, which leaves the request as it was for the next."""
        request.refresh_token_instance = shown
        if not _spend(request, shown):
            return False
        if (id_token := getattr(request, "id_token_to_store", None)) is not None:
            id_token.pk = None
            id_token.save(force_insert=True, using=families.alias_of_tokens())
        self._save_bearer_token(token, request)
        return True

    def _save_id_token(self, jti: Any, request: Any, expires: Any, *_: Any, **__: Any) -> Any:
        """Keep it until the code is spent: who comes second leaves nothing behind."""
        request.id_token_to_store = get_id_token_model()(
            user=request.user, scope=" ".join(request.scopes), expires=expires, jti=jti, application=request.client
        )
        return request.id_token_to_store

    def _load_id_token(self, token: str) -> Any:
        """Give the one that has just been signed: nobody else's ID token is ever taken for a token."""
        return None

    def _create_access_token(self, expires: Any, request: Any, token: Any, source_refresh_token: Any = None) -> Any:
        row = super()._create_access_token(expires, request, token, source_refresh_token)
        if (id_token := getattr(request, "id_token_to_store", None)) is not None:
            get_access_token_model().objects.filter(pk=row.pk).update(id_token=id_token)
        return row

    def _create_refresh_token(self, request: Any, code: str, access_token: Any, previous: Any) -> Any:
        """Name the family after the code that began it."""
        begun = families.family_of(request.code) if request.grant_type == "authorization_code" else uuid4()
        row = get_refresh_token_model()(
            user=request.user,
            application=request.client,
            access_token=access_token,
            token_family=previous.token_family if previous is not None else begun,
            resource=request.resource or [],
        )
        self._set_token_value(row, code)
        row.save()
        return row

    def invalidate_authorization_code(self, client_id: str, code: str, request: Any, *_: Any, **__: Any) -> None:
        """Nothing: `save_bearer_token` has."""

    # --- Tokens that are shown ---

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *_: Any, **__: Any) -> None:
        """Revoke a token of this client, with its family. Source: RFC 7009 section 2.1."""
        its_own = {"token_checksum": digest_of(token), "application": request.client}
        for row in get_refresh_token_model().objects.filter(**its_own):
            families.end(row)
        for row in get_access_token_model().objects.filter(**its_own):
            families.end_access(row)

    def validate_bearer_token(self, token: str, scopes: Any, request: Any) -> bool:
        """A token of a user who may not log in any more lets nobody in."""
        return super().validate_bearer_token(token, scopes, request) and (
            request.user is None or bool(request.user.is_active)
        )

    # --- OpenID Connect ---

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        """What is said of a user, of which the granted scopes let a part through."""
        return claims_of(request.user)

    def get_userinfo_claims(self, request: Any) -> Any:
        """The same claims as in the ID token."""
        return self.get_oidc_claims(None, None, request)


def _spend(request: Any, shown: Any) -> bool:
    if shown is not None:
        return families.spend_token(shown)
    return request.grant_type != "authorization_code" or families.spend_code(request.code, request.client)


def _is_over(row: Any) -> bool:
    """Whether a refresh token has not been used for too long, counted from the end of its access token."""
    idle = refresh_token_expire_timedelta()
    return idle is not None and row.access_token.expires + idle <= timezone.now()


def _address(request: Any) -> str:
    """Who asks, by what the server has put into the headers that django-oauth-toolkit passes."""
    peer = str(request.headers.get("REMOTE_ADDR") or "")
    asked = Request("POST", "", "", EnvironHeaders(dict(request.headers)), peer=peer)
    return address_of(asked, proxies=trusted_proxies())
